"""Messages of organisers to the guests of a meetup: who gets them, once each, and who has refused them."""

import datetime as dt
import os
import signal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookclub.mail.models import OutgoingMail
from meetups import guest_messages, privacy
from meetups.models import RSVP, GuestMessage
from members.messages import make_token, set_wants_messages
from members.models import Member
from tests.factories import make_club, make_meetup, make_member, make_rsvp
from tests.meetups.guest_lists import refusal_code
from tests.meetups.mails import send_and_parse
from tests.racing import FORK, race

State, Whom = OutgoingMail.State, GuestMessage.Whom
RACERS = 6


@pytest.fixture
def meetup(db):
    """Two have a seat, one waits, one waits for a yes, one is not coming, one refuses such mail, one has no account."""
    meetup = make_meetup(capacity=4)
    for name in ("Ann", "Bob"):
        make_rsvp(meetup, make_member(f"{name}@example.org".lower(), name=name))
    make_rsvp(meetup, make_member("flo@example.org", name="Flo", wants_messages=False))
    make_rsvp(meetup, make_member("gus@example.org", name="Gus"))
    Member.objects.filter(name="Gus").update(is_active=False)
    make_rsvp(meetup, make_member("cy@example.org", name="Cy"))
    make_rsvp(meetup, make_member("di@example.org", name="Di", approved_at=None))
    leaver = make_member("ed@example.org", name="Ed")
    make_rsvp(meetup, leaver)
    make_rsvp(meetup, leaver, RSVP.Answer.NOT_GOING)
    RSVP.objects.filter(member__name__in=["Bob", "Ed", "Flo"]).update(attended=True)
    OutgoingMail.objects.all().delete()
    return meetup


def draft(meetup, whom=Whom.ALL, subject="Bring a cushion", text="The chairs are *hard*."):
    return guest_messages.draft_message(meetup, whom=whom, subject=subject, text=text)


def names(members):
    return [member.name for member in members]


def addresses():
    mails = OutgoingMail.objects.filter(kind="guest-message")
    return sorted(address.partition("@")[0] for address in mails.values_list("to", flat=True))


@pytest.mark.parametrize(
    ("whom", "expected"),
    [
        (Whom.ALL, ["Ann", "Bob", "Cy", "Di"]),
        (Whom.GOING, ["Ann", "Bob"]),
        (Whom.WAITING, ["Cy", "Di"]),
        (Whom.CAME, ["Bob", "Ed"]),
    ],
)
def test_find_recipients_by_answer(meetup, whom, expected):
    assert names(guest_messages.find_recipients(meetup, whom).members) == expected
    assert guest_messages.count_recipients(meetup)[whom] == len(expected)


def test_find_recipients_lists_who_is_left_out(meetup):
    found = guest_messages.find_recipients(meetup, Whom.GOING)

    assert (names(found.refusing), names(found.closed)) == (["Flo"], ["Gus"])


def test_message_goes_to_each_alone_with_own_link(meetup, olga, mailoutbox):
    make_club(contact_email="hello@club.example")
    message = draft(meetup, Whom.GOING, text="See [the list](/books/), *please*.")

    assert guest_messages.send_message(message, olga) == 2

    ann, bob = send_and_parse(mailoutbox)
    assert [(mail.to, mail.headers["Cc"], mail.headers["Bcc"]) for mail in (ann, bob)] == [
        ("ann@example.org", None, None),
        ("bob@example.org", None, None),
    ]
    assert (ann.subject, ann.headers["Reply-To"]) == ("Bring a cushion", "hello@club.example")
    assert "See the list (http://localhost:8000/books/), please." in ann.text
    assert [em.text for em in ann.soup.select("em")] == ["please"]
    assert ann.soup.find("a", string="the list")["href"] == "http://localhost:8000/books/"
    link = ann.headers["List-Unsubscribe"].strip(" <>")
    assert ann.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link != bob.headers["List-Unsubscribe"].strip(" <>")
    assert link in ann.text
    assert ann.soup.find("a", href=link)
    assert "bob" not in ann.everything


def test_recipients_are_those_of_the_preview(meetup, olga):
    message = draft(meetup, Whom.GOING)
    make_rsvp(meetup, RSVP.objects.get(member__name="Ann").member, RSVP.Answer.NOT_GOING)  # Cy moves up

    guest_messages.send_message(message, olga)

    assert message.recipient_count == 2
    assert addresses() == ["ann", "bob"]


def test_send_leaves_out_who_refused_after_the_preview(meetup, olga):
    message = draft(meetup, Whom.GOING)
    set_wants_messages(RSVP.objects.get(member__name="Ann").member, False)

    assert guest_messages.send_message(message, olga) == 1
    assert addresses() == ["bob"]


def test_second_press_and_same_words_send_nothing(meetup, olga):
    message, same, shorter = draft(meetup), draft(meetup, Whom.GOING), draft(meetup, Whom.GOING, text="Soft chairs.")

    assert [guest_messages.send_message(each, olga) for each in (message, message, same, shorter)] == [4, 0, 0, 2]
    assert addresses() == ["ann", "ann", "bob", "bob", "cy", "di"]


def test_refusing_drops_what_waits(meetup, olga):
    guest_messages.send_message(draft(meetup), olga)

    set_wants_messages(RSVP.objects.get(member__name="Bob").member, False)

    [message] = guest_messages.list_sent_messages(meetup)
    assert OutgoingMail.objects.get(to="bob@example.org").state == State.DROPPED
    assert message.outcome == {"waiting": 3, "not sent": 1}


