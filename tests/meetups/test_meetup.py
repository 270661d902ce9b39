import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from meetups.models import Meetup, Venue
from tests.factories import make_book, make_club, make_meetup, make_venue, make_writeup

pytestmark = pytest.mark.django_db

LONDON, NEW_YORK = "Europe/London", "America/New_York"
SECOND = dt.timedelta(seconds=1)


def utc(*numbers):
    return dt.datetime(*numbers, tzinfo=dt.UTC)


def instants(**fields):
    meetup = make_meetup(**fields)
    meetup.refresh_from_db()
    return meetup.starts_at, meetup.ends_at


def refused(meetup):
    """Return the messages of `full_clean`, by field."""
    with pytest.raises(ValidationError) as refusal:
        meetup.full_clean()
    return refusal.value.message_dict


@pytest.mark.parametrize(
    ("date", "zone", "starts_at", "ends_at"),
    [
        (dt.date(2026, 3, 28), LONDON, utc(2026, 3, 28, 19), utc(2026, 3, 28, 21)),
        (dt.date(2026, 3, 29), LONDON, utc(2026, 3, 29, 18), utc(2026, 3, 29, 20)),
        (dt.date(2026, 10, 24), LONDON, utc(2026, 10, 24, 18), utc(2026, 10, 24, 20)),
        (dt.date(2026, 10, 25), LONDON, utc(2026, 10, 25, 19), utc(2026, 10, 25, 21)),
        (dt.date(2026, 3, 7), NEW_YORK, utc(2026, 3, 8, 0), utc(2026, 3, 8, 2)),
        (dt.date(2026, 3, 8), NEW_YORK, utc(2026, 3, 8, 23), utc(2026, 3, 9, 1)),
    ],
)
def test_instants_around_clock_change(date, zone, starts_at, ends_at):
    assert instants(date=date, time_zone=zone) == (starts_at, ends_at)


def test_meetup_may_span_clock_change():
    times = {"start_time": dt.time(22), "end_time": dt.time(3)}

    assert instants(date=dt.date(2026, 3, 28), **times) == (utc(2026, 3, 28, 22), utc(2026, 3, 29, 2))
    assert instants(date=dt.date(2026, 10, 24), **times) == (utc(2026, 10, 24, 21), utc(2026, 10, 25, 3))


@pytest.mark.parametrize(
    ("date", "ends_at"),
    [
        (dt.date(2026, 3, 28), utc(2026, 3, 29, 0)),
        (dt.date(2026, 3, 29), utc(2026, 3, 29, 23)),
        (dt.date(2026, 10, 25), utc(2026, 10, 26, 0)),
    ],
)
def test_meetup_without_time_ends_at_midnight(date, ends_at):
    assert instants(date=date, start_time=None) == (None, ends_at)


def test_meetup_without_end_ends_at_midnight():
    start = {"start_time": dt.time(19), "end_time": None}

    assert instants(date=dt.date(2026, 6, 3), **start) == (utc(2026, 6, 3, 18), utc(2026, 6, 3, 23))


@pytest.mark.parametrize(
    ("end_time", "ends_at"),
    [
        (dt.time(0, 30), utc(2026, 1, 15, 0, 30)),
        (dt.time(0), utc(2026, 1, 15, 0)),
        (dt.time(22), utc(2026, 1, 15, 22)),
        (dt.time(22, 1), utc(2026, 1, 14, 22, 1)),
    ],
)
def test_end_not_after_start_is_on_next_day(end_time, ends_at):
    meetup = {"date": dt.date(2026, 1, 14), "start_time": dt.time(22), "end_time": end_time}

    assert instants(**meetup) == (utc(2026, 1, 14, 22), ends_at)


def test_meetup_without_date_has_no_instants():
    assert instants(date=None) == (None, None)


def test_instants_are_recomputed_when_meetup_is_moved():
    meetup = make_meetup(date=dt.date(2026, 1, 14))

    meetup.date = dt.date(2026, 7, 14)
    meetup.save(update_fields=["date"])

    meetup.refresh_from_db()
    assert (meetup.starts_at, meetup.ends_at) == (utc(2026, 7, 14, 18), utc(2026, 7, 14, 20))


def test_time_zone_defaults_to_venue_then_club():
    make_club(time_zone="Asia/Tokyo")
    abroad = make_venue(time_zone=NEW_YORK)

    assert make_meetup().time_zone == "Asia/Tokyo"
    assert make_meetup(venue=make_venue()).time_zone == "Asia/Tokyo"
    assert make_meetup(venue=abroad).time_zone == NEW_YORK
    assert make_meetup(venue=abroad, time_zone=LONDON).time_zone == LONDON


def test_time_zone_stays_when_club_changes():
    meetup = make_meetup(date=dt.date(2026, 1, 14))
    make_club(time_zone="Asia/Tokyo")

    meetup.save()

    assert (meetup.time_zone, meetup.starts_at) == (LONDON, utc(2026, 1, 14, 19))


