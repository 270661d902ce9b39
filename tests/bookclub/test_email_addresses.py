"""One mailbox has one form, wherever an address is stored, looked for or compared."""

import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from bookclub.core.email_addresses import format_readable_address, get_address_key, is_same_address, normalize_address
from bookclub.mail.models import OutgoingMail
from meetups.calendar.feeds import ensure_calendar_token, reset_calendar_token
from meetups.models import RSVP
from members.messages import make_token
from members.models import Member
from newsletter.inbound import unsubscribe_by_token
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import hash_address
from newsletter.privacy import erase_address
from tests.factories import make_club, make_issue, make_meetup, make_member, make_subscriber, yesterday
from tests.pages import send

ROOT = Path(__file__).parents[2]
SPELLINGS = ["info@büro.example", "INFO@BÜRO.example", "info@xn--bro-hoa.example", "info@XN--BRO-HOA.EXAMPLE.",
             "info@bu\u0308ro.example", " info@büro。example "]  # fmt: skip
ONE_FORM = "info@xn--bro-hoa.example"


@pytest.mark.parametrize("typed", SPELLINGS)
def test_spellings_of_a_mailbox_have_one_key(typed):
    assert get_address_key(typed) == ONE_FORM
    assert is_same_address(typed, ONE_FORM)
    assert format_readable_address(get_address_key(typed)) == "info@büro.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann.Ames@Example.ORG.", "Ann.Ames@example.org"),
        ("JÖRG@example.org", "jörg@example.org"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@strasse.example", "ann@strasse.example"),
        ("ann@xn--.example", "ann@xn--.example"),
        ("ann@a..b", "ann@a..b"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_address_is_stored_in_one_form(typed, stored):
    assert normalize_address(typed) == stored


def test_no_other_module_folds_addresses():
    """Every comparison of addresses is in `bookclub.core.email_addresses`; constraints on Lower() are on its form."""
    folded = re.compile(
        r"(?:e?mail|address|\bto)\w*(?:\.strip\(\))?\.(?:lower|casefold)\(|\b(?:e?mail|address|to)__i(?:exact|contains)\b"
        r"|\.encode\(.idna.\)|normalize_email\("
    )
    found = []
    for folder in ("bookclub", "books", "meetups", "members", "newsletter"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            is_exempt = path.name == "email_addresses.py" or "migrations" in path.parts
            lines = [] if is_exempt else path.read_text().splitlines()
            found += [f"{path.relative_to(ROOT)}: {line.strip()}" for line in lines if folded.search(line)]

    assert found == []


@pytest.mark.django_db
@pytest.mark.both_databases
def test_second_spelling_finds_the_subscriber(client):
    make_club()
    subscriber = make_subscriber(ONE_FORM, left_at=timezone.now())

    send(client, "/newsletter/subscription/", email="info@BÜRO.example", which="page")

    assert Subscriber.objects.get().pk == subscriber.pk
    assert Subscriber.objects.with_address("info@büro.example").get() == subscriber
    assert OutgoingMail.objects.get().to == ONE_FORM
    assert OutgoingMail.objects.erase_address("Info@büro.example") == 1


@pytest.mark.django_db
def test_erasure_holds_for_both_spellings():
    make_subscriber(ONE_FORM)

    erase_address("info@BÜRO.example")

    assert not Subscriber.objects.exists()
    assert Refusal.objects.of(ONE_FORM).get() == Refusal.objects.of("info@büro.example").get()


@pytest.mark.django_db
@pytest.mark.both_databases
def test_login_by_the_other_spelling_is_one_account(client):
    make_club()
    make_member(ONE_FORM)

    for address in SPELLINGS[:4]:
        send(client, "/accounts/login/", email=address)

    assert [member.email for member in Member.objects.all()] == [ONE_FORM]
    assert Member.objects.get_by_natural_key("INFO@büro.example").email == ONE_FORM


@pytest.mark.django_db
def test_admin_search_finds_the_other_spelling(organiser_client):
    make_subscriber(ONE_FORM)
    make_member(ONE_FORM, name="Uli")

    for model in ("newsletter_subscriber", "members_member"):
        page = organiser_client.get(reverse(f"admin:{model}_changelist"), {"q": "info@BÜRO.example"})
        assert ONE_FORM in page.text


@pytest.mark.django_db
def test_page_shows_the_readable_spelling(client):
    make_club()

    page = client.get(reverse("newsletter:topics", args=[make_subscriber(ONE_FORM).token]))

    assert "info@büro.example" in page.text
    assert ONE_FORM not in page.text


# --- the migrations -------------------------------------------------------------------------------------------------


def store_under(rows, address):
    """Store another spelling, as earlier versions did."""
    rows.update(email=address)


def run_migration(app, name, function):
    getattr(importlib.import_module(f"{app}.migrations.{name}"), function)(apps, None)


@pytest.mark.django_db
@pytest.mark.both_databases
def test_migration_merges_subscribers(capsys):
    old, new = yesterday() - timezone.timedelta(days=30), yesterday()
    kept = make_subscriber("one@example.org", confirmed_at=old, asked_at=old, confirmed_by="the oldest proof")
    double = make_subscriber("two@example.org", confirmed_at=new, left_at=new, left_by="a mail program", name="Uli")
    other = make_subscriber("jo@example.org")
    issue, second = make_issue(number=None), make_issue(number=None)
    for row, subscriber, state in [(issue, kept, "queued"), (issue, double, "sent"), (second, double, "sent")]:
        row.deliveries.create(subscriber=subscriber, state=state)
    store_under(Subscriber.objects.filter(pk=kept.pk), "info@büro.example")
    store_under(Subscriber.objects.filter(pk=double.pk), "Info@xn--bro-hoa.example")
    store_under(Subscriber.objects.filter(pk=other.pk), "jo@Straße.example")

    run_migration("newsletter", "0007_merge_spellings_of_addresses", "merge_subscribers")

    assert "Subscriber Info@xn--bro-hoa.example is merged into" in capsys.readouterr().out
    assert set(Subscriber.objects.values_list("email", flat=True)) == {ONE_FORM, "jo@xn--strae-oqa.example"}
    kept.refresh_from_db()
    assert (kept.state, kept.confirmed_at, kept.confirmed_by) == ("left", old, "the oldest proof")
    assert (kept.left_at, kept.left_by, kept.name) == (new, "a mail program", "Uli")
    assert [(row.issue_id, row.state) for row in kept.deliveries.order_by("pk")] == [
        (issue.pk, "dropped"), (second.pk, "sent")
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["one click", "mail in lower case"])
def test_links_to_a_merged_subscriber_still_unsubscribe(client, way):
    make_club()
    kept, merged = make_subscriber("one@example.org"), make_subscriber("two@example.org")
    token = merged.token
    store_under(Subscriber.objects.filter(pk=kept.pk), "info@büro.example")
    store_under(Subscriber.objects.filter(pk=merged.pk), ONE_FORM)

    run_migration("newsletter", "0007_merge_spellings_of_addresses", "merge_subscribers")
    topics = client.get(reverse("newsletter:topics", args=[token]))
    if way == "one click":
        client.post(reverse("newsletter:leave", args=[token]), {"List-Unsubscribe": "One-Click"})
    else:
        unsubscribe_by_token([token.lower()])

    assert "info@büro.example" in topics.text
    assert Subscriber.objects.get().state == "left"


@pytest.mark.django_db
@pytest.mark.both_databases
def test_migration_applies_the_mark_of_an_erased_spelling(capsys, settings):
    Refusal.objects.create(key=hash_address("info@büro.example", settings.SECRET_KEY))
    subscriber = make_subscriber(ONE_FORM)

    run_migration("newsletter", "0007_merge_spellings_of_addresses", "merge_subscribers")

    subscriber.refresh_from_db()
    assert subscriber.state == "left"
    assert "asked to be forgotten" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.both_databases
def test_migration_merges_members_and_their_seats(capsys):
    first, second, other = (
        make_member("one@example.org"),
        make_member("two@example.org"),
        make_member("three@example.org"),
    )
    meetup, later = make_meetup(), make_meetup()
    for member in (first, second):
        member.emailaddress_set.all().delete()
        member.emailaddress_set.create(email=member.email, verified=True, primary=True)
    for position, member in enumerate([first, second, other]):
        RSVP.objects.create(meetup=meetup, member=member, answer="going", queue_position=position, guests=position)
    RSVP.objects.create(meetup=later, member=second, answer="going", queue_position=1)
    first.sign_ins.create(session_key="a", browser="x")
    second.sign_ins.create(session_key="b", browser="y")
    for member, address in [(first, "info@büro.example"), (second, ONE_FORM)]:
        store_under(Member.objects.filter(pk=member.pk), address)
        store_under(member.emailaddress_set, address)
    OutgoingMail.objects.bulk_create([OutgoingMail(key="k", kind="x", to="info@BÜRO.example")])

    run_migration("members", "0004_merge_spellings_of_addresses", "merge_members")

    kept = Member.objects.get(email=ONE_FORM)
    assert set(Member.objects.values_list("pk", flat=True)) == {kept.pk, other.pk}
    assert [rsvp.member_id for rsvp in meetup.rsvps.order_by("queue_position")] == [kept.pk, other.pk]
    assert meetup.rsvps.get(member=kept).queue_position == 0
    assert later.rsvps.get().member == kept
    assert kept.sign_ins.count() == 2
    assert [(row.email, row.verified) for row in kept.emailaddress_set.all()] == [(ONE_FORM, True)]
    assert OutgoingMail.objects.get().to == ONE_FORM
    out = capsys.readouterr().out
    assert "is merged into member" in out
    assert f"Meetup {meetup.pk}: two answers of member {kept.pk} are one" in out


@pytest.mark.django_db
def test_links_and_calendar_of_a_merged_member_still_work(client, capsys):
    make_club()
    kept, merged = (make_member(f"{name}@example.org", approved_at=yesterday()) for name in ("one", "two"))
    for member, address in [(kept, "info@büro.example"), (merged, ONE_FORM)]:
        ensure_calendar_token(member)
        store_under(Member.objects.filter(pk=member.pk), address)
    messages = reverse("members:messages", args=[make_token(merged.pk)])
    calendar = reverse("meetups:member_calendar", args=[merged.calendar_token])

    run_migration("members", "0004_merge_spellings_of_addresses", "merge_members")

    assert client.get(calendar).status_code == 200
    assert client.post(messages, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Member.objects.get().wants_messages is False
    reset_calendar_token(kept)
    assert client.get(calendar).status_code == 404
