"""Mails about RSVPs and cancellations, sent and parsed as a mail program does."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from bookclub.mail.models import OutgoingMail
from meetups import cancellation, guest_list
from meetups.models import RSVP
from members.models import Member
from tests.factories import make_book, make_club, make_meetup, make_member, make_organiser, make_rsvp, make_venue
from tests.meetups.mails import send_and_parse

pytestmark = pytest.mark.django_db

DATE_AND_PLACE = ["Wednesday 13 February 2030, 7 pm to 9 pm, London time", "The Ring, Southwark, 1 Blackfriars Road"]
ALL_KINDS = {
    "rsvp-going": "Your seat is saved, Wednesday 13 February 2030",
    "rsvp-waiting": "You are first on the waiting list, Wednesday 13 February 2030",
    "rsvp-pending": "We have your request for a seat, Wednesday 13 February 2030",
    "rsvp-promoted": "A seat is yours, Wednesday 13 February 2030",
    "rsvp-given-back": "Your seat is given back, Wednesday 13 February 2030",
    "rsvp-removed": "You are no longer on the list, Wednesday 13 February 2030",
    "meetup-cancelled": "Cancelled: Wednesday 13 February 2030",
    "meetup-reinstated": "It takes place after all: Wednesday 13 February 2030",
}
# A header injection, markup, a reversed text direction, and more text than a subject or a line may have.
HOSTILE = "Evil\r\nBcc: eve@example.org\n\n<script>alert(1)</script> & \u202edrawkcab " + "long " * 50


@pytest.fixture
def venue():
    return make_venue(name="The Ring", address="1 Blackfriars Road")


@pytest.fixture
def meetup(venue):
    return make_meetup(date=dt.date(2030, 2, 13), venue=venue, capacity=1)


def send_all_kinds(meetup, mailoutbox):
    """Cause one mail of each kind; return ({first part of the subject: Mail}, all rows)."""
    first, waiting, pending = make_member(), make_member(), make_member(approved_at=None)
    make_rsvp(meetup, first)
    make_rsvp(meetup, first, RSVP.Answer.NOT_GOING)
    rsvp = make_rsvp(meetup, first)
    for member in (waiting, pending):
        make_rsvp(meetup, member)
    guest_list.remove_member(rsvp, HOSTILE[:300], by=make_organiser(), is_reason_told=True)
    cancellation.cancel_meetup(meetup, HOSTILE[:300])
    cancellation.reinstate_meetup(meetup)
    return {
        mail.headers["Subject"].split(",")[0]: mail for mail in send_and_parse(mailoutbox)
    }, OutgoingMail.objects.all()


def kinds(to=None):
    mails = OutgoingMail.objects.filter(to=to.email) if to else OutgoingMail.objects.all()
    return list(mails.order_by("pk").values_list("kind", flat=True))


def test_every_mail_has_same_facts_in_subject_text_and_html(meetup, mailoutbox):
    mails, rows = send_all_kinds(meetup, mailoutbox)

    assert dict(rows.values_list("kind", "subject")) == ALL_KINDS
    assert all(mail.words == mail.html_words for mail in mails.values())


def test_going_mail_has_time_place_and_link(meetup, bob, mailoutbox):
    make_club(contact_email="hello@club.example")
    make_rsvp(meetup, bob)

    [mail] = send_and_parse(mailoutbox)

    assert mail.to == "bob@example.org"
    assert mail.lines[:3] == ["Your seat is saved.", *DATE_AND_PLACE]
    assert mail.lines[-5:-3] == ["http://localhost:8000/meetups/2030-02-13/", "-- "]
    assert [link["href"] for link in mail.soup.select("a.button")] == ["http://localhost:8000/meetups/2030-02-13/"]
    assert mail.headers["Reply-To"] == "hello@club.example"
    assert mail.headers["Message-ID"].endswith("@localhost>")


def test_going_mail_attaches_published_calendar(meetup, bob, mailoutbox):
    make_rsvp(meetup, bob)

    [mail] = send_and_parse(mailoutbox)

    [part] = [part for part in mail.headers.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(mail.calendar)
    assert part["Content-Type"].params["method"] == calendar["method"] == "PUBLISH"
    assert [event.start.isoformat() for event in calendar.events] == ["2030-02-13T19:00:00+00:00"]


def test_going_mail_counts_guests_in_words(venue, mailoutbox):
    make_club(guests_allowed=2)
    meetup = make_meetup(venue=venue)
    make_rsvp(meetup, guests=2)

    [mail] = send_and_parse(mailoutbox)

    assert mail.lines[0] == "Your three seats are saved."


def test_waiting_mail_has_queue_place_and_rules(meetup, bob, alice, mailoutbox):
    make_rsvp(meetup)
    make_rsvp(meetup, bob)
    make_rsvp(meetup, alice)

    mail = send_and_parse(mailoutbox)[-1]

    assert mail.lines[:3] == ["You are 2nd of 2 on the waiting list.", *DATE_AND_PLACE]
    assert "If you leave it and come back, you start at its end." in mail.text
    assert mail.calendar == ""


def test_promotion_mail_attaches_calendar(meetup, bob, alice, mailoutbox):
    make_rsvp(meetup, alice)
    make_rsvp(meetup, bob)
    make_rsvp(meetup, alice, RSVP.Answer.NOT_GOING)

    mail = send_and_parse(mailoutbox)[-1]

    assert (mail.to, mail.lines[1:3]) == ("bob@example.org", DATE_AND_PLACE)
    assert "BEGIN:VEVENT" in mail.calendar


@pytest.mark.parametrize("tells", [True, False])
def test_removal_mail_has_reason_only_if_told(meetup, bob, olga, mailoutbox, tells):
    rsvp = make_rsvp(meetup, bob)
    guest_list.remove_member(rsvp, "You asked us to.", by=olga, is_reason_told=tells)

    mail = send_and_parse(mailoutbox)[-1]

    assert mail.lines[0] == "An organiser has taken you off the list of this meetup."
    assert ("You asked us to." in mail.text) is tells


def test_cancellation_mail_goes_to_all_going_or_queued_with_reason(meetup, bob, alice, mailoutbox):
    gone, closed, pending = make_member(), make_member(), make_member(approved_at=None)
    for member in (gone, bob, alice, closed, pending):
        make_rsvp(meetup, member)
    make_rsvp(meetup, gone, RSVP.Answer.NOT_GOING)
    Member.objects.filter(pk=closed.pk).update(is_active=False)
    send_and_parse(mailoutbox)

    cancellation.cancel_meetup(meetup, "The pub is flooded.")
    mails = send_and_parse(mailoutbox)

    assert sorted(mail.to for mail in mails) == sorted([bob.email, alice.email, pending.email])
    assert {mail.lines[0] for mail in mails} == {"This meetup is cancelled."}
    assert all("The pub is flooded." in mail.lines for mail in mails)
    assert {str(event["status"]) for mail in mails for event in Calendar.from_ical(mail.calendar).events} == {
        "CANCELLED"
    }


def test_second_cancellation_sends_mail_again(meetup, bob):
    make_rsvp(meetup, bob)
    cancellation.cancel_meetup(meetup)
    cancellation.reinstate_meetup(meetup)
    cancellation.cancel_meetup(meetup)

    assert kinds(bob) == ["rsvp-going", "meetup-cancelled", "meetup-reinstated", "meetup-cancelled"]


def test_mails_hide_private_address_without_seat(bob, alice, olga, mailoutbox):
    """Olga, an organiser, waits too: the address is only in her own mail."""
    home = make_venue(name="Alice's flat", area="Peckham", address="7 Secret Street", is_private=True)
    meetup = make_meetup(venue=home, room="Second floor", capacity=1)
    for member in (alice, olga, bob):
        make_rsvp(meetup, member)
    cancellation.cancel_meetup(meetup)
    cancellation.reinstate_meetup(meetup)

    mails = send_and_parse(mailoutbox)

    those_told = {mail.to for mail in mails if "Secret Street" in mail.everything}
    assert len(mails) == 9
    assert those_told == {alice.email, olga.email}
    assert all("Peckham" in mail.text for mail in mails)


def test_mails_hide_book_that_reader_may_not_see(venue, bob, olga, mailoutbox):
    meetup = make_meetup(venue=venue, book=make_book(title="The Secret Choice", published_at=None))
    for member in (bob, olga):
        make_rsvp(meetup, member)
    cancellation.cancel_meetup(meetup)
    cancellation.reinstate_meetup(meetup)

    mails = send_and_parse(mailoutbox)

    assert {mail.to for mail in mails if "The Secret Choice" in mail.everything} == {olga.email}


def test_mails_escape_typed_text(mailoutbox):
    venue = make_venue(name=HOSTILE[:120], area="", address=HOSTILE[:300])
    meetup = make_meetup(venue=venue, room=HOSTILE[:120], book=make_book(title=HOSTILE[:200]), capacity=1)

    mails, _ = send_all_kinds(meetup, mailoutbox)

    assert len(mails) == len(ALL_KINDS)
    for mail in mails.values():
        assert mail.soup.find("script") is None
        assert "Bcc" not in mail.headers
        assert not any(line.startswith("Bcc") for line in mail.lines)
        assert "\u202e" not in mail.subject + mail.text + mail.soup.get_text()
        assert mail.words == mail.html_words


def test_answer_mails_are_limited_to_three_a_day(bob):
    meetup = make_meetup()
    for _ in range(20):
        make_rsvp(meetup, bob)
        make_rsvp(meetup, bob, RSVP.Answer.NOT_GOING)

    assert kinds() == ["rsvp-going", "rsvp-given-back"] * 3


def test_answer_mail_limit_is_per_meetup_member_and_day(bob, alice, time_machine):
    first, second = make_meetup(), make_meetup()

    def join_and_leave(meetup, member, times):
        for _ in range(times):
            make_rsvp(meetup, member)
            make_rsvp(meetup, member, RSVP.Answer.NOT_GOING)

    join_and_leave(first, bob, 4)
    join_and_leave(second, bob, 1)
    join_and_leave(first, alice, 1)
    time_machine.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(hours=25))
    join_and_leave(first, bob, 1)

    assert [len(kinds(member)) for member in (bob, alice)] == [10, 2]


def test_mail_query_count_is_independent_of_recipients(alice, bob):
    def cost_of_telling(people):
        meetup = make_meetup(venue=make_venue(is_private=True), book=make_book())
        for member in people:
            make_rsvp(meetup, member)
        with CaptureQueriesContext(connection) as asked:
            cancellation.cancel_meetup(meetup)
        return len(asked)

    assert cost_of_telling([bob]) == cost_of_telling([alice, bob, *(make_member() for _ in range(10))])