@pytest.mark.both_databases
@pytest.mark.parametrize("fields", [["headcount"], ["capacity"], ["end_time"]])
def test_save_of_one_field_keeps_times_that_moved_meanwhile(fields):
    meetup = make_meetup(date=dt.date(2026, 5, 6))
    stale = Meetup.objects.get(pk=meetup.pk)
    meetup.date, meetup.start_time = dt.date(2026, 5, 7), dt.time(18)
    meetup.save()

    stale.headcount, stale.capacity, stale.end_time = 8, 9, dt.time(22)
    stale.save(update_fields=fields)

    meetup.refresh_from_db()
    ends_at = utc(2026, 5, 7, 21) if fields == ["end_time"] else utc(2026, 5, 7, 20)
    assert (meetup.date, meetup.starts_at, meetup.ends_at) == (dt.date(2026, 5, 7), utc(2026, 5, 7, 17), ends_at)
    assert meetup.sequence == (2 if fields == ["end_time"] else 1)


def test_going_ahead_leaves_out_cancelled_meetups():
    meetup = make_meetup()
    make_meetup(cancelled_at=utc(2026, 5, 7))

    assert list(Meetup.objects.going_ahead()) == [meetup]


@pytest.mark.both_databases
def test_every_meetup_is_either_upcoming_or_past():
    make_meetup(date=None)
    make_meetup(date=dt.date(2026, 1, 14))
    make_meetup(date=dt.date(2026, 1, 14), start_time=None)
    make_meetup(date=dt.date(2026, 1, 14), end_time=None)
    make_meetup(date=dt.date(2026, 1, 14), end_time=dt.time(1))
    moments = [moment for meetup in Meetup.objects.exclude(date=None) for moment in (meetup.starts_at, meetup.ends_at)]
    everyone = sorted(meetup.pk for meetup in Meetup.objects.all())

    for moment in filter(None, moments):
        for at in (moment - SECOND, moment, moment + SECOND):
            upcoming, past = Meetup.objects.upcoming(at), Meetup.objects.past(at)
            assert sorted(meetup.pk for meetup in [*upcoming, *past]) == everyone


def test_meetup_is_upcoming_until_it_ends():
    meetup = make_meetup(date=dt.date(2026, 1, 14))
    end = utc(2026, 1, 14, 21)

    assert list(Meetup.objects.upcoming(end - SECOND)) == [meetup]
    assert list(Meetup.objects.past(end - SECOND)) == []
    assert list(Meetup.objects.upcoming(end)) == []
    assert list(Meetup.objects.past(end)) == [meetup]


@pytest.mark.parametrize(("at", "is_past"), [(utc(2026, 1, 14, 20, 59, 59), False), (utc(2026, 1, 14, 21), True)])
def test_upcoming_and_past_default_to_now(at, is_past):
    meetup = make_meetup(date=dt.date(2026, 1, 14))

    with time_machine.travel(at, tick=False):
        assert list(Meetup.objects.past()) == ([meetup] if is_past else [])
        assert list(Meetup.objects.upcoming()) == ([] if is_past else [meetup])
        assert meetup.is_past is is_past


@pytest.mark.both_databases
def test_upcoming_is_ordered_by_date_nulls_last():
    none = make_meetup(date=None)
    later = make_meetup(date=dt.date(2030, 2, 1))
    meetup = make_meetup(date=dt.date(2030, 1, 1))
    morning = make_meetup(date=dt.date(2030, 1, 1), start_time=dt.time(9))
    all_day = make_meetup(date=dt.date(2030, 1, 1), start_time=None)

    assert list(Meetup.objects.upcoming()) == [morning, meetup, all_day, later, none]


@pytest.mark.both_databases
def test_past_is_ordered_latest_first():
    meetup = make_meetup(date=dt.date(2019, 1, 9))
    morning = make_meetup(date=dt.date(2019, 1, 9), start_time=dt.time(9))
    older = make_meetup(date=dt.date(2018, 10, 10))

    assert list(Meetup.objects.past()) == [meetup, morning, older]


def test_slug_is_made_from_date():
    date = dt.date(2018, 10, 10)

    slugs = [make_meetup(date=date).slug for _ in range(3)]

    assert slugs == ["2018-10-10", "2018-10-10-2", "2018-10-10-3"]


def test_slug_without_date():
    assert [make_meetup(date=None).slug for _ in range(2)] == ["to-be-announced", "to-be-announced-2"]


@pytest.mark.both_databases
def test_slug_takes_free_number():
    for slug in ("2018-10-10", "2018-10-10-3", "2018-10-10-special"):
        make_meetup(slug=slug)

    assert make_meetup(date=dt.date(2018, 10, 10)).slug == "2018-10-10-2"


