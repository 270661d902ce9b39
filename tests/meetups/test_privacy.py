import datetime as dt

import pytest

from bookclub.mail.models import OutgoingMail
from meetups.models import SessionNote
from meetups.privacy import (
    Version,
    anonymise_session_notes,
    delete_rsvps,
    delete_session_notes,
    erase_mails,
    export_data,
)
from tests.factories import make_author, make_mail, make_meetup, make_rsvp, make_session_note, make_writeup

pytestmark = pytest.mark.django_db
State = OutgoingMail.State
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def test_erase_mails_drops_and_empties_queued_mails(bob):
    waiting = make_mail(key=f"seat-saved:1:{bob.pk}:x")
    other = make_mail(key=f"seat-saved:1:{bob.pk + 1}:x")

    erase_mails(bob)

    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, waiting.to, waiting.text) == (State.DROPPED, "", "")
    assert (other.state, other.key) == (State.QUEUED, f"seat-saved:1:{bob.pk + 1}:x")


def test_anonymise_session_notes_keeps_names_of_others(bob, alice):
    make_session_note(member=bob, name="Bob")
    hers = make_session_note(member=alice, name="Alice")

    anonymise_session_notes(bob)

    assert list(SessionNote.objects.exclude(name="a member").values_list("pk", "name")) == [(hers.pk, "Alice")]


def test_export_data_holds_every_field_of_an_rsvp(bob, alice):
    meetup = make_meetup(slug="the-evening")
    for member in (alice, bob):
        make_rsvp(meetup, member, message=f"{member.first_name} comes later")
    bob.rsvps.update(
        guests=1, asked_at=NOW - DAY, answered_at=NOW, removal_reason="The table is too small", attended=False
    )

    assert export_data(bob)["answers_to_meetups"] == [
        {
            "meetup": "http://localhost:8000/meetups/the-evening/",
            "date": meetup.date,
            "answer": "going",
            "guests": 1,
            "line_to_the_organiser": "Bob comes later",
            "asked_at": NOW - DAY,
            "put_on_the_list_by_an_organiser": False,
            "answered_at": NOW,
            "taken_off_because": "The table is too small",
            "you_came": False,
        }
    ]


def test_export_data_lists_session_notes_and_writeups_once(bob, alice):
    author = make_author(member=bob)
    shown = make_writeup(title="Tonight", slug="tonight", author=author)
    hidden = make_writeup(title="Soon", published_at=None)
    note = make_session_note(writeup=shown, text="A point", name="Bob", member=alice)
    note.member, note.text, note.name_is_public = bob, "My point", True
    note.save()
    make_session_note(writeup=hidden, text="Another", member=bob)
    make_session_note(writeup=shown, text="Hers", member=alice)
    Version.objects.update(history_date=NOW)

    data = export_data(bob)

    version = {"history_date": NOW, "text": "My point", "name": "Bob"}
    assert data["session_notes"] == [
        {
            "write_up": "Tonight",
            "address": f"http://localhost:8000/write-ups/tonight/#{note.anchor}",
            "text": "My point",
            "name": "Bob",
            "an_organiser_noted_that_you_agreed_to_be_named": True,
            "versions": [version],
        },
        {
            "write_up": "not on the site yet, or any more",
            "address": "",
            "text": "Another",
            "name": "",
            "an_organiser_noted_that_you_agreed_to_be_named": False,
            "versions": [version | {"text": "Another", "name": ""}],
        },
    ]
    assert data["write_ups"] == [
        {
            "title": "Tonight",
            "address": "http://localhost:8000/write-ups/tonight/",
            "published_at": shown.published_at,
        }
    ]


def test_export_data_lists_the_latest_answer_first(bob):
    first, second, third = (make_rsvp(make_meetup(slug=f"evening-{number}"), bob) for number in range(3))
    for rsvp, asked_at in ((first, NOW), (second, NOW - DAY), (third, NOW - DAY)):
        bob.rsvps.filter(pk=rsvp.pk).update(asked_at=asked_at)

    found = [answer["meetup"].split("/")[-2] for answer in export_data(bob)["answers_to_meetups"]]

    assert found == ["evening-0", "evening-2", "evening-1"]


def test_erase_mails_keeps_state_of_sent_mail(bob):
    sent = make_mail(key=f"seat-saved:1:{bob.pk}:x", state=State.SENT, error="250 bob@example.org")
    about = make_mail(key=f"seat-saved:{bob.pk}:99:x")

    erase_mails(bob)

    sent.refresh_from_db()
    about.refresh_from_db()
    assert (sent.state, sent.to, sent.error, sent.retention) == (State.SENT, "", "", OutgoingMail.Retention.NOTHING)
    assert (about.state, about.text != "") == (State.QUEUED, True)


def test_anonymise_session_notes_leaves_a_history_without_the_name(bob, alice):
    his = make_session_note(member=bob, name="Bob")
    hers = make_session_note(member=alice, name="Alice")
    plain = make_session_note()

    anonymise_session_notes(bob)

    names = {note: set(note.history.values_list("name", "name_is_public", "member")) for note in (his, hers, plain)}
    assert names == {
        his: {("a member", True, None)},
        hers: {("Alice", False, alice.pk)},
        plain: {("", False, None)},
    }
    his.refresh_from_db()
    assert (his.name, his.name_is_public, his.member) == ("a member", True, None)


def test_delete_session_notes_deletes_history_of_deleted_notes(bob, alice):
    gone, his, hers, once_his = (
        make_session_note(member=member, text=text)
        for member, text in ((bob, "Gone"), (bob, "His"), (alice, "Hers"), (bob, "Once his"))
    )
    gone.delete()
    once_his.member = alice
    once_his.save()

    delete_session_notes(bob)

    assert list(SessionNote.objects.order_by("pk")) == [hers, once_his]
    assert not SessionNote.objects.filter(pk=his.pk).exists()
    assert set(Version.objects.values_list("text", "member")) == {
        ("Hers", alice.pk),
        ("Once his", bob.pk),
        ("Once his", alice.pk),
    }


def test_delete_rsvps_frees_seats_of_upcoming_meetups_only(bob, alice):
    coming, past = make_meetup(), make_meetup()
    for meetup in (coming, past):
        make_rsvp(meetup, bob)
        make_rsvp(meetup, alice)
    past.date = dt.date(2020, 1, 8)
    past.save()

    delete_rsvps(bob)

    for meetup, taken in ((coming, 1), (past, 2)):
        meetup.seat_counter.refresh_from_db()
        assert (meetup.seat_counter.taken, [rsvp.member for rsvp in meetup.rsvps.all()]) == (taken, [alice])
