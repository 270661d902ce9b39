"""Mail providers configured by EMAIL_URL, and their webhooks."""

import base64
import datetime as dt
import hashlib
import hmac
import itertools
import json
import time

import pytest
import time_machine
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.urls import is_valid_path
from svix.webhooks import Webhook

from bookclub.mail.providers import PROVIDERS, webhook_path_and_view
from newsletter import webhooks
from newsletter.models import Delivery, ProviderReport, Subscriber
from tests.factories import make_issue, make_subscriber, run_worker
from tests.test_settings import read_settings, start

NO_TRACKING = {"track_opens": False, "track_clicks": False}
SVIX_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROVIDER_NAMES = list(PROVIDERS)
numbers = itertools.count(1)


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
    assert not any(is_valid_path(f"/hooks/mail/{name}/tracking/") for name in PROVIDER_NAMES), "none by default"


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
    """Return the body and the headers of a webhook request, signed now with `key`; each has a token of its own."""
    number = next(numbers)
    if name == "mailgun":
        stamp, token = str(int(time.time())), f"token-{number}"
        digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        event = event | {"signature": {"timestamp": stamp, "token": token, "signature": digest}}
    body = json.dumps(event)
    if name == "resend":
        now = dt.datetime.now(dt.UTC)
        signature = Webhook(key).sign(f"msg_{number}", now, body)
        return body, {
            "svix-id": f"msg_{number}",
            "svix-timestamp": str(int(now.timestamp())),
            "svix-signature": signature,
        }
    if PROVIDERS[name].is_signed:
        return body, {}
    return body, {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}


@pytest.fixture
def post_event(db, settings, rf):
    """Return a function that posts an event about an unknown delivery to the webhook of the provider `name`."""
    delivery = make_issue().deliveries.create(subscriber=make_subscriber(), state="unknown")
    assert webhooks.handle_tracking_event

    def post(name, kind, key=None, message_id=None, **fields):
        event = build_event(name, kind, message_id or delivery.message_id)
        return post.signed(name, *sign_event(name, event | fields if fields else event, key or get_webhook_key(name)))

    def post_signed(name, body, headers):
        settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
        settings.ANYMAIL = {PROVIDERS[name].webhook_key: get_webhook_key(name)}
        path, view = webhook_path_and_view()
        return view(rf.post(f"/{path}", body, "application/json", headers=headers))

    post.signed, post.delivery = post_signed, delivery
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


# --- each report counts once, and soon --------------------------------------------------------------------------------


def sign_kind(post_event, name, kind):
    return sign_event(name, build_event(name, kind, post_event.delivery.message_id), get_webhook_key(name))


def clear_suppression():
    """As the organiser's button “Try the address again” does."""
    Subscriber.objects.update(suppressed_at=None, suppression_reason="", bounce_count=0)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["gone", "spam"])
@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_repeated_request_does_not_suppress_again_what_was_cleared(post_event, name, kind):
    signed = sign_kind(post_event, name, kind)
    first = post_event.signed(name, *signed)
    assert Subscriber.objects.get().state == "suppressed"
    clear_suppression()

    second = post_event.signed(name, *signed)

    assert (first.status_code, second.status_code) == (200, 200)
    assert Subscriber.objects.get().state == "subscribed"


def test_event_signed_anew_for_a_retry_counts_once(post_event):
    """Mailgun does not say whether it signs a retry anew. The event has an id of its own."""
    event = build_event("mailgun", "gone", post_event.delivery.message_id)
    event["event-data"]["id"] = "an-id"
    post_event.signed("mailgun", *sign_event("mailgun", event, "signs"))
    clear_suppression()

    post_event.signed("mailgun", *sign_event("mailgun", event, "signs"))

    assert Subscriber.objects.get().state == "subscribed"


