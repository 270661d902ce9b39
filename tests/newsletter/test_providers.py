"""Mail providers by EMAIL_URL alone, and what they report."""

import base64
import json

import pytest
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.core.exceptions import SuspiciousOperation

from newsletter import hooks
from newsletter.models import Subscriber
from tests.factories import make_issue, make_subscriber
from tests.test_settings import settings_in, start

HOOK = "/hooks/mail/postmark/tracking/"


def test_a_provider_is_chosen_by_the_address_of_the_mail_server():
    got = settings_in(
        "EMAIL_BACKEND", "ANYMAIL", EMAIL_URL="mailgun://key%2F1@mg.example.org", EMAIL_WEBHOOK_KEY="signs"
    )

    assert got == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {
            "MAILGUN_API_KEY": "key/1",
            "MAILGUN_SENDER_DOMAIN": "mg.example.org",
            "MAILGUN_WEBHOOK_SIGNING_KEY": "signs",
        },
    }
    assert "EMAIL_URL is not right" in start("-c", "import bookclub.settings", EMAIL_URL="mailjet://key@").stderr
    wrong = start("-c", "import bookclub.settings", EMAIL_URL="postmark://key@", EMAIL_WEBHOOK_KEY="nocolon")
    assert "EMAIL_WEBHOOK_KEY is not right" in wrong.stderr


@pytest.fixture
def report(db, settings, rf):
    """Posts a report about a copy to the provider's own view."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": "post:mark"}
    copy = make_issue().deliveries.create(subscriber=make_subscriber(), state="sent")
    assert hooks.take_report

    def post(kind, signed="post:mark", **fields):
        words = {"RecordType": kind, "MessageID": "theirs", "Metadata": {"copy": copy.message_id}} | fields
        sign = base64.b64encode(signed.encode()).decode()
        request = rf.post(HOOK, json.dumps(words), "application/json", headers={"Authorization": f"Basic {sign}"})
        return PostmarkTrackingWebhookView.as_view()(request)

    return post


def test_a_report_of_the_provider_counts_as_often_as_it_comes_once(report):
    bounced = {"Type": "HardBounce", "TypeCode": 1, "Details": "550 5.1.1 no such user", "Email": "x@example.org"}
    for _ in range(2):
        report("Bounce", **bounced)

    ann = Subscriber.objects.get()
    assert (ann.suppressed_because, ann.bounce_count) == ("hard", 1)


def test_a_complaint_to_the_provider_is_heard(report):
    report("SpamComplaint", Type="SpamComplaint", Email="x@example.org")

    assert Subscriber.objects.get().suppressed_because == "complaint"


def test_a_report_with_another_signature_or_about_nothing_of_ours_changes_nothing(report):
    with pytest.raises(SuspiciousOperation):
        report("SpamComplaint", signed="other:one")
    report("SpamComplaint", Metadata={"copy": "letter-1-1-0123456789abcdef@localhost"})

    assert Subscriber.objects.get().state == "subscribed"
