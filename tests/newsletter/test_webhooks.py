"""Mail providers configured by EMAIL_URL, and their webhooks."""

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
from tests.test_settings import read_settings, start

NO_TRACKING = {"track_opens": False, "track_clicks": False}
SVIX_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROVIDER_NAMES = list(PROVIDERS)


def test_email_url_selects_provider():
    url = "mailgun://key%2F1@mg.example.org?region=eu"
    [settings] = read_settings([{"EMAIL_URL": url, "EMAIL_WEBHOOK_KEY": "signs"}], ["EMAIL_BACKEND", "ANYMAIL"])

    assert settings == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {
            "MAILGUN_API_KEY": "key/1",
            "MAILGUN_SENDER_DOMAIN": "mg.example.org",
            "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
            "MAILGUN_WEBHOOK_SIGNING_KEY": "signs",
            "SEND_DEFAULTS": NO_TRACKING,
        },
    }


def test_invalid_provider_setting_stops_start():
    environments = [
        {"EMAIL_URL": "mailjet://key@"},
        {"EMAIL_URL": "brevo://key@?region=moon"},
        {"EMAIL_URL": "postmark://key@", "EMAIL_WEBHOOK_KEY": "nocolon"},
        {"EMAIL_URL": "brevo://key@", "EMAIL_WEBHOOK_KEY": "nocolon"},
    ]

    messages = read_settings(environments)

    assert [message.partition(" is invalid")[0] for message in messages] == ["EMAIL_URL"] * 2 + [
        "EMAIL_WEBHOOK_KEY"
    ] * 2


def test_webhook_exists_only_for_configured_provider():
    script = """
import django
from django.urls import is_valid_path
django.setup()
print([name for name in %r if is_valid_path(f"/hooks/mail/{name}/tracking/")])
"""
    url = {"EMAIL_URL": "postmark://key@"}

    assert start("-c", script % PROVIDER_NAMES, **url, EMAIL_WEBHOOK_KEY="post:mark").stdout.strip() == "['postmark']"
    assert start("-c", script % PROVIDER_NAMES, **url, EMAIL_WEBHOOK_KEY="").stdout.strip() == "[]"


# --- webhook events in the format of each provider --------------------------------------------------------------------


def build_event(name, kind, message_id):
    """Return the event as JSON data of the provider; `kind` is "delivered", "full", "gone" or "spam"."""
    reply = {"full": "452 4.2.2 Mailbox full", "gone": "Nobody of that name"}.get(kind, "")
    if name == "brevo":
        event = {"delivered": "delivered", "full": "soft_bounce", "gone": "hard_bounce", "spam": "spam"}[kind]
        return {"event": event, "reason": reply, "X-Mailin-custom": json.dumps({"copy": message_id})}
    if name == "mailgun":
        event = {"delivered": "delivered", "spam": "complained"}.get(kind, "failed")
        reply = {"gone": "550 5.1.1 Nobody of that name"}.get(kind, reply)
        status = {"message": reply, "code": 0}
        return {
            "event-data": {
                "event": event,
                "severity": "permanent",
                "delivery-status": status,
                "user-variables": {"copy": message_id},
            }
        }
    if name == "mailjet":
        event = {"delivered": "sent", "spam": "spam"}.get(kind, "bounce")
        error = "user unknown" if kind == "gone" else ""
        payload = json.dumps({"copy": message_id})
        return {"event": event, "hard_bounce": kind == "gone", "comment": reply, "Payload": payload, "error": error}
    if name == "postmark":
        record_type = {"delivered": "Delivery", "spam": "SpamComplaint"}.get(kind, "Bounce")
        detail = {"full": "SoftBounce", "gone": "HardBounce", "spam": "SpamComplaint"}.get(kind, "")
        return {"RecordType": record_type, "Type": detail, "Details": reply, "Metadata": {"copy": message_id}}
    if name == "resend":
        event = {"delivered": "delivered", "spam": "complained"}.get(kind, "bounced")
        data = {"headers": [{"name": "X-Metadata", "value": json.dumps({"copy": message_id})}], "to": ["x@example.org"]}
        if event == "bounced":
            data["bounce"] = {"message": reply, "type": "Permanent" if kind == "gone" else "Transient"}
        return {"type": f"email.{event}", "data": data}
    event = {"delivered": "delivery", "spam": "spam_complaint"}.get(kind, "bounce")
    bounce_class = {"full": "22", "gone": "10"}.get(kind)
    about = {"type": event, "raw_reason": reply, "bounce_class": bounce_class, "rcpt_meta": {"copy": message_id}}
    return [{"msys": {"message_event": about}}]


def get_webhook_key(name):
    return SVIX_KEY if name == "resend" else "signs:it" if not PROVIDERS[name].is_signed else "signs"


def sign_event(name, event, key):
    """Return the body and the headers of a webhook request, signed with `key`."""
    if name == "mailgun":
        digest = hmac.new(key.encode(), b"1token", hashlib.sha256).hexdigest()
        event = event | {"signature": {"timestamp": "1", "token": "token", "signature": digest}}
    body = json.dumps(event)
    if name == "resend":
        now = dt.datetime.now(dt.UTC)
        signature = Webhook(key).sign("msg_1", now, body)
        return body, {"svix-id": "msg_1", "svix-timestamp": str(int(now.timestamp())), "svix-signature": signature}
    if PROVIDERS[name].is_signed:
        return body, {}
    return body, {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}


@pytest.fixture
def post_event(db, settings, rf):
    """Return a function that posts an event about an unknown delivery to the webhook of the provider `name`."""
    delivery = make_issue().deliveries.create(subscriber=make_subscriber(), state="unknown")
    assert webhooks.handle_tracking_event

    def post(name, kind, key=None, message_id=None):
        settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
        settings.ANYMAIL = {PROVIDERS[name].webhook_key: get_webhook_key(name)}
        path, view = webhook_path_and_view()
        body, headers = sign_event(
            name, build_event(name, kind, message_id or delivery.message_id), key or get_webhook_key(name)
        )
        return view(rf.post(f"/{path}", body, "application/json", headers=headers))

    return post


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_delivered_event_settles_unknown_delivery(post_event, name):
    post_event(name, "delivered")

    assert Delivery.objects.get().state == "sent"
    assert Subscriber.objects.get().state == "subscribed"


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_repeated_hard_bounce_event_suppresses_address_once(post_event, name):
    for _ in range(2):
        post_event(name, "gone")

    ann = Subscriber.objects.get()
    assert (ann.suppression_reason, ann.bounce_count) == ("hard", 1)
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_soft_bounce_event_counts_against_address(post_event, name):
    post_event(name, "full")

    ann = Subscriber.objects.get()
    assert (ann.state, ann.bounce_count) == ("subscribed", 1)


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_complaint_event_suppresses_address(post_event, name):
    post_event(name, "spam")

    assert Subscriber.objects.get().suppression_reason == "complaint"


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_forged_or_unrelated_event_changes_nothing(post_event, name):
    other = "whsec_AAAAr8GKYqrTwjUPD8ILPZIo2LaLaSw" if name == "resend" else "other:one"
    with pytest.raises(SuspiciousOperation):
        post_event(name, "spam", key=other)
    post_event(name, "spam", message_id="letter-1-1-0123456789abcdef@localhost")

    assert Subscriber.objects.get().state == "subscribed"
    assert Delivery.objects.get().state == "unknown"
