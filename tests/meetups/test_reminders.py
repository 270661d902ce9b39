"""What is found missing: reminders, and word of a write-up."""

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections

from bookclub.models import OutgoingMail
from meetups import hosting
from meetups.changing import tell_of_changes
from meetups.models import RSVP, Change, Meetup
from meetups.reminders import DAY, announce_writeups, remind, remind_of
from tests.factories import (
    make_club,
    make_meetup,
    make_member,
    make_organiser,
    make_rsvp,
    make_venue,
    make_writeup,
)
from tests.meetups.mails import posted

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
WEDNESDAY = dt.date(2030, 2, 13)


def at(day, hour, minute=0, zone=LONDON):
    return dt.datetime(2030, *day, hour, minute, tzinfo=zone)


@pytest.fixture
def evening(time_machine, bob):
    """Bob has saved his seat weeks before."""
    time_machine.move_to(at((1, 20), 12), tick=False)
    meetup = make_meetup(date=WEDNESDAY, published_at=at((1, 1), 12))
    make_rsvp(meetup, bob)
    OutgoingMail.objects.all().delete()
    return meetup


@pytest.fixture
def reminded(time_machine):
    """The kinds of all the mails there are, after the chore was done at each of some moments."""

    def reminded(*moments):
        for moment in moments:
            time_machine.move_to(moment, tick=False)
            remind()
        return list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True))

    return reminded


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
def test_a_reminder_falls_due_in_the_morning_and_may_be_late(evening, reminded, moment, kinds):
    assert reminded(moment) == kinds


def test_each_reminder_is_written_once(evening, reminded):
    moments = [at((2, day), hour) for day in range(5, 15) for hour in (0, 9, 18)]

    assert reminded(*moments, *moments) == ["reminder-week", "reminder-day"]


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"reminds_a_week_before": False}, ["reminder-day"]),
        ({"reminds_a_day_before": False}, ["reminder-week"]),
        ({"reminds_a_week_before": False, "reminds_a_day_before": False}, []),
    ],
)
def test_the_club_sets_which_reminders_there_are(evening, reminded, fields, kinds):
    make_club(**fields)

    assert reminded(at((2, 6), 12), at((2, 12), 12)) == kinds


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
def test_nine_o_clock_is_that_of_the_evenings_own_zone(bob, time_machine, reminded, zone, date, due):
    due = dt.datetime.fromisoformat(due).replace(tzinfo=dt.UTC)
    time_machine.move_to(due - dt.timedelta(days=3), tick=False)
    make_rsvp(make_meetup(date=date, time_zone=zone, published_at=due - dt.timedelta(days=9)), bob)
    OutgoingMail.objects.all().delete()

    make_club(reminds_a_week_before=False)
    assert reminded(due - dt.timedelta(minutes=1)) == []
    assert reminded(due) == ["reminder-day"]


@pytest.mark.parametrize(
    ("saved_at", "kinds"),
    [
        (at((2, 11), 21), ["reminder-day"]),
        (at((2, 11), 21, 1), []),  # within twelve hours before it falls due
        (at((2, 12), 15), []),
    ],
)
def test_who_has_just_saved_a_seat_is_not_reminded_of_it(evening, alice, bob, time_machine, reminded, saved_at, kinds):
    make_rsvp(evening, bob, RSVP.Answer.NOT_GOING)
    time_machine.move_to(saved_at, tick=False)
    make_rsvp(evening, alice)
    OutgoingMail.objects.all().delete()

    assert reminded(at((2, 12), 16)) == kinds


def test_only_those_with_a_seat_are_reminded(evening, bob, alice, time_machine, reminded):
    Meetup.objects.filter(pk=evening.pk).update(capacity=2)
    gone, removed, closed = make_member(), make_member(), make_member()
    for member in (alice, gone, removed, closed, make_member(approved_at=None)):
        make_rsvp(evening, member)
    make_rsvp(evening, gone, RSVP.Answer.NOT_GOING)
    hosting.remove(RSVP.objects.get(member=removed), "No.", by=make_organiser())
    type(bob).objects.filter(pk=alice.pk).update(is_active=False)
    OutgoingMail.objects.all().delete()

    assert reminded(at((2, 12), 12)) == ["reminder-day"]
    assert OutgoingMail.objects.get().to == bob.email


