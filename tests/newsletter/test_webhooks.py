"""Mail providers by EMAIL_URL alone, and what they report."""

import base64
import datetime as dt
import hashlib
import hmac
import json

import pytest
from django.core.exceptions import SuspiciousOperation
from svix.webhooks import Webhook

from bookclub.mail.providers import PROVIDERS, webhook_path_and_view
from newsletter import webhooks
from newsletter.models import Delivery, Subscriber
from tests.factories import make_issue, make_subscriber
from tests.test_settings import settings_in, start

NEVER_COUNT = {"track_opens": False, "track_clicks": False}
SVIX = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ALL = list(PROVIDERS)


def test_email_url_selects_provider():
    url = "mailgun://key%2F1@mg.example.org?region=eu"
    got = settings_in("EMAIL_BACKEND", "ANYMAIL", EMAIL_URL=url, EMAIL_WEBHOOK_KEY="signs")

    assert got == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {
            "MAILGUN_API_KEY": "key/1",
            "MAILGUN_SENDER_DOMAIN": "mg.example.org",
            "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
            "MAILGUN_WEBHOOK_SIGNING_KEY": "signs",
            "SEND_DEFAULTS": NEVER_COUNT,
        },
    }


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("EMAIL_URL", {"EMAIL_URL": "mailjet://key@"}),
        ("EMAIL_URL", {"EMAIL_URL": "brevo://key@?region=moon"}),
        ("EMAIL_WEBHOOK_KEY", {"EMAIL_URL": "postmark://key@", "EMAIL_WEBHOOK_KEY": "nocolon"}),
        ("EMAIL_WEBHOOK_KEY", {"EMAIL_URL": "brevo://key@", "EMAIL_WEBHOOK_KEY": "nocolon"}),
    ],
)
def test_invalid_provider_setting_stops_start(name, environment):
    assert f"{name} is invalid" in start("-c", "import bookclub.settings", **environment).stderr


def test_webhook_exists_only_for_configured_provider():
    ask = """
import django
from django.urls import is_valid_path
django.setup()
print([name for name in %r if is_valid_path(f"/hooks/mail/{name}/tracking/")])
"""
    url = {"EMAIL_URL": "postmark://key@"}

    assert start("-c", ask % ALL, **url, EMAIL_WEBHOOK_KEY="post:mark").stdout.strip() == "['postmark']"
    assert start("-c", ask % ALL, **url, EMAIL_WEBHOOK_KEY="").stdout.strip() == "[]"


# --- reports, as each provider writes them ----------------------------------------------------------------------------


def words_of(name, what, copy):
    """`what` is "delivered", "full", "gone" or "spam": as JSON, of the copy with that name."""
    said = {"full": "452 4.2.2 Mailbox full", "gone": "Nobody of that name"}.get(what, "")
    if name == "brevo":
        event = {"delivered": "delivered", "full": "soft_bounce", "gone": "hard_bounce", "spam": "spam"}[what]
        return {"event": event, "reason": said, "X-Mailin-custom": json.dumps({"copy": copy})}
    if name == "mailgun":
        event = {"delivered": "delivered", "spam": "complained"}.get(what, "failed")
        said = {"gone": "550 5.1.1 Nobody of that name"}.get(what, said)
        status = {"message": said, "code": 0}
        return {
            "event-data": {
                "event": event,
                "severity": "permanent",
                "delivery-status": status,
                "user-variables": {"copy": copy},
            }
        }
    if name == "mailjet":
        event = {"delivered": "sent", "spam": "spam"}.get(what, "bounce")
        return {"event": event, "hard_bounce": what == "gone", "comment": said, "Payload": json.dumps({"copy": copy}),
                "error": "user unknown" if what == "gone" else ""}  # fmt: skip
    if name == "postmark":
        kind = {"delivered": "Delivery", "spam": "SpamComplaint"}.get(what, "Bounce")
        detail = {"full": "SoftBounce", "gone": "HardBounce", "spam": "SpamComplaint"}.get(what, "")
        return {"RecordType": kind, "Type": detail, "Details": said, "Metadata": {"copy": copy}}
    if name == "resend":
        kind = {"delivered": "delivered", "spam": "complained"}.get(what, "bounced")
        data = {"headers": [{"name": "X-Metadata", "value": json.dumps({"copy": copy})}], "to": ["x@example.org"]}
        if kind == "bounced":
            data["bounce"] = {"message": said, "type": "Permanent" if what == "gone" else "Transient"}
        return {"type": f"email.{kind}", "data": data}
    event = {"delivered": "delivery", "spam": "spam_complaint"}.get(what, "bounce")
    bounce_class = {"full": "22", "gone": "10"}.get(what)
    about = {"type": event, "raw_reason": said, "bounce_class": bounce_class, "rcpt_meta": {"copy": copy}}
    return [{"msys": {"message_event": about}}]