def test_signature_of_one_mailgun_report_does_not_pass_another(post_event):
    """Mailgun signs only time and token: with those of a harmless report a complaint could be made up."""
    body, headers = sign_kind(post_event, "mailgun", "delivered")
    post_event.signed("mailgun", body, headers)
    forged = build_event("mailgun", "spam", post_event.delivery.message_id) | {
        "signature": json.loads(body)["signature"]
    }

    post_event.signed("mailgun", json.dumps(forged), headers)

    assert Subscriber.objects.get().state == "subscribed"


def test_old_format_of_mailgun_does_not_pass_a_used_signature(post_event, rf):
    body, _ = sign_kind(post_event, "mailgun", "delivered")
    post_event.signed("mailgun", body, {})
    path, view = webhook_path_and_view()
    form = json.loads(body)["signature"] | {"event": "complained", "copy": post_event.delivery.message_id}

    view(rf.post(f"/{path}", form))

    assert Subscriber.objects.get().state == "subscribed"


@pytest.mark.parametrize("name", ["mailgun", "resend"])
@pytest.mark.parametrize("minutes", [-60 * 24, -11, 11, 60 * 24])
def test_report_is_refused_minutes_from_its_time_stamp(post_event, name, minutes):
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)):
        signed = sign_kind(post_event, name, "gone")

    with pytest.raises(SuspiciousOperation):
        post_event.signed(name, *signed)

    assert Subscriber.objects.get().state == "subscribed"
    assert Delivery.objects.get().state == "unknown"


@pytest.mark.parametrize("name", ["mailgun", "resend"])
def test_report_is_accepted_a_few_minutes_late(post_event, name):
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=4)):
        signed = sign_kind(post_event, name, "gone")

    post_event.signed(name, *signed)

    assert Subscriber.objects.get().state == "suppressed"


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "9" * 400, "١٧٧٠٩٢٠٧٧٢"])
def test_mailgun_time_stamp_may_be_any_text(post_event, stamp):
    digest = hmac.new(b"signs", f"{stamp}token".encode("ascii", "replace"), hashlib.sha256).hexdigest()
    signature = {"timestamp": stamp, "token": "token", "signature": digest}
    event = build_event("mailgun", "gone", post_event.delivery.message_id) | {"signature": signature}

    with pytest.raises((SuspiciousOperation, UnicodeEncodeError)):
        post_event.signed("mailgun", json.dumps(event), {})

    assert Subscriber.objects.get().state == "subscribed"


@pytest.mark.both_databases
@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_report_that_failed_counts_when_it_is_sent_again(post_event, name, monkeypatch):
    """The database goes away in the middle: the provider gets a 500, and tries again."""
    signed = sign_kind(post_event, name, "gone")
    with monkeypatch.context() as patch:
        patch.setattr(Subscriber, "save", fail)
        with pytest.raises(OperationalError):
            post_event.signed(name, *signed)
    assert Delivery.objects.get().state == "unknown"

    post_event.signed(name, *signed)

    assert Subscriber.objects.get().suppression_reason == "hard"
    assert Delivery.objects.get().state == "sent"


def fail(*args, **options):
    raise OperationalError("the server closed the connection")


def test_report_of_an_unsigned_provider_counts_hours_later_but_not_after_a_month(post_event):
    event = build_event("mailjet", "gone", post_event.delivery.message_id) | {"time": int(time.time())}
    states = []
    for age in (dt.timedelta(hours=12), dt.timedelta(days=31)):
        with time_machine.travel(dt.datetime.now(dt.UTC) + age):
            ProviderReport.objects.all().delete()
            post_event.signed("mailjet", *sign_event("mailjet", event, "signs:it"))
        states.append(Subscriber.objects.get().state)
        clear_suppression()

    assert states == ["suppressed", "subscribed"]


def test_accepted_reports_are_forgotten_after_a_month(post_event):
    post_event("postmark", "gone")
    post_event("mailgun", "delivered")
    numbers = []
    for days in (0, 2, 31):
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=days)):
            run_worker()
        numbers.append(ProviderReport.objects.count())

    assert numbers == [2, 1, 0]


def test_delivered_reports_of_unsigned_providers_are_not_stored(post_event):
    post_event("brevo", "delivered")

    assert not ProviderReport.objects.exists()