@pytest.mark.parametrize("fields", [{"cancelled_at": at((2, 1), 12)}, {"published_at": None}])
def test_nobody_is_reminded_of_a_meetup_that_is_cancelled_or_a_draft(evening, reminded, fields):
    Meetup.objects.filter(pk=evening.pk).update(**fields)

    assert reminded(at((2, 6), 12), at((2, 12), 12)) == []


def test_a_meetup_that_is_cancelled_at_this_moment_ends_the_chore(evening, time_machine):
    time_machine.move_to(at((2, 12), 12), tick=False)
    found = Meetup.objects.get(pk=evening.pk)
    hosting.cancel(evening)

    remind_of(found, DAY)

    assert not OutgoingMail.objects.filter(kind="reminder-day").exists()


def test_a_meetup_without_a_time_is_reminded_of_until_its_day_ends(bob, time_machine, reminded):
    time_machine.move_to(at((1, 20), 12), tick=False)
    make_rsvp(make_meetup(date=WEDNESDAY, start_time=None, published_at=at((1, 1), 12)), bob)
    OutgoingMail.objects.all().delete()

    assert reminded(at((2, 14), 0)) == []
    assert reminded(at((2, 13), 23, 59)) == ["reminder-day"]


def test_a_meetup_that_is_moved_gets_reminders_of_its_new_date(evening, reminded):
    assert reminded(at((2, 12), 9)) == ["reminder-day"]

    evening.date = dt.date(2030, 2, 27)
    evening.save()

    assert reminded(at((2, 12), 10), at((2, 26), 9)) == ["reminder-day", "reminder-day"]


def test_who_has_just_been_told_of_a_change_is_not_reminded_too(evening, bob, alice, time_machine, reminded):
    make_rsvp(evening, alice)
    time_machine.move_to(at((2, 12), 8, 58), tick=False)
    Change.of(evening).save()
    Meetup.objects.filter(pk=evening.pk).update(end_time=dt.time(22))
    OutgoingMail.objects.all().delete()

    assert reminded(at((2, 12), 9)) == []

    time_machine.move_to(at((2, 12), 9, 5), tick=False)
    tell_of_changes()
    OutgoingMail.objects.filter(to=alice.email).delete()

    assert reminded(at((2, 12), 9, 6)) == ["meetup-changed", "reminder-day"]
    assert OutgoingMail.objects.get(kind="reminder-day").to == alice.email


def test_a_reminder_that_waits_in_the_outbox_goes_with_the_seat(evening, bob, reminded):
    assert reminded(at((2, 12), 9)) == ["reminder-day"]

    make_rsvp(evening, bob, RSVP.Answer.NOT_GOING)

    assert OutgoingMail.objects.count() == 0


def test_a_reminder_is_of_no_use_once_the_evening_has_begun(evening, time_machine, reminded, mailoutbox):
    reminded(at((2, 12), 9))
    time_machine.move_to(at((2, 13), 19), tick=False)

    assert posted(mailoutbox) == []
    assert OutgoingMail.objects.get().state == OutgoingMail.State.DROPPED


def test_a_reminder_says_when_and_where(evening, time_machine, mailoutbox):
    evening.venue = make_venue(name="The Ring", address="1 Blackfriars Road")
    evening.save()
    time_machine.move_to(at((2, 12), 9), tick=False)

    [mail] = posted(mailoutbox)

    assert mail.subject == "Your seat: Wednesday 13 February 2030, 7 pm to 9 pm, London time"
    assert mail.lines[:3] == [
        "A seat is saved for you, and we look forward to seeing you.",
        "Wednesday 13 February 2030, 7 pm to 9 pm, London time",
        "The Ring, Southwark, 1 Blackfriars Road",
    ]
    assert mail.words == mail.html_words


def test_a_chore_with_nothing_to_do_asks_little(evening, time_machine, django_assert_num_queries):
    far = at((1, 25), 12)
    time_machine.move_to(far, tick=False)
    with django_assert_num_queries(2):
        remind()
    with django_assert_num_queries(1):
        announce_writeups()

    time_machine.move_to(at((2, 12), 12), tick=False)
    remind()
    with django_assert_num_queries(3):
        remind()