def key_of(name):
    return SVIX if name == "resend" else "signs:it" if not PROVIDERS[name].is_signed else "signs"


def signed(name, words, key):
    """The body and the headers of a report that is signed with `key`."""
    if name == "mailgun":
        digest = hmac.new(key.encode(), b"1token", hashlib.sha256).hexdigest()
        words = words | {"signature": {"timestamp": "1", "token": "token", "signature": digest}}
    body = json.dumps(words)
    if name == "resend":
        now = dt.datetime.now(dt.UTC)
        sign = Webhook(key).sign("msg_1", now, body)
        return body, {"svix-id": "msg_1", "svix-timestamp": str(int(now.timestamp())), "svix-signature": sign}
    if PROVIDERS[name].is_signed:
        return body, {}
    return body, {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}


@pytest.fixture
def report(db, settings, rf):
    """Posts a report about a copy to the view of the provider `name`."""
    copy = make_issue().deliveries.create(subscriber=make_subscriber(), state="unknown")
    assert webhooks.handle_tracking_event

    def post(name, what, key=None, copy_name=None):
        settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
        settings.ANYMAIL = {PROVIDERS[name].webhook_key: key_of(name)}
        path, view = webhook_path_and_view()
        body, headers = signed(name, words_of(name, what, copy_name or copy.message_id), key or key_of(name))
        return view(rf.post(f"/{path}", body, "application/json", headers=headers))

    return post


@pytest.mark.parametrize("name", ALL)
def test_delivered_event_settles_unknown_delivery(report, name):
    report(name, "delivered")

    assert Delivery.objects.get().state == "sent"
    assert Subscriber.objects.get().state == "subscribed"


@pytest.mark.parametrize("name", ALL)
def test_repeated_hard_bounce_event_suppresses_address_once(report, name):
    for _ in range(2):
        report(name, "gone")

    ann = Subscriber.objects.get()
    assert (ann.suppression_reason, ann.bounce_count) == ("hard", 1)
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize("name", ALL)
def test_soft_bounce_event_counts_against_address(report, name):
    report(name, "full")

    ann = Subscriber.objects.get()
    assert (ann.state, ann.bounce_count) == ("subscribed", 1)


@pytest.mark.parametrize("name", ALL)
def test_complaint_event_suppresses_address(report, name):
    report(name, "spam")

    assert Subscriber.objects.get().suppression_reason == "complaint"


@pytest.mark.parametrize("name", ALL)
def test_forged_or_unrelated_event_changes_nothing(report, name):
    other = "whsec_AAAAr8GKYqrTwjUPD8ILPZIo2LaLaSw" if name == "resend" else "other:one"
    with pytest.raises(SuspiciousOperation):
        report(name, "spam", key=other)
    report(name, "spam", copy_name="letter-1-1-0123456789abcdef@localhost")

    assert Subscriber.objects.get().state == "subscribed"
    assert Delivery.objects.get().state == "unknown"
