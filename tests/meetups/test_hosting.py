"""What organisers do to a guest list and to an evening."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError

from bookclub.models import OutgoingMail
from meetups import hosting
from meetups.models import RSVP, Meetup, Seats
from meetups.seating import record_rsvp
from tests.factories import make_meetup, make_member, make_rsvp, make_venue

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def full():
    """An evening with two seats, both of them taken."""
    meetup = make_meetup(capacity=2, date=dt.date(2026, 3, 11))
    make_rsvp(meetup)
    make_rsvp(meetup)
    return meetup


def answers(meetup):
    """In the order of asking; what the count of seats says is checked along the way."""
    rsvps = list(RSVP.objects.filter(meetup=meetup).order_by("turn"))
    assert Seats.objects.get(meetup=meetup).taken == sum(rsvp.seats for rsvp in rsvps if rsvp.answer == "going")
    return [rsvp.answer for rsvp in rsvps]


def line(meetup):
    """Who stands in it, first come first."""
    return [rsvp.member for rsvp in meetup.rsvps.in_line()]


def mails(member):
    return list(OutgoingMail.objects.filter(to=member.email).order_by("pk").values_list("kind", flat=True))


def refused(verb, *args, **options):
    """The code of the refusal."""
    with pytest.raises(ValidationError) as refusal:
        verb(*args, **options)
    return refusal.value.code


# Adding


def test_who_is_added_takes_a_free_seat_or_waits_at_the_end(full, alice, bob):
    open_evening = make_meetup(capacity=3)

    seated = hosting.add(open_evening, bob, guests=2)
    waiting = hosting.add(full, bob)

    assert (seated.answer, seated.guests, waiting.answer) == ("going", 2, "waiting")
    assert mails(bob) == ["rsvp-going", "rsvp-waiting"]
    assert hosting.add(full, bob).turn == waiting.turn
    assert answers(full) == ["going", "going", "waiting"]


def test_who_is_added_needs_no_further_yes():
    stranger = make_member(approved_at=None)

    assert hosting.add(make_meetup(), stranger).answer == "going"


def test_an_organiser_may_add_before_the_opening_and_after_the_closing_time(bob):
    closed = make_meetup(rsvps_close_at=NOW - HOUR)
    unopened = make_meetup(rsvps_open_at=NOW + HOUR)

    assert [hosting.add(meetup, bob).answer for meetup in (closed, unopened)] == ["going", "going"]


def test_a_seat_beyond_the_capacity_raises_it_and_goes_to_nobody_else(full, bob):
    first_in_line = make_rsvp(full)

    rsvp = hosting.add(full, bob, guests=1, capacity=4)

    full.refresh_from_db()
    assert (rsvp.answer, full.capacity) == ("going", 4)
    assert line(full) == [first_in_line.member]
    assert mails(bob) == ["rsvp-going"]


def test_the_capacity_is_raised_no_further_than_the_organiser_has_agreed_to(full, bob):
    make_rsvp(full)

    assert refused(hosting.add, full, bob, guests=1, capacity=3) == "seats"
    full.refresh_from_db()
    assert full.capacity == 2
    assert not full.rsvps.filter(member=bob).exists()


def test_a_seat_that_came_free_meanwhile_raises_nothing(full, bob):
    record_rsvp(full, full.rsvps.first().member, "not_going")

    hosting.add(full, bob, capacity=3)

    full.refresh_from_db()
    assert full.capacity == 2


def test_a_seat_given_where_the_capacity_was_lowered_counts_those_who_have_one(full, bob):
    Meetup.objects.filter(pk=full.pk).update(capacity=1)
    waiting = hosting.add(full, bob)

    hosting.give_seat(waiting, capacity=3)

    full.refresh_from_db()
    assert full.capacity == 3
    assert answers(full) == ["going"] * 3
    assert mails(bob) == ["rsvp-waiting", "rsvp-promoted"]


def test_a_seat_is_given_once(full):
    waiting = make_rsvp(full)

    for _ in range(2):
        hosting.give_seat(waiting, capacity=3)

    full.refresh_from_db()
    assert full.capacity == 3
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_nobody_gets_a_seat_who_has_left_meanwhile(full):
    waiting = make_rsvp(full)
    record_rsvp(full, waiting.member, "not_going")

    assert refused(hosting.give_seat, waiting, capacity=9) == "gone"


# Moving


def test_who_is_put_on_the_waiting_list_stands_at_its_end(full):
    going, first, second = full.rsvps.first(), make_rsvp(full), make_rsvp(full)

    hosting.to_waiting(going)

    assert answers(full) == ["going", "going", "waiting", "waiting"]
    assert line(full) == [second.member, going.member]
    assert mails(first.member)[-1] == "rsvp-promoted"
    assert mails(going.member) == ["rsvp-going", "rsvp-waiting"]
    assert hosting.to_waiting(RSVP.objects.get(pk=going.pk)).place == (2, 2)


def test_a_seat_that_nobody_could_use_is_not_taken_away(full):
    make_rsvp(full)
    RSVP.objects.filter(answer="waiting").update(guests=1)

    assert refused(hosting.to_waiting, full.rsvps.first()) == "nobody_waits"
    assert answers(full) == ["going", "going", "waiting"]
    assert mails(full.rsvps.first().member) == ["rsvp-going"]


def test_who_is_moved_to_the_front_gets_the_next_seat(full):
    first, second, third = (make_rsvp(full) for _ in range(3))

    hosting.to_top(third)
    hosting.to_top(third)

    assert line(full) == [third.member, first.member, second.member]
    record_rsvp(full, full.rsvps.going().first().member, "not_going")
    assert line(full) == [first.member, second.member]
    assert mails(third.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_nobody_but_who_is_in_the_line_is_moved_to_its_front(full):
    waiting = make_rsvp(full)
    last = make_rsvp(full)
    record_rsvp(full, last.member, "not_going")

    turns = list(full.rsvps.order_by("pk").values_list("turn", flat=True))

    for rsvp in (last, full.rsvps.going().last()):
        hosting.to_top(rsvp)

    assert line(full) == [waiting.member]
    assert list(full.rsvps.order_by("pk").values_list("turn", flat=True)) == turns


# Removing


def test_who_is_removed_makes_room_and_the_reason_is_kept(full, olga):
    going, waiting = full.rsvps.first(), make_rsvp(full)

    for _ in range(2):
        hosting.remove(going, "Rang: the train does not go", by=olga)

    going.refresh_from_db()
    assert (going.answer, going.is_removed) == ("not_going", True)
    assert (going.removed_because, going.removed_by) == ("Rang: the train does not go", olga)
    assert mails(going.member) == ["rsvp-going", "rsvp-removed"]
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


@pytest.mark.parametrize("tells", [True, False])
def test_the_reason_is_told_where_the_organiser_wants_it(olga, tells):
    rsvp = make_rsvp()

    hosting.remove(rsvp, "The table is too small", by=olga, tells=tells)

    mail = OutgoingMail.objects.get(kind="rsvp-removed")
    assert ("The table is too small" in mail.text, "The table is too small" in mail.html) == (tells, tells)


def test_who_was_removed_comes_back_by_an_organiser_alone(olga):
    rsvp = make_rsvp()
    hosting.remove(rsvp, "No-show, twice", by=olga)

    assert refused(record_rsvp, rsvp.meetup, rsvp.member, "going") == "removed"
    record_rsvp(rsvp.meetup, rsvp.member, "not_going")
    rsvp.refresh_from_db()
    assert rsvp.removed_because == "No-show, twice"

    hosting.add(rsvp.meetup, rsvp.member)

    rsvp.refresh_from_db()
    assert (rsvp.answer, rsvp.is_removed, rsvp.removed_by) == ("going", False, None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"cancelled_at": NOW}, "cancelled"),
        ({"published_at": None}, "draft"),
        ({"starts_at": NOW}, "begun"),
    ],
    ids=["cancelled", "draft", "begun"],
)
def test_a_list_that_is_closed_is_not_changed_and_nobody_is_told(full, bob, olga, fields, code):
    going, waiting = full.rsvps.first(), make_rsvp(full)
    Meetup.objects.filter(pk=full.pk).update(**fields)
    told = OutgoingMail.objects.count()

    assert refused(hosting.add, full, bob) == code
    assert refused(hosting.give_seat, waiting, capacity=9) == code
    assert refused(hosting.to_waiting, going) == code
    assert refused(hosting.to_top, waiting) == code
    assert refused(hosting.remove, going, "Because", by=olga) == code
    assert answers(full) == ["going", "going", "waiting"]
    assert OutgoingMail.objects.count() == told


# Cancelling


def test_everybody_who_is_coming_is_told_once_that_it_is_cancelled(full):
    waiting, leaver = make_rsvp(full), make_rsvp(full)
    record_rsvp(full, leaver.member, "not_going")

    for reason in ("The pub has burnt down", "Again"):
        hosting.cancel(full, reason)

    full.refresh_from_db()
    told = OutgoingMail.objects.filter(kind="meetup-cancelled")
    assert (full.stage, full.cancelled_because) == (Meetup.Stage.CANCELLED, "The pub has burnt down")
    assert {mail.to for mail in told} == {rsvp.member.email for rsvp in full.rsvps.coming()}
    assert len(told) == 3
    assert all("The pub has burnt down" in mail.text for mail in told)
    assert answers(full) == ["going", "going", "waiting", "not_going"]
    assert mails(waiting.member) == ["rsvp-waiting", "meetup-cancelled"]


def test_what_takes_place_after_all_is_told_and_the_line_moves(full):
    waiting = make_rsvp(full)
    hosting.cancel(full, "The pub has burnt down")
    record_rsvp(full, full.rsvps.first().member, "not_going")
    assert answers(full) == ["not_going", "going", "waiting"]

    hosting.reinstate(full)
    with time_machine.travel(NOW + HOUR, tick=False):
        hosting.reinstate(full)

    full.refresh_from_db()
    assert (full.cancelled_at, full.cancelled_because) == (None, "")
    assert answers(full) == ["not_going", "going", "going"]
    assert sorted(mails(waiting.member)) == ["meetup-cancelled", "meetup-reinstated", "rsvp-promoted", "rsvp-waiting"]


def test_cancelling_again_is_told_again(full):
    hosting.cancel(full)
    hosting.reinstate(full)
    with time_machine.travel(NOW + HOUR, tick=False):
        hosting.cancel(full)

    assert OutgoingMail.objects.filter(kind="meetup-cancelled").count() == 4


def test_an_evening_that_is_over_is_neither_cancelled_nor_taken_back(full):
    with time_machine.travel(full.ends_at, tick=False):
        assert refused(hosting.cancel, full) == "past"
        assert refused(hosting.reinstate, full) == "past"


# Afterwards


def test_who_came_is_kept_and_counted_with_their_guests(full, bob):
    came, stayed_away = full.rsvps.all()
    surprise, unseen = make_rsvp(full), hosting.add(full, bob, capacity=3)
    RSVP.objects.filter(pk=came.pk).update(guests=1)
    shown = {came.pk, stayed_away.pk, surprise.pk}

    hosting.tick(full, shown, {came.pk, surprise.pk})

    full.refresh_from_db()
    assert dict(full.rsvps.values_list("pk", "came")) == {
        came.pk: True, stayed_away.pk: False, surprise.pk: True, unseen.pk: None
    }  # fmt: skip
    assert full.headcount == 3

    hosting.tick(full, shown, set(), headcount=7)

    full.refresh_from_db()
    assert set(full.rsvps.values_list("came", flat=True)) == {False, None}
    assert full.headcount == 7


def test_who_came_without_a_word_is_added_and_takes_no_seat(full, bob):
    hosting.came_too(full, bob)
    hosting.came_too(full, bob)

    rsvp = full.rsvps.get(member=bob)
    assert (rsvp.answer, rsvp.came) == ("not_going", True)
    assert Seats.objects.get().taken == 2
    assert mails(bob) == []


@pytest.mark.parametrize(
    ("date", "later"),
    [
        ("2026-01-14", "2026-02-11"),  # the second Wednesday
        ("2026-12-02", "2027-01-06"),  # over the year, the first
        ("2026-01-29", "2026-02-26"),  # a fifth Thursday becomes the last
        ("2026-03-31", "2026-04-28"),
        ("2026-01-01", "2026-02-05"),
    ],
)
def test_a_month_later_is_the_same_weekday_in_the_same_week(date, later):
    assert hosting.month_later(dt.date.fromisoformat(date)) == dt.date.fromisoformat(later)


def test_the_same_again_leaves_open_what_nobody_knows():
    venue = make_venue()
    meetup = make_meetup(
        date=dt.date(2026, 3, 11),  # the clocks change before the next one
        venue=venue,
        capacity=12,
        headcount=9,
        standfirst="The one with the cake",
        rsvps_close_at=dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC),
    )

    fields = hosting.same_again(meetup)

    assert fields["date"] == dt.date(2026, 4, 8)
    assert (fields["start_time"], fields["venue"], fields["capacity"]) == (dt.time(19), venue, 12)
    assert fields["rsvps_close_at"] == dt.datetime(2026, 4, 7, 17, tzinfo=dt.UTC)  # at six on the clock, too
    assert not {"book", "headcount", "slug", "published_at", "standfirst", "cancelled_at"} & fields.keys()


def test_the_same_again_of_what_has_no_date_has_none():
    assert "date" not in hosting.same_again(make_meetup(date=None))