def test_any_number_of_reminders_takes_the_same_queries(evening, bob, time_machine):
    def cost(people):
        OutgoingMail.objects.all().delete()
        time_machine.move_to(at((1, 20), 12), tick=False)
        for _ in range(people):
            make_rsvp(evening)
        OutgoingMail.objects.all().delete()
        time_machine.move_to(at((2, 12), 9), tick=False)
        with connection.execute_wrapper(lambda execute, *args: asked.append(args[0]) or execute(*args)):
            asked = []
            remind()
            return len(asked)

    assert cost(0) == cost(20)
    assert OutgoingMail.objects.count() == 21


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_a_time_write_each_reminder_once(evening, time_machine):
    for _ in range(8):
        make_rsvp(evening)
    OutgoingMail.objects.all().delete()
    time_machine.move_to(at((2, 12), 9))
    start, errors = threading.Barrier(3), []

    def work():
        try:
            start.wait(10)
            remind()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert errors == []
    assert OutgoingMail.objects.filter(kind="reminder-day").count() == 9


@pytest.fixture
def written_up(evening, time_machine):
    """Published the morning after, for members, while another evening is ahead."""
    make_meetup(date=dt.date(2030, 3, 13), published_at=at((1, 1), 12))
    time_machine.move_to(at((2, 14), 9), tick=False)
    return make_writeup(
        meetup=evening,
        title="The evening of the storm",
        standfirst="Nobody blew away.",
        audience="members",
        published_at=at((2, 14), 9),
    )


@pytest.fixture
def announced(time_machine):
    """The addresses of all the mails there are, after the chore was done at each of some moments."""

    def announced(*moments):
        for moment in moments:
            time_machine.move_to(moment, tick=False)
            announce_writeups()
        return sorted(OutgoingMail.objects.filter(kind="writeup-out").values_list("to", flat=True))

    return announced


@pytest.mark.parametrize(
    ("moment", "is_told"),
    [(at((2, 14), 9, 9), False), (at((2, 14), 9, 10), True), (at((2, 21), 8), True), (at((2, 21), 9), False)],
)
def test_a_write_up_is_news_from_when_it_has_settled_and_for_a_week(written_up, announced, bob, moment, is_told):
    assert announced(moment) == ([bob.email] if is_told else [])


def test_a_write_up_is_announced_to_who_had_a_seat_or_came(written_up, evening, announced, bob, alice):
    author = make_member(author=None)
    written_up.author.member = author
    written_up.author.save()
    turns = iter(range(90, 99))
    for member, answer, came in [
        (alice, "not_going", True),
        (author, "going", True),
        (make_member(), "waiting", None),
        (make_member(), "not_going", None),
    ]:
        RSVP.objects.create(meetup=evening, member=member, answer=answer, came=came, turn=next(turns))

    assert announced(at((2, 14), 10)) == [alice.email, bob.email]


def test_a_write_up_that_is_taken_back_and_published_again_is_announced_once(written_up, announced, bob):
    assert announced(at((2, 14), 10)) == [bob.email]

    written_up.take_back()
    assert announced(at((2, 14), 11)) == [bob.email]
    written_up.publish()

    assert announced(at((2, 15), 11)) == [bob.email]


def test_a_write_up_that_is_taken_back_at_once_is_announced_to_nobody(written_up, announced):
    written_up.take_back()

    assert announced(at((2, 14), 12)) == []


def test_a_write_up_of_long_ago_is_no_news(written_up, announced):
    written_up.published_at = at((4, 20), 9)
    written_up.save()

    assert announced(at((4, 20), 10)) == []


def test_a_write_up_is_not_announced_to_who_may_not_see_it(written_up, announced, bob):
    type(bob).objects.filter(pk=bob.pk).update(approved_at=None)

    assert announced(at((2, 14), 10)) == []


def test_the_announcement_leads_to_the_write_up_and_to_the_next_evening(written_up, time_machine, mailoutbox):
    time_machine.move_to(at((2, 14), 10), tick=False)

    [mail] = posted(mailoutbox)

    assert mail.subject == "The write-up is out: The evening of the storm"
    assert mail.lines[:4] == [
        "The write-up of our meetup is out.",
        "The evening of the storm",
        "Wednesday 13 February 2030",
        "Nobody blew away.",
    ]
    assert mail.soup.select_one("a.button")["href"].endswith(written_up.get_absolute_url())
    assert "The next meetup: Wednesday 13 March 2030, 7 pm to 9 pm, London time" in mail.lines
    assert mail.words == mail.html_words
