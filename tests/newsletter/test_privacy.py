import datetime as dt

import pytest
import time_machine

from bookclub.mail.models import OutgoingMail
from newsletter.models import Issue, Refusal, Subscriber
from newsletter.models.subscriber import BY_IMPORT, CONFIRMATION_PERIOD
from newsletter.privacy import delete_unconfirmed_subscribers, erase_address, export_data, export_subscription
from tests.factories import make_issue, make_mail, make_subscriber

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def test_export_subscription_holds_every_field():
    ann = make_subscriber(
        "ann@example.org",
        name="Ann",
        wants_dates=True,
        asked_at=NOW - 9 * DAY,
        asked_on_page="/books/",
        consent_text="The words",
        confirmed_at=NOW - 8 * DAY,
        confirmed_by="the button behind our link",
        left_at=NOW - 7 * DAY,
        left_by="a mail program",
        new_request={"asked_at": "2026-03-04"},
        suppressed_at=NOW - 6 * DAY,
        suppression_reason="soft",
        bounce_count=5,
        diagnostic="552 full",
    )
    issue = make_issue(number=7, frozen_subject="By lamplight")
    issue.deliveries.create(subscriber=ann, state="sent", sent_at=NOW - HOUR)
    issue.deliveries.create(subscriber=make_subscriber())

    assert export_subscription(ann) == {
        "email": "ann@example.org",
        "name": "Ann",
        "state": "left",
        "the_letter": True,
        "a_note_when_a_date_is_set": True,
        "asked_at": NOW - 9 * DAY,
        "asked_on_the_page": "/books/",
        "words_seen": "The words",
        "confirmed_at": NOW - 8 * DAY,
        "confirmed_by": "the button behind our link",
        "left_at": NOW - 7 * DAY,
        "left_by": "a mail program",
        "asked_again": {"asked_at": "2026-03-04"},
        "suppressed_at": NOW - 6 * DAY,
        "suppression_reason": "mail came back five times",
        "came_back_times": 5,
        "came_back": "552 full",
        "letters": [{"letter": 7, "subject": "By lamplight", "sent_at": NOW - HOUR}],
    }


def test_export_data_of_imported_address_names_no_organiser(bob):
    make_subscriber(
        "bob@example.org", confirmed_by=f"{BY_IMPORT} by Olga", left_at=NOW, left_by="an organiser (Olga Okafor)"
    )
    make_subscriber("ann@example.org")

    [exported] = export_data(bob)["newsletter"]

    assert (exported["email"], exported["asked_at"], exported["left_by"]) == ("bob@example.org", None, "an organiser")


def test_erase_address_drops_waiting_mail_of_that_address_only():
    for state in ("held", "queued", "sent"):
        make_mail(kind=state, state=state, to="Ann@example.org")
    make_mail(kind="other", to="joann@example.org")

    erase_address(" ann@example.org ")

    assert set(OutgoingMail.objects.values_list("kind", "state", "to")) == {
        ("held", "dropped", ""),
        ("queued", "dropped", ""),
        ("sent", "sent", ""),
        ("other", "queued", "joann@example.org"),
    }


def test_erase_address_empties_errors_and_pause_reasons_with_the_address():
    ann, ben = make_subscriber("ann@example.org"), make_subscriber("ben@example.org")
    hers = make_issue(subject="Hers", pause_reason="554 No letters for <Ann@example.org>")
    make_issue(subject="His", pause_reason="554 No letters for <ben@example.org>")
    hers.deliveries.create(subscriber=ann, state="sent", error="250 ann@example.org")
    hers.deliveries.create(subscriber=ben, state="failed", error="550 ben@example.org")

    erase_address("ann@example.org")
    erase_address("ann@example.org")

    assert list(Subscriber.objects.all()) == [ben]
    assert dict(Issue.objects.values_list("subject", "pause_reason")) == {
        "Hers": "The mail server refused it.",
        "His": "554 No letters for <ben@example.org>",
    }
    assert set(hers.deliveries.values_list("subscriber", "state", "error")) == {
        (None, "sent", ""),
        (ben.pk, "failed", "550 ben@example.org"),
    }
    assert Refusal.objects.of("ann@example.org").count() == Refusal.objects.count() == 1


def test_delete_unconfirmed_subscribers_erases_mail_of_expired_only():
    old = NOW - CONFIRMATION_PERIOD - HOUR
    make_subscriber("old@example.org", confirmed_at=None, asked_at=old)
    kept = [
        make_subscriber("young@example.org", confirmed_at=None),
        make_subscriber("back@example.org", left_at=NOW, new_request={"asked_at": old.isoformat()}),
        make_subscriber("soon@example.org", left_at=NOW, new_request={"asked_at": NOW.isoformat()}),
    ]
    for email in ("old@example.org", "young@example.org"):
        make_mail(to=email)

    assert [delete_unconfirmed_subscribers(NOW), delete_unconfirmed_subscribers(NOW)] == [1, 0]

    assert list(Subscriber.objects.order_by("pk")) == kept
    assert [row.new_request is None for row in Subscriber.objects.order_by("pk")] == [True, True, False]
    assert list(OutgoingMail.objects.order_by("pk").values_list("state", "to")) == [
        ("dropped", ""),
        ("queued", "young@example.org"),
    ]
