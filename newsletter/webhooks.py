"""Delivery events from the webhook of a mail provider. django-anymail has verified their signatures."""

from anymail.signals import EventType, tracking
from django.dispatch import receiver

from newsletter import subscriptions
from newsletter.bounce_codes import Bounce, classify_bounce
from newsletter.models import Delivery

BY_PROVIDER = "a button of the mail provider"
BOUNCE_EVENTS = {EventType.BOUNCED, EventType.REJECTED}
# Events that prove that the mail was sent; a bounce does, too.
SENT_EVENTS = {
    EventType.SENT, EventType.DELIVERED, EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED,
    EventType.AUTORESPONDED, EventType.OPENED, EventType.CLICKED,
}  # fmt: skip
# How each provider reports an unknown address, as the mail server's reply may be missing or unclear.
HARD_BOUNCE_CHECKS = {
    "Brevo": lambda report: report.get("event") in {"hard_bounce", "invalid_email"},
    "Mailgun": lambda report: report["event-data"].get("reason") == "suppress-bounce",
    "Mailjet": lambda report: report.get("hard_bounce") is True,
    "Postmark": lambda report: report.get("Type") in {"HardBounce", "BadEmailAddress"},
    "Resend": lambda report: report["data"].get("bounce", {}).get("type") == "Permanent",
    "SparkPost": lambda report: str(next(iter(report["msys"].values())).get("bounce_class")) in {"10", "30"},
}


@receiver(tracking)
def handle_tracking_event(sender, event, esp_name, **_):
    """Record the event. Safe to repeat: providers send an event again if they got no answer."""
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
