"""Actions of organisers on a guest list and on a meetup."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError

from bookclub.mail.models import OutgoingMail
from meetups import guest_list
from meetups.admin.attendance import copy_to_next_month, get_same_weekday_next_month
from meetups.models import RSVP, Meetup, SeatCounter
from meetups.rsvps import record_rsvp
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
    rsvps = list(RSVP.objects.filter(meetup=meetup).order_by("queue_position"))
    assert SeatCounter.objects.get(meetup=meetup).taken == sum(
        rsvp.party_size for rsvp in rsvps if rsvp.answer == "going"
    )
    return [rsvp.answer for rsvp in rsvps]


def line(meetup):
    """Return the names on the waiting list, in its order."""
    return [rsvp.member for rsvp in meetup.rsvps.queued()]


def mails(member):
    return list(OutgoingMail.objects.filter(to=member.email).order_by("pk").values_list("kind", flat=True))


def refused(verb, *args, **options):
    """The code of the refusal."""
    with pytest.raises(ValidationError) as refusal:
        verb(*args, **options)
    return refusal.value.code


# Adding


def test_add_member_takes_free_seat_or_end_of_queue(full, alice, bob):
    open_evening = make_meetup(capacity=3)

    seated = guest_list.add_member(open_evening, bob, guests=2)
    waiting = guest_list.add_member(full, bob)

    assert (seated.answer, seated.guests, waiting.answer) == ("going", 2, "waiting")
    assert mails(bob) == ["rsvp-going", "rsvp-waiting"]
    assert guest_list.add_member(full, bob).queue_position == waiting.queue_position
    assert answers(full) == ["going", "going", "waiting"]


def test_add_member_needs_no_approval():
    stranger = make_member(approved_at=None)

    assert guest_list.add_member(make_meetup(), stranger).answer == "going"


def test_add_member_ignores_opening_and_closing_times(bob):
    closed = make_meetup(rsvps_close_at=NOW - HOUR)
    unopened = make_meetup(rsvps_open_at=NOW + HOUR)

    assert [guest_list.add_member(meetup, bob).answer for meetup in (closed, unopened)] == ["going", "going"]


def test_add_member_with_capacity_raises_it_for_them_alone(full, bob):
    first_in_line = make_rsvp(full)

    rsvp = guest_list.add_member(full, bob, guests=1, capacity=4)

    full.refresh_from_db()
    assert (rsvp.answer, full.capacity) == ("going", 4)
    assert line(full) == [first_in_line.member]
    assert mails(bob) == ["rsvp-going"]


def test_give_seat_raises_capacity_only_as_far_as_agreed(full, bob):
    make_rsvp(full)

    assert refused(guest_list.add_member, full, bob, guests=1, capacity=3) == "seats"
    full.refresh_from_db()
    assert full.capacity == 2
    assert not full.rsvps.filter(member=bob).exists()


def test_give_seat_uses_free_seat_before_raising_capacity(full, bob):
    record_rsvp(full, full.rsvps.first().member, "not_going")

    guest_list.add_member(full, bob, capacity=3)

    full.refresh_from_db()
    assert full.capacity == 2


def test_give_seat_after_lowered_capacity_counts_taken_seats(full, bob):
    Meetup.objects.filter(pk=full.pk).update(capacity=1)
    waiting = guest_list.add_member(full, bob)

    guest_list.give_seat(waiting, capacity=3)

    full.refresh_from_db()
    assert full.capacity == 3
    assert answers(full) == ["going"] * 3
    assert mails(bob) == ["rsvp-waiting", "rsvp-promoted"]


def test_give_seat_is_idempotent(full):
    waiting = make_rsvp(full)

    for _ in range(2):
        guest_list.give_seat(waiting, capacity=3)

    full.refresh_from_db()
    assert full.capacity == 3
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_give_seat_refuses_member_who_left(full):
    waiting = make_rsvp(full)
    record_rsvp(full, waiting.member, "not_going")

    assert refused(guest_list.give_seat, waiting, capacity=9) == "gone"


# Moving


def test_move_to_waiting_list_puts_at_end(full):
    going, first, second = full.rsvps.first(), make_rsvp(full), make_rsvp(full)

    guest_list.move_to_waiting_list(going)

    assert answers(full) == ["going", "going", "waiting", "waiting"]
    assert line(full) == [second.member, going.member]
    assert mails(first.member)[-1] == "rsvp-promoted"
    assert mails(going.member) == ["rsvp-going", "rsvp-waiting"]
    assert guest_list.move_to_waiting_list(RSVP.objects.get(pk=going.pk)).queue_place == (2, 2)


def test_move_to_waiting_list_refuses_seat_that_nobody_fits(full):
    make_rsvp(full)
    RSVP.objects.filter(answer="waiting").update(guests=1)

    assert refused(guest_list.move_to_waiting_list, full.rsvps.first()) == "nobody_waits"
    assert answers(full) == ["going", "going", "waiting"]
    assert mails(full.rsvps.first().member) == ["rsvp-going"]


def test_move_to_front_gets_next_seat(full):
    first, second, third = (make_rsvp(full) for _ in range(3))

    guest_list.move_to_front(third)
    guest_list.move_to_front(third)

    assert line(full) == [third.member, first.member, second.member]
    record_rsvp(full, full.rsvps.going().first().member, "not_going")
    assert line(full) == [first.member, second.member]
    assert mails(third.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_move_to_front_ignores_members_outside_queue(full):
    waiting = make_rsvp(full)
    last = make_rsvp(full)
    record_rsvp(full, last.member, "not_going")

    turns = list(full.rsvps.order_by("pk").values_list("queue_position", flat=True))

    for rsvp in (last, full.rsvps.going().last()):
        guest_list.move_to_front(rsvp)

    assert line(full) == [waiting.member]
    assert list(full.rsvps.order_by("pk").values_list("queue_position", flat=True)) == turns


# Removing


def test_remove_member_frees_seat_and_keeps_reason(full, olga):
    going, waiting = full.rsvps.first(), make_rsvp(full)

    for _ in range(2):
        guest_list.remove_member(going, "Rang: the train does not go", by=olga)

    going.refresh_from_db()
    assert (going.answer, going.is_removed) == ("not_going", True)
    assert (going.removal_reason, going.removed_by) == ("Rang: the train does not go", olga)
    assert mails(going.member) == ["rsvp-going", "rsvp-removed"]
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


@pytest.mark.parametrize("tells", [True, False])
def test_remove_member_tells_reason_only_if_wanted(olga, tells):
    rsvp = make_rsvp()

    guest_list.remove_member(rsvp, "The table is too small", by=olga, is_reason_told=tells)

    mail = OutgoingMail.objects.get(kind="rsvp-removed")
    assert ("The table is too small" in mail.text, "The table is too small" in mail.html) == (tells, tells)


def test_removed_member_returns_only_by_organiser(olga):
    rsvp = make_rsvp()
    guest_list.remove_member(rsvp, "No-show, twice", by=olga)

    assert refused(record_rsvp, rsvp.meetup, rsvp.member, "going") == "removed"
    record_rsvp(rsvp.meetup, rsvp.member, "not_going")
    rsvp.refresh_from_db()
    assert rsvp.removal_reason == "No-show, twice"

    guest_list.add_member(rsvp.meetup, rsvp.member)

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
def test_closed_guest_list_refuses_changes_without_mail(full, bob, olga, fields, code):
    going, waiting = full.rsvps.first(), make_rsvp(full)
    Meetup.objects.filter(pk=full.pk).update(**fields)
    told = OutgoingMail.objects.count()

    assert refused(guest_list.add_member, full, bob) == code
    assert refused(guest_list.give_seat, waiting, capacity=9) == code
    assert refused(guest_list.move_to_waiting_list, going) == code
    assert refused(guest_list.move_to_front, waiting) == code
    assert refused(guest_list.remove_member, going, "Because", by=olga) == code
    assert answers(full) == ["going", "going", "waiting"]
    assert OutgoingMail.objects.count() == told


# Cancelling


def test_cancel_meetup_tells_everybody_once(full):
    waiting, leaver = make_rsvp(full), make_rsvp(full)
    record_rsvp(full, leaver.member, "not_going")

    for reason in ("The pub has burnt down", "Again"):
        guest_list.cancel_meetup(full, reason)

    full.refresh_from_db()
    told = OutgoingMail.objects.filter(kind="meetup-cancelled")
    assert (full.stage, full.cancellation_reason) == (Meetup.Stage.CANCELLED, "The pub has burnt down")
    assert {mail.to for mail in told} == {rsvp.member.email for rsvp in full.rsvps.going_or_queued()}
    assert len(told) == 3
    assert all("The pub has burnt down" in mail.text for mail in told)
    assert answers(full) == ["going", "going", "waiting", "not_going"]
    assert mails(waiting.member) == ["rsvp-waiting", "meetup-cancelled"]


def test_reinstate_meetup_tells_guests_and_moves_queue(full):
    waiting = make_rsvp(full)
    guest_list.cancel_meetup(full, "The pub has burnt down")
    record_rsvp(full, full.rsvps.first().member, "not_going")
    assert answers(full) == ["not_going", "going", "waiting"]

    guest_list.reinstate_meetup(full)
    with time_machine.travel(NOW + HOUR, tick=False):
        guest_list.reinstate_meetup(full)

    full.refresh_from_db()
    assert (full.cancelled_at, full.cancellation_reason) == (None, "")
    assert answers(full) == ["not_going", "going", "going"]
    assert sorted(mails(waiting.member)) == ["meetup-cancelled", "meetup-reinstated", "rsvp-promoted", "rsvp-waiting"]


def test_cancel_meetup_again_tells_again(full):
    guest_list.cancel_meetup(full)
    guest_list.reinstate_meetup(full)
    with time_machine.travel(NOW + HOUR, tick=False):
        guest_list.cancel_meetup(full)

    assert OutgoingMail.objects.filter(kind="meetup-cancelled").count() == 4


def test_past_meetup_is_neither_cancelled_nor_reinstated(full):
    with time_machine.travel(full.ends_at, tick=False):
        assert refused(guest_list.cancel_meetup, full) == "past"
        assert refused(guest_list.reinstate_meetup, full) == "past"


# Afterwards


def test_record_attendance_counts_guests(full, bob):
    came, stayed_away = full.rsvps.all()
    surprise, unseen = make_rsvp(full), guest_list.add_member(full, bob, capacity=3)
    RSVP.objects.filter(pk=came.pk).update(guests=1)
    shown = {came.pk, stayed_away.pk, surprise.pk}

    guest_list.record_attendance(full, shown, {came.pk, surprise.pk})

    full.refresh_from_db()
    assert dict(full.rsvps.values_list("pk", "attended")) == {
        came.pk: True, stayed_away.pk: False, surprise.pk: True, unseen.pk: None
    }  # fmt: skip
    assert full.headcount == 3

    guest_list.record_attendance(full, shown, set(), headcount=7)

    full.refresh_from_db()
    assert set(full.rsvps.values_list("attended", flat=True)) == {False, None}
    assert full.headcount == 7


def test_record_attendance_leaves_headcount_empty_without_ticks(full):
    guest_list.record_attendance(full, {rsvp.pk for rsvp in full.rsvps.all()}, set())

    full.refresh_from_db()
    assert full.headcount is None


def test_add_attendee_takes_no_seat(full, bob):
    guest_list.add_attendee(full, bob)
    guest_list.add_attendee(full, bob)

    rsvp = full.rsvps.get(member=bob)
    assert (rsvp.answer, rsvp.attended) == ("not_going", True)
    assert SeatCounter.objects.get().taken == 2
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
def test_next_month_has_same_weekday_and_week(date, later):
    assert get_same_weekday_next_month(dt.date.fromisoformat(date)) == dt.date.fromisoformat(later)


def test_copy_to_next_month_leaves_unknown_fields_empty():
    venue = make_venue()
    meetup = make_meetup(
        date=dt.date(2026, 3, 11),  # the clocks change before the next one
        venue=venue,
        capacity=12,
        headcount=9,
        standfirst="The one with the cake",
        rsvps_close_at=dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC),
    )

    fields = copy_to_next_month(meetup)

    assert fields["date"] == dt.date(2026, 4, 8)
    assert (fields["start_time"], fields["venue"], fields["capacity"]) == (dt.time(19), venue, 12)
    assert fields["rsvps_close_at"] == dt.datetime(2026, 4, 7, 17, tzinfo=dt.UTC)  # at six on the clock, too
    assert not {"book", "headcount", "slug", "published_at", "standfirst", "cancelled_at"} & fields.keys()


def test_copy_to_next_month_without_date():
    assert "date" not in copy_to_next_month(make_meetup(date=None))


def test_seat_taken_back_from_unapproved_member_keeps_their_approval(full):
    stranger = make_member(approved_at=None)
    waiting = make_rsvp(full)
    seated = guest_list.add_member(full, stranger, capacity=3)

    assert guest_list.move_to_waiting_list(seated).answer == "waiting"

    assert line(full) == [stranger]
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]
