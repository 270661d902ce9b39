"""Delivery events from the webhook of a mail provider. django-anymail has verified their signatures.

A report counts once: a repetition would suppress an address that an organiser has just cleared, or end a subscription
that was begun again. Two providers sign a time stamp, which must be minutes old. Resend's requests are signed by svix,
whose own library refuses them after five minutes and which signs each of its tries anew. Mailgun documents retries for
eight hours, the first after five minutes, but not whether these are signed anew; as others saw, they are not. So a
report of Mailgun's that we could not take for a while is lost: the next letter to a dead address brings another.
"""

import datetime as dt
import json

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import EventType, tracking
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from newsletter import subscriptions
from newsletter.bounce_codes import Bounce, classify_bounce
from newsletter.models import Delivery, ProviderReport

MAX_AGE = dt.timedelta(minutes=10)  # of Mailgun's time stamp
TOKEN_KEPT_FOR = dt.timedelta(days=1)  # Mailgun's tokens: longer than their time stamp is valid
REPORT_KEPT_FOR = dt.timedelta(days=30)
BY_PROVIDER = "a button of the mail provider"
BOUNCE_EVENTS = {EventType.BOUNCED, EventType.REJECTED}
# Events that change a subscription. To repeat one of the others changes nothing.
SUBSCRIPTION_EVENTS = BOUNCE_EVENTS | {EventType.COMPLAINED, EventType.UNSUBSCRIBED}
# Events that prove that the mail was sent; a bounce does, too.
SENT_EVENTS = {
    EventType.SENT, EventType.DELIVERED, EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED,
    EventType.AUTORESPONDED, EventType.OPENED, EventType.CLICKED,
}  # fmt: skip
# How each provider reports an unknown address, as the mail server's reply may be missing or unclear.
HARD_BOUNCE_CHECKS = {
    "Brevo": lambda report: report.get("event") in {"hard_bounce", "invalid_email"},
    "Mailgun": lambda report: report.get("event-data", report).get("reason") == "suppress-bounce",
    "Mailjet": lambda report: report.get("hard_bounce") is True,
    "Postmark": lambda report: report.get("Type") in {"HardBounce", "BadEmailAddress"},
    "Resend": lambda report: report["data"].get("bounce", {}).get("type") == "Permanent",
    "SparkPost": lambda report: str(next(iter(report["msys"].values())).get("bounce_class")) in {"10", "30"},
}


@receiver(tracking)
def handle_tracking_event(sender, event, esp_name, **_):
    """Record the event, once. If that fails, nothing is changed, and the provider sends it again."""
    signature = get_mailgun_signature(event.esp_event) if esp_name == "Mailgun" else None
    if signature:
        check_time_stamp(signature)
    with transaction.atomic():
        if is_new(event, esp_name, signature):
            process_event(event, esp_name)


def get_mailgun_signature(report):
    """Return the dict with `timestamp` and `token`; in Mailgun's old format they stand in the form itself."""
    block = report.get("signature")
    return block if isinstance(block, dict) else report


def check_time_stamp(signature):
    """Raise AnymailWebhookValidationFailure, which becomes a 400, unless the report is a few minutes old."""
    stamp = str(signature["timestamp"])
    now = timezone.now().timestamp()
    if not stamp.isdecimal() or len(stamp) > 12 or abs(now - int(stamp)) > MAX_AGE.total_seconds():
        raise AnymailWebhookValidationFailure(
            "Mailgun webhook called with a time stamp that is not of the last minutes"
        )


def is_new(event, esp_name, signature):
    """Return whether to process the event, and remember it.

    Mailgun signs the token, not the report: with the token of a report another one could be made up.
    """
    if signature and not ProviderReport.objects.record(f"token:{signature['token']}", TOKEN_KEPT_FOR):
        return False
    if event.event_type not in SUBSCRIPTION_EVENTS:
        return True
    if event.timestamp and event.timestamp < timezone.now() - REPORT_KEPT_FOR:
        return False  # as old as this, it may have been forgotten
    report = event.esp_event
    # For Mailgun `event_id` is the token, which a retry may change.
    words = json.dumps(report.get("event-data", report), sort_keys=True) if signature else event.event_id
    words = words or json.dumps(report, sort_keys=True)
    return ProviderReport.objects.record(f"{esp_name}:{event.event_type}:{words}", REPORT_KEPT_FOR)


def process_event(event, esp_name):
    row = Delivery.objects.with_message_id((event.metadata or {}).get("copy", "") or event.message_id or "")
    if row is None:
        return
    if event.event_type in SENT_EVENTS:
        row.settle_as_sent()
    if row.subscriber is None:
        return
    reply = f"{event.mta_response or event.description or event.reject_reason or ''}"
    if event.event_type == EventType.COMPLAINED:
        row.record_bounce(Bounce.COMPLAINT, reply)
    elif event.event_type == EventType.UNSUBSCRIBED:
        subscriptions.end_subscription(row.subscriber, BY_PROVIDER)
    elif event.event_type in BOUNCE_EVENTS:
        kind = (
            Bounce.HARD
            if HARD_BOUNCE_CHECKS[esp_name](event.esp_event)
            else classify_bounce(reply, default=Bounce.SOFT)
        )
        row.record_bounce(kind, reply)
