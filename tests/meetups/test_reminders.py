"""Reminders, and mails about a new write-up."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from bookclub.mail.models import OutgoingMail
from meetups import cancellation, guest_list
from meetups.change_notices import write_change_notices
from meetups.models import RSVP, Meetup, MeetupChange
from meetups.reminders import DAY, announce_writeups, write_meetup_reminders, write_reminders
from tests.factories import (
    make_club,
    make_meetup,
    make_member,
    make_organiser,
    make_rsvp,
    make_venue,
    make_writeup,
)
from tests.meetups.mails import send_and_parse
from tests.racing import race

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
WEDNESDAY = dt.date(2030, 2, 13)


def at(day, hour, minute=0, zone=LONDON):
    return dt.datetime(2030, *day, hour, minute, tzinfo=zone)


@pytest.fixture
def meetup(time_machine, bob):
    """A meetup in three weeks, with a seat for Bob."""
    time_machine.move_to(at((1, 20), 12), tick=False)
    meetup = make_meetup(date=WEDNESDAY, published_at=at((1, 1), 12))
    make_rsvp(meetup, bob)
    OutgoingMail.objects.all().delete()
    return meetup


@pytest.fixture
def send_reminders(time_machine):
    """Return a function that runs the periodic task at some moments, and returns the kinds of all mails."""

    def send_reminders(*moments):
        for moment in moments:
            time_machine.move_to(moment, tick=False)
            write_reminders()
        return list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True))

    return send_reminders


@pytest.mark.parametrize(
    ("moment", "kinds"),
    [
        (at((2, 6), 8, 59), []),
        (at((2, 6), 9), ["reminder-week"]),
        (at((2, 11), 18, 59), ["reminder-week"]),  # late, with more than two days to go
        (at((2, 11), 19), []),
        (at((2, 12), 8, 59), []),
        (at((2, 12), 9), ["reminder-day"]),
        (at((2, 13), 18, 59), ["reminder-day"]),  # late, and it has not begun
        (at((2, 13), 19), []),
    ],
)
def test_reminder_is_due_at_nine_and_may_be_late(meetup, send_reminders, moment, kinds):
    assert send_reminders(moment) == kinds


def test_reminder_is_written_once(meetup, send_reminders):
    moments = [at((2, day), hour) for day in range(5, 15) for hour in (0, 9, 18)]

    assert send_reminders(*moments, *moments) == ["reminder-week", "reminder-day"]


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"reminds_a_week_before": False}, ["reminder-day"]),
        ({"reminds_a_day_before": False}, ["reminder-week"]),
        ({"reminds_a_week_before": False, "reminds_a_day_before": False}, []),
    ],
)
def test_club_chooses_reminders(meetup, send_reminders, fields, kinds):
    make_club(**fields)

    assert send_reminders(at((2, 6), 12), at((2, 12), 12)) == kinds


# In 2030 the clocks go forward in London on 31 March and back on 27 October, in New York on 10 March and 3 November.
@pytest.mark.parametrize(
    ("zone", "date", "due"),
    [
        ("Europe/London", dt.date(2030, 4, 1), "2030-03-31T08:00"),  # a day of 23 hours before
        ("Europe/London", dt.date(2030, 10, 28), "2030-10-27T09:00"),  # and one of 25
        ("America/New_York", dt.date(2030, 3, 11), "2030-03-10T13:00"),
        ("Pacific/Auckland", dt.date(2030, 2, 13), "2030-02-11T20:00"),
        ("Pacific/Kiritimati", dt.date(2030, 2, 13), "2030-02-11T19:00"),
    ],
)
def test_reminder_is_due_in_time_zone_of_meetup(bob, time_machine, send_reminders, zone, date, due):
    due = dt.datetime.fromisoformat(due).replace(tzinfo=dt.UTC)
    time_machine.move_to(due - dt.timedelta(days=3), tick=False)
    make_rsvp(make_meetup(date=date, time_zone=zone, published_at=due - dt.timedelta(days=9)), bob)
    OutgoingMail.objects.all().delete()

    make_club(reminds_a_week_before=False)
    assert send_reminders(due - dt.timedelta(minutes=1)) == []
    assert send_reminders(due) == ["reminder-day"]


@pytest.mark.parametrize(
    ("saved_at", "kinds"),
    [
        (at((2, 11), 21), ["reminder-day"]),
        (at((2, 11), 21, 1), []),  # within twelve hours before it falls due
        (at((2, 12), 15), []),
    ],
)
def test_reminder_skips_recent_answer(meetup, alice, bob, time_machine, send_reminders, saved_at, kinds):
    make_rsvp(meetup, bob, RSVP.Answer.NOT_GOING)
    time_machine.move_to(saved_at, tick=False)
    make_rsvp(meetup, alice)
    OutgoingMail.objects.all().delete()

    assert send_reminders(at((2, 12), 16)) == kinds


def test_reminder_goes_to_seated_members_alone(meetup, bob, alice, time_machine, send_reminders):
    Meetup.objects.filter(pk=meetup.pk).update(capacity=2)
    gone, removed, closed = make_member(), make_member(), make_member()
    for member in (alice, gone, removed, closed, make_member(approved_at=None)):
        make_rsvp(meetup, member)
    make_rsvp(meetup, gone, RSVP.Answer.NOT_GOING)
    guest_list.remove_member(RSVP.objects.get(member=removed), "No.", by=make_organiser())
    type(bob).objects.filter(pk=alice.pk).update(is_active=False)
    OutgoingMail.objects.all().delete()

    assert send_reminders(at((2, 12), 12)) == ["reminder-day"]
    assert OutgoingMail.objects.get().to == bob.email


@pytest.mark.parametrize("fields", [{"cancelled_at": at((2, 1), 12)}, {"published_at": None}])
def test_cancelled_or_draft_meetup_has_no_reminder(meetup, send_reminders, fields):
    Meetup.objects.filter(pk=meetup.pk).update(**fields)

    assert send_reminders(at((2, 6), 12), at((2, 12), 12)) == []


def test_cancellation_during_task_stops_reminders(meetup, time_machine):
    time_machine.move_to(at((2, 12), 12), tick=False)
    found = Meetup.objects.get(pk=meetup.pk)
    cancellation.cancel_meetup(meetup)

    write_meetup_reminders(found, DAY)

    assert not OutgoingMail.objects.filter(kind="reminder-day").exists()


def test_meetup_without_time_is_reminded_until_day_ends(bob, time_machine, send_reminders):
    time_machine.move_to(at((1, 20), 12), tick=False)
    make_rsvp(make_meetup(date=WEDNESDAY, start_time=None, published_at=at((1, 1), 12)), bob)
    OutgoingMail.objects.all().delete()

    assert send_reminders(at((2, 14), 0)) == []
    assert send_reminders(at((2, 13), 23, 59)) == ["reminder-day"]


def test_moved_meetup_gets_reminders_of_new_date(meetup, send_reminders):
    assert send_reminders(at((2, 12), 9)) == ["reminder-day"]

    meetup.date = dt.date(2030, 2, 27)
    meetup.save()

    assert send_reminders(at((2, 12), 10), at((2, 26), 9)) == ["reminder-day", "reminder-day"]


def test_reminder_skips_recent_change_notice(meetup, bob, alice, time_machine, send_reminders):
    make_rsvp(meetup, alice)
    time_machine.move_to(at((2, 12), 8, 58), tick=False)
    MeetupChange.from_meetup(meetup).save()
    Meetup.objects.filter(pk=meetup.pk).update(end_time=dt.time(22))
    OutgoingMail.objects.all().delete()

    assert send_reminders(at((2, 12), 9)) == []

    time_machine.move_to(at((2, 12), 9, 5), tick=False)
    write_change_notices()
    OutgoingMail.objects.filter(to=alice.email).delete()

    assert send_reminders(at((2, 12), 9, 6)) == ["meetup-changed", "reminder-day"]
    assert OutgoingMail.objects.get(kind="reminder-day").to == alice.email


def test_queued_reminder_is_deleted_with_seat(meetup, bob, send_reminders):
    assert send_reminders(at((2, 12), 9)) == ["reminder-day"]

    make_rsvp(meetup, bob, RSVP.Answer.NOT_GOING)

    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["rsvp-given-back"]


def test_reminder_expires_when_meetup_begins(meetup, time_machine, send_reminders, mailoutbox):
    send_reminders(at((2, 12), 9))
    time_machine.move_to(at((2, 13), 19), tick=False)

    assert send_and_parse(mailoutbox) == []
    assert OutgoingMail.objects.get().state == OutgoingMail.State.DROPPED


def test_reminder_has_time_and_place(meetup, time_machine, mailoutbox):
    meetup.venue = make_venue(name="The Ring", address="1 Blackfriars Road")
    meetup.save()
    time_machine.move_to(at((2, 12), 9), tick=False)

    [mail] = send_and_parse(mailoutbox)

    assert mail.subject == "Your seat: Wednesday 13 February 2030, 7 pm to 9 pm, London time"
    assert mail.lines[:3] == [
        "A seat is saved for you, and we look forward to seeing you.",
        "Wednesday 13 February 2030, 7 pm to 9 pm, London time",
        "The Ring, Southwark, 1 Blackfriars Road",
    ]
    assert mail.words == mail.html_words


def test_idle_task_takes_few_queries(meetup, time_machine, django_assert_num_queries):
    far = at((1, 25), 12)
    time_machine.move_to(far, tick=False)
    with django_assert_num_queries(2):
        write_reminders()
    with django_assert_num_queries(1):
        announce_writeups()

    time_machine.move_to(at((2, 12), 12), tick=False)
    write_reminders()
    with django_assert_num_queries(3):
        write_reminders()


def test_reminder_query_count_is_constant(meetup, bob, time_machine):
    def cost(people):
        OutgoingMail.objects.all().delete()
        time_machine.move_to(at((1, 20), 12), tick=False)
        for _ in range(people):
            make_rsvp(meetup)
        OutgoingMail.objects.all().delete()
        time_machine.move_to(at((2, 12), 9), tick=False)
        with connection.execute_wrapper(lambda execute, *args: asked.append(args[0]) or execute(*args)):
            asked = []
            write_reminders()
            return len(asked)

    assert cost(0) == cost(20)
    assert OutgoingMail.objects.count() == 21


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_two_workers_write_each_reminder_once(meetup, time_machine):
    for _ in range(8):
        make_rsvp(meetup)
    OutgoingMail.objects.all().delete()
    time_machine.move_to(at((2, 12), 9))

    runs = race([write_reminders] * 3)

    assert [run.error for run in runs] == ["", "", ""]
    assert OutgoingMail.objects.filter(kind="reminder-day").count() == 9


@pytest.fixture
def new_writeup(meetup, time_machine):
    """A write-up for members, published the morning after the meetup; another meetup is upcoming."""
    make_meetup(date=dt.date(2030, 3, 13), published_at=at((1, 1), 12))
    time_machine.move_to(at((2, 14), 9), tick=False)
    return make_writeup(
        meetup=meetup,
        title="The evening of the storm",
        standfirst="Nobody blew away.",
        audience="members",
        published_at=at((2, 14), 9),
    )


@pytest.fixture
def send_announcements(time_machine):
    """Return a function that runs the periodic task at some moments, and returns the addresses of all announcements."""

    def send_announcements(*moments):
        for moment in moments:
            time_machine.move_to(moment, tick=False)
            announce_writeups()
        return sorted(OutgoingMail.objects.filter(kind="writeup-out").values_list("to", flat=True))

    return send_announcements


@pytest.mark.parametrize(
    ("moment", "is_told"),
    [(at((2, 14), 9, 9), False), (at((2, 14), 9, 10), True), (at((2, 21), 8), True), (at((2, 21), 9), False)],
)
def test_writeup_is_announced_from_ten_minutes_to_a_week(new_writeup, send_announcements, bob, moment, is_told):
    assert send_announcements(moment) == ([bob.email] if is_told else [])


def test_writeup_is_announced_to_those_seated_or_attended(new_writeup, meetup, send_announcements, bob, alice):
    author = make_member(author=None)
    new_writeup.author.member = author
    new_writeup.author.save()
    turns = iter(range(90, 99))
    for member, answer, attended in [
        (alice, "not_going", True),
        (author, "going", True),
        (make_member(), "waiting", None),
        (make_member(), "not_going", None),
    ]:
        RSVP.objects.create(meetup=meetup, member=member, answer=answer, attended=attended, queue_position=next(turns))

    assert send_announcements(at((2, 14), 10)) == [alice.email, bob.email]


def test_republished_writeup_is_announced_once(new_writeup, send_announcements, bob):
    assert send_announcements(at((2, 14), 10)) == [bob.email]

    new_writeup.unpublish()
    assert send_announcements(at((2, 14), 11)) == [bob.email]
    new_writeup.publish()

    assert send_announcements(at((2, 15), 11)) == [bob.email]


def test_writeup_unpublished_at_once_is_not_announced(new_writeup, send_announcements):
    new_writeup.unpublish()

    assert send_announcements(at((2, 14), 12)) == []


def test_writeup_of_old_meetup_is_not_announced(new_writeup, send_announcements):
    new_writeup.published_at = at((4, 20), 9)
    new_writeup.save()

    assert send_announcements(at((4, 20), 10)) == []


def test_hidden_writeup_is_not_announced(new_writeup, send_announcements, bob):
    type(bob).objects.filter(pk=bob.pk).update(approved_at=None)

    assert send_announcements(at((2, 14), 10)) == []


def test_announcement_links_to_writeup_and_next_meetup(new_writeup, time_machine, mailoutbox):
    time_machine.move_to(at((2, 14), 10), tick=False)

    [mail] = send_and_parse(mailoutbox)

    assert mail.subject == "The write-up is out: The evening of the storm"
    assert mail.lines[:4] == [
        "The write-up of our meetup is out.",
        "The evening of the storm",
        "Wednesday 13 February 2030",
        "Nobody blew away.",
    ]
    assert mail.soup.select_one("a.button")["href"].endswith(new_writeup.get_absolute_url())
    assert "The next meetup: Wednesday 13 March 2030, 7 pm to 9 pm, London time" in mail.lines
    assert mail.words == mail.html_words