def test_slug_stays_when_date_changes():
    meetup = make_meetup(date=dt.date(2018, 10, 10))

    meetup.date = dt.date(2018, 11, 11)
    meetup.save()

    assert meetup.slug == "2018-10-10"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("fields", "constraint", "message"),
    [
        (
            {"date": None, "start_time": dt.time(19)},
            "meetup_with_a_time_has_a_date",
            "Give the date too, or leave the time empty.",
        ),
        (
            {"start_time": None, "end_time": dt.time(21)},
            "meetup_with_an_end_has_a_start",
            "Say when it begins, or leave the end empty.",
        ),
    ],
)
def test_incomplete_times_are_refused_by_form_and_database(fields, constraint, message):
    meetup = make_meetup()
    for name, value in fields.items():
        setattr(meetup, name, value)

    assert refused(meetup) == {"__all__": [message]}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        meetup.save()


@pytest.mark.both_databases
def test_database_refuses_end_before_start():
    meetup = make_meetup()

    with pytest.raises(IntegrityError, match="meetup_ends_after_it_starts"), transaction.atomic():
        Meetup.objects.filter(pk=meetup.pk).update(ends_at=meetup.starts_at)


@pytest.mark.both_databases
def test_slug_is_unique():
    make_meetup(slug="here")

    assert refused(Meetup(slug="here")) == {"slug": ["Meetup: there is one with this Slug already."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        make_meetup(slug="here")


@pytest.mark.parametrize(
    ("date", "name", "time"),
    [
        (dt.date(2026, 3, 29), "start_time", dt.time(1, 30)),
        (dt.date(2026, 3, 29), "end_time", dt.time(1, 30)),
        (dt.date(2026, 10, 25), "start_time", dt.time(1, 30)),
        (dt.date(2026, 10, 25), "end_time", dt.time(1, 30)),
    ],
    ids=["start that is skipped", "end that is skipped", "start that is twice", "end that is twice"],
)
def test_time_during_clock_change_is_refused(date, name, time):
    times = {"start_time": dt.time(0, 15), "end_time": dt.time(4)} | {name: time}
    meetup = Meetup(date=date, time_zone=LONDON, **times)

    assert refused(meetup) == {name: ["The clocks change at this hour on this day: choose a time before or after it."]}


@pytest.mark.parametrize("date", [dt.date(2026, 3, 28), dt.date(2026, 10, 24)])
def test_end_after_midnight_during_clock_change_is_refused(date):
    meetup = Meetup(date=date, time_zone=LONDON, start_time=dt.time(22), end_time=dt.time(1, 30))

    assert list(refused(meetup)) == ["end_time"]


@pytest.mark.parametrize("date", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)])
def test_end_after_midnight_on_day_of_clock_change_is_accepted(date):
    Meetup(date=date, time_zone=LONDON, start_time=dt.time(22), end_time=dt.time(1, 30)).full_clean()


@pytest.mark.parametrize("time", [dt.time(0, 59), dt.time(2)])
@pytest.mark.parametrize("date", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)])
def test_times_beside_clock_change_are_accepted(date, time):
    Meetup(date=date, time_zone=LONDON, start_time=time, end_time=dt.time(5)).full_clean()


def test_clock_change_is_checked_in_default_time_zone():
    make_club(time_zone=LONDON)
    time = {"date": dt.date(2026, 3, 29), "start_time": dt.time(1, 30)}

    assert list(refused(Meetup(**time))) == ["start_time"]
    Meetup(venue=make_venue(time_zone=NEW_YORK), **time).full_clean()


def test_unknown_time_zone_is_refused():
    meetup = Meetup(date=dt.date(2026, 3, 29), start_time=dt.time(1, 30), time_zone="Mars/Olympus")

    assert refused(meetup) == {"time_zone": ["Write a time zone such as Europe/London."]}


def test_meetup_needs_no_fields():
    meetup = Meetup()

    meetup.full_clean()
    meetup.save()

    assert str(meetup) == "To be announced"


def test_str_has_date_and_the_book_that_the_user_may_see(olga, bob):
    make_meetup(date=dt.date(2018, 10, 10), book=make_book(title="Smart Urbanism", published_at=None))
    names = {str(Meetup.objects.select_visible(user, "book").get()) for user in (olga, bob)}

    assert names == {"10 October 2018, Smart Urbanism", "10 October 2018"}
    assert str(Meetup.objects.get()) == "10 October 2018"


@pytest.mark.both_databases
def test_book_with_meetup_is_protected():
    meetup = make_meetup(book=make_book(), venue=make_venue())
    make_writeup(meetup=meetup)

    for row in (meetup.book, meetup.venue, meetup):
        with pytest.raises(ProtectedError):
            row.delete()


@pytest.mark.both_databases
def test_venue_name_is_unique_in_area():
    make_venue(name="The Ring", area="Southwark")
    make_venue(name="The Ring", area="Leith")

    with pytest.raises(ValidationError, match="A venue of this name in this area is here already"):
        Venue(name="The Ring", area="Southwark").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_venue(name="The Ring", area="Southwark")


def test_cards_take_one_query(visitor, django_assert_num_queries):
    for _ in range(3):
        make_meetup(book=make_book(), venue=make_venue())

    with django_assert_num_queries(1):
        shown = [(card.place.name, card.shown_book.title) for card in Meetup.objects.for_cards(visitor)]

    assert len(shown) == 3