def test_outcome_counts_each_message_apart(meetup, olga):
    guest_messages.send_message(draft(meetup, subject="First"), olga)
    guest_messages.send_message(draft(meetup, Whom.GOING, subject="Second"), olga)
    for name, state in {"ann": State.SENT, "bob": State.FAILED, "cy": State.UNKNOWN}.items():
        OutgoingMail.objects.filter(to=f"{name}@example.org", subject="First").update(state=state)

    with CaptureQueriesContext(connection) as queries:
        messages = guest_messages.list_sent_messages(meetup)

    assert [(each.subject, each.outcome) for each in messages] == [
        ("Second", {"waiting": 2}),
        ("First", {"sent": 1, "waiting": 1, "failed": 1, "perhaps sent": 1}),
    ]
    assert len(queries) == 2


def test_draft_meetup_and_sixth_message_of_a_day_are_refused(meetup, olga):
    for number in range(5):
        guest_messages.send_message(draft(meetup, subject=f"News {number}"), olga)
    sixth = draft(meetup, subject="News 6")

    assert refusal_code(guest_messages.send_message, sixth, olga) == "too_many"
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, minutes=1)):
        assert guest_messages.send_message(sixth, olga) == 4
    meetup.published_at = None
    meetup.save()
    assert refusal_code(guest_messages.send_message, draft(meetup, subject="News 7"), olga) == "draft"


def test_message_before_the_meetup_expires_with_it(meetup, olga):
    guest_messages.send_message(draft(meetup), olga)

    assert set(OutgoingMail.objects.values_list("expires_at", flat=True)) == {meetup.ends_at}
    with time_machine.travel(meetup.ends_at + dt.timedelta(hours=1)):
        guest_messages.send_message(draft(meetup, Whom.CAME, subject="Thank you"), olga)
    assert OutgoingMail.objects.filter(subject="Thank you", expires_at=None).count() == 2


def test_delete_expired_keeps_no_list_of_people(meetup, olga):
    sent, _unsent = draft(meetup), draft(meetup, subject="Never sent")
    guest_messages.send_message(sent, olga)

    privacy.delete_expired(timezone.now() + dt.timedelta(days=8))
    assert set(GuestMessage.objects.all()) == {sent}
    assert sent.recipients.count() == 4

    privacy.delete_expired(timezone.now() + dt.timedelta(days=91))
    assert (GuestMessage.objects.get().recipient_count, sent.recipients.count()) == (4, 0)


# The link in the mail


def test_link_refuses_by_post_alone_and_can_be_taken_back(client, bob):
    page = f"/members/messages/{make_token(bob.pk)}/"

    assert client.get(page).status_code == 200
    bob.refresh_from_db()
    assert bob.wants_messages

    response = client.post(page, {"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})
    bob.refresh_from_db()
    assert (response.status_code, bob.wants_messages, dict(response.cookies)) == (200, False, {})
    assert bob.email not in response.content.decode()

    client.post(page, {"again": "1"})
    bob.refresh_from_db()
    assert bob.wants_messages


def test_link_refuses_by_a_form_that_cannot_be_read(client, bob):
    page, broken = f"/members/messages/{make_token(bob.pk)}/", b"--b\r\nno part"

    response = client.post(page, broken, content_type="multipart/form-data; boundary=" + "b" * 300)

    bob.refresh_from_db()
    assert (response.status_code, bob.wants_messages) == (200, False)


@pytest.mark.parametrize("token", ["missing", "1:forged", "each-guest-has-a-link-of-their-own"])
def test_forged_link_changes_nothing(client, bob, token):
    assert client.post(f"/members/messages/{token}/").status_code == 404

    bob.refresh_from_db()
    assert bob.wants_messages


# Races


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_racing_presses_write_one_mail_each(meetup, olga):
    message, same = draft(meetup), draft(meetup)

    runs = race([lambda each=each: guest_messages.send_message(each, olga) for each in [message, same] * (RACERS // 2)])

    assert [run.error for run in runs] == [""] * RACERS
    assert sorted(run.result for run in runs) == [0] * (RACERS - 1) + [4]
    assert addresses() == ["ann", "bob", "cy", "di"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_racing_presses_write_several_without_lock_and_keys(meetup, olga):
    """The control: with keys that differ, and the state read before all others have written."""
    message, have_read = draft(meetup), FORK.Barrier(RACERS)

    def send_unguarded():
        row = GuestMessage.objects.get(pk=message.pk)
        have_read.wait()
        mails = guest_messages.build_mails(row, meetup, list(row.recipients.all()))
        for mail in mails:
            mail.key += f":{os.getpid()}"
        return row.sent_at is None and len(OutgoingMail.objects.bulk_create(mails))

    runs = race([send_unguarded] * RACERS)

    assert [(run.error, run.result) for run in runs] == [("", 4)] * RACERS
    assert len(addresses()) == 4 * RACERS


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
@pytest.mark.parametrize("words", ['INTO "bookclub_outgoingmail"', 'UPDATE "meetups_guestmessage"'])
def test_killed_send_writes_nothing_and_can_be_repeated(meetup, olga, words):
    message = draft(meetup)

    def die_at_writing(execute, sql, params, many, context):
        if words in sql:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    def act():
        with connection.execute_wrapper(die_at_writing):
            return guest_messages.send_message(message, olga)

    [run] = race([act])

    assert (run.error, addresses()) == ("killed", [])
    assert guest_messages.send_message(message, olga) == 4
    assert addresses() == ["ann", "bob", "cy", "di"]
