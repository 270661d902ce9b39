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
def full_meetup():
    """A meetup with two seats, both taken."""
    meetup = make_meetup(capacity=2, date=dt.date(2026, 3, 11))
    make_rsvp(meetup)
    make_rsvp(meetup)
    return meetup


def answers(meetup):
    """Return the answers in queue order; check the seat counter."""
    rsvps = list(RSVP.objects.filter(meetup=meetup).order_by("queue_position"))
    assert SeatCounter.objects.get(meetup=meetup).taken == sum(
        rsvp.party_size for rsvp in rsvps if rsvp.answer == "going"
    )
    return [rsvp.answer for rsvp in rsvps]


def queued_members(meetup):
    """Return the queued members in order."""
    return [rsvp.member for rsvp in meetup.rsvps.queued()]


def mail_kinds(member):
    return list(OutgoingMail.objects.filter(to=member.email).order_by("pk").values_list("kind", flat=True))


def refusal_code(verb, *args, **options):
    """Call `verb`, which must raise ValidationError; return the code."""
    with pytest.raises(ValidationError) as refusal:
        verb(*args, **options)
    return refusal.value.code


# Adding


def test_add_member_takes_free_seat_or_end_of_queue(full_meetup, alice, bob):
    open_meetup = make_meetup(capacity=3)

    seated = guest_list.add_member(open_meetup, bob, guests=2)
    waiting = guest_list.add_member(full_meetup, bob)

    assert (seated.answer, seated.guests, waiting.answer) == ("going", 2, "waiting")
    assert mail_kinds(bob) == ["rsvp-going", "rsvp-waiting"]
    assert guest_list.add_member(full_meetup, bob).queue_position == waiting.queue_position
    assert answers(full_meetup) == ["going", "going", "waiting"]


def test_add_member_needs_no_approval():
    stranger = make_member(approved_at=None)

    assert guest_list.add_member(make_meetup(), stranger).answer == "going"


def test_add_member_ignores_opening_and_closing_times(bob):
    closed = make_meetup(rsvps_close_at=NOW - HOUR)
    unopened = make_meetup(rsvps_open_at=NOW + HOUR)

    assert [guest_list.add_member(meetup, bob).answer for meetup in (closed, unopened)] == ["going", "going"]


def test_add_member_with_capacity_raises_it_for_them_alone(full_meetup, bob):
    first_in_line = make_rsvp(full_meetup)

    rsvp = guest_list.add_member(full_meetup, bob, guests=1, capacity=4)

    full_meetup.refresh_from_db()
    assert (rsvp.answer, full_meetup.capacity) == ("going", 4)
    assert queued_members(full_meetup) == [first_in_line.member]
    assert mail_kinds(bob) == ["rsvp-going"]


def test_give_seat_raises_capacity_only_as_far_as_agreed(full_meetup, bob):
    make_rsvp(full_meetup)

    assert refusal_code(guest_list.add_member, full_meetup, bob, guests=1, capacity=3) == "seats"
    full_meetup.refresh_from_db()
    assert full_meetup.capacity == 2
    assert not full_meetup.rsvps.filter(member=bob).exists()


def test_give_seat_uses_free_seat_before_raising_capacity(full_meetup, bob):
    record_rsvp(full_meetup, full_meetup.rsvps.first().member, "not_going")

    guest_list.add_member(full_meetup, bob, capacity=3)

    full_meetup.refresh_from_db()
    assert full_meetup.capacity == 2


def test_give_seat_after_lowered_capacity_counts_taken_seats(full_meetup, bob):
    Meetup.objects.filter(pk=full_meetup.pk).update(capacity=1)
    waiting = guest_list.add_member(full_meetup, bob)

    guest_list.give_seat(waiting, capacity=3)

    full_meetup.refresh_from_db()
    assert full_meetup.capacity == 3
    assert answers(full_meetup) == ["going"] * 3
    assert mail_kinds(bob) == ["rsvp-waiting", "rsvp-promoted"]


def test_give_seat_is_idempotent(full_meetup):
    waiting = make_rsvp(full_meetup)

    for _ in range(2):
        guest_list.give_seat(waiting, capacity=3)

    full_meetup.refresh_from_db()
    assert full_meetup.capacity == 3
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_give_seat_refuses_member_who_left(full_meetup):
    waiting = make_rsvp(full_meetup)
    record_rsvp(full_meetup, waiting.member, "not_going")

    assert refusal_code(guest_list.give_seat, waiting, capacity=9) == "gone"


# Moving


def test_move_to_waiting_list_puts_at_end(full_meetup):
    going, first, second = full_meetup.rsvps.first(), make_rsvp(full_meetup), make_rsvp(full_meetup)

    guest_list.move_to_waiting_list(going)

    assert answers(full_meetup) == ["going", "going", "waiting", "waiting"]
    assert queued_members(full_meetup) == [second.member, going.member]
    assert mail_kinds(first.member)[-1] == "rsvp-promoted"
    assert mail_kinds(going.member) == ["rsvp-going", "rsvp-waiting"]
    assert guest_list.move_to_waiting_list(RSVP.objects.get(pk=going.pk)).queue_place == (2, 2)


def test_move_to_waiting_list_refuses_seat_that_nobody_fits(full_meetup):
    make_rsvp(full_meetup)
    RSVP.objects.filter(answer="waiting").update(guests=1)

    assert refusal_code(guest_list.move_to_waiting_list, full_meetup.rsvps.first()) == "nobody_waits"
    assert answers(full_meetup) == ["going", "going", "waiting"]
    assert mail_kinds(full_meetup.rsvps.first().member) == ["rsvp-going"]


def test_move_to_front_gets_next_seat(full_meetup):
    first, second, third = (make_rsvp(full_meetup) for _ in range(3))

    guest_list.move_to_front(third)
    guest_list.move_to_front(third)

    assert queued_members(full_meetup) == [third.member, first.member, second.member]
    record_rsvp(full_meetup, full_meetup.rsvps.going().first().member, "not_going")
    assert queued_members(full_meetup) == [first.member, second.member]
    assert mail_kinds(third.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_move_to_front_ignores_members_outside_queue(full_meetup):
    waiting = make_rsvp(full_meetup)
    last = make_rsvp(full_meetup)
    record_rsvp(full_meetup, last.member, "not_going")

    turns = list(full_meetup.rsvps.order_by("pk").values_list("queue_position", flat=True))

    for rsvp in (last, full_meetup.rsvps.going().last()):
        guest_list.move_to_front(rsvp)

    assert queued_members(full_meetup) == [waiting.member]
    assert list(full_meetup.rsvps.order_by("pk").values_list("queue_position", flat=True)) == turns


# Removing


def test_remove_member_frees_seat_and_keeps_reason(full_meetup, olga):
    going, waiting = full_meetup.rsvps.first(), make_rsvp(full_meetup)

    for _ in range(2):
        guest_list.remove_member(going, "Rang: the train does not go", by=olga)

    going.refresh_from_db()
    assert (going.answer, going.is_removed) == ("not_going", True)
    assert (going.removal_reason, going.removed_by) == ("Rang: the train does not go", olga)
    assert mail_kinds(going.member) == ["rsvp-going", "rsvp-removed"]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


@pytest.mark.parametrize("tells", [True, False])
def test_remove_member_tells_reason_only_if_wanted(olga, tells):
    rsvp = make_rsvp()

    guest_list.remove_member(rsvp, "The table is too small", by=olga, is_reason_told=tells)

    mail = OutgoingMail.objects.get(kind="rsvp-removed")
    assert ("The table is too small" in mail.text, "The table is too small" in mail.html) == (tells, tells)


def test_removed_member_returns_only_by_organiser(olga):
    rsvp = make_rsvp()
    guest_list.remove_member(rsvp, "No-show, twice", by=olga)

    assert refusal_code(record_rsvp, rsvp.meetup, rsvp.member, "going") == "removed"
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
def test_closed_guest_list_refuses_changes_without_mail(full_meetup, bob, olga, fields, code):
    going, waiting = full_meetup.rsvps.first(), make_rsvp(full_meetup)
    Meetup.objects.filter(pk=full_meetup.pk).update(**fields)
    told = OutgoingMail.objects.count()

    assert refusal_code(guest_list.add_member, full_meetup, bob) == code
    assert refusal_code(guest_list.give_seat, waiting, capacity=9) == code
    assert refusal_code(guest_list.move_to_waiting_list, going) == code
    assert refusal_code(guest_list.move_to_front, waiting) == code
    assert refusal_code(guest_list.remove_member, going, "Because", by=olga) == code
    assert answers(full_meetup) == ["going", "going", "waiting"]
    assert OutgoingMail.objects.count() == told


# Cancelling


def test_cancel_meetup_tells_everybody_once(full_meetup):
    waiting, leaver = make_rsvp(full_meetup), make_rsvp(full_meetup)
    record_rsvp(full_meetup, leaver.member, "not_going")

    for reason in ("The pub has burnt down", "Again"):
        guest_list.cancel_meetup(full_meetup, reason)

    full_meetup.refresh_from_db()
    told = OutgoingMail.objects.filter(kind="meetup-cancelled")
    assert (full_meetup.stage, full_meetup.cancellation_reason) == (Meetup.Stage.CANCELLED, "The pub has burnt down")
    assert {mail.to for mail in told} == {rsvp.member.email for rsvp in full_meetup.rsvps.going_or_queued()}
    assert len(told) == 3
    assert all("The pub has burnt down" in mail.text for mail in told)
    assert answers(full_meetup) == ["going", "going", "waiting", "not_going"]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "meetup-cancelled"]


def test_reinstate_meetup_tells_guests_and_moves_queue(full_meetup):
    waiting = make_rsvp(full_meetup)
    guest_list.cancel_meetup(full_meetup, "The pub has burnt down")
    record_rsvp(full_meetup, full_meetup.rsvps.first().member, "not_going")
    assert answers(full_meetup) == ["not_going", "going", "waiting"]

    guest_list.reinstate_meetup(full_meetup)
    with time_machine.travel(NOW + HOUR, tick=False):
        guest_list.reinstate_meetup(full_meetup)

    full_meetup.refresh_from_db()
    assert (full_meetup.cancelled_at, full_meetup.cancellation_reason) == (None, "")
    assert answers(full_meetup) == ["not_going", "going", "going"]
    assert sorted(mail_kinds(waiting.member)) == [
        "meetup-cancelled",
        "meetup-reinstated",
        "rsvp-promoted",
        "rsvp-waiting",
    ]


def test_cancel_meetup_again_tells_again(full_meetup):
    guest_list.cancel_meetup(full_meetup)
    guest_list.reinstate_meetup(full_meetup)
    with time_machine.travel(NOW + HOUR, tick=False):
        guest_list.cancel_meetup(full_meetup)

    assert OutgoingMail.objects.filter(kind="meetup-cancelled").count() == 4


def test_past_meetup_is_neither_cancelled_nor_reinstated(full_meetup):
    with time_machine.travel(full_meetup.ends_at, tick=False):
        assert refusal_code(guest_list.cancel_meetup, full_meetup) == "past"
        assert refusal_code(guest_list.reinstate_meetup, full_meetup) == "past"


# Attendance and copying


def test_record_attendance_counts_guests(full_meetup, bob):
    came, stayed_away = full_meetup.rsvps.all()
    surprise, unseen = make_rsvp(full_meetup), guest_list.add_member(full_meetup, bob, capacity=3)
    RSVP.objects.filter(pk=came.pk).update(guests=1)
    shown = {came.pk, stayed_away.pk, surprise.pk}

    guest_list.record_attendance(full_meetup, shown, {came.pk, surprise.pk})

    full_meetup.refresh_from_db()
    assert dict(full_meetup.rsvps.values_list("pk", "attended")) == {
        came.pk: True, stayed_away.pk: False, surprise.pk: True, unseen.pk: None
    }  # fmt: skip
    assert full_meetup.headcount == 3

    guest_list.record_attendance(full_meetup, shown, set(), headcount=7)

    full_meetup.refresh_from_db()
    assert set(full_meetup.rsvps.values_list("attended", flat=True)) == {False, None}
    assert full_meetup.headcount == 7


def test_record_attendance_leaves_headcount_empty_without_ticks(full_meetup):
    guest_list.record_attendance(full_meetup, {rsvp.pk for rsvp in full_meetup.rsvps.all()}, set())

    full_meetup.refresh_from_db()
    assert full_meetup.headcount is None


def test_add_attendee_takes_no_seat(full_meetup, bob):
    guest_list.add_attendee(full_meetup, bob)
    guest_list.add_attendee(full_meetup, bob)

    rsvp = full_meetup.rsvps.get(member=bob)
    assert (rsvp.answer, rsvp.attended) == ("not_going", True)
    assert SeatCounter.objects.get().taken == 2
    assert mail_kinds(bob) == []


@pytest.mark.parametrize(
    ("date", "later"),
    [
        ("2026-01-14", "2026-02-11"),  # the second Wednesday
        ("2026-12-02", "2027-01-06"),  # across the end of the year, the first
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
    assert fields["rsvps_close_at"] == dt.datetime(2026, 4, 7, 17, tzinfo=dt.UTC)  # also at six local time
    assert not {"book", "headcount", "slug", "published_at", "standfirst", "cancelled_at"} & fields.keys()


def test_copy_to_next_month_without_date():
    assert "date" not in copy_to_next_month(make_meetup(date=None))


def test_seat_taken_back_from_unapproved_member_keeps_their_approval(full_meetup):
    stranger = make_member(approved_at=None)
    waiting = make_rsvp(full_meetup)
    seated = guest_list.add_member(full_meetup, stranger, capacity=3)

    assert guest_list.move_to_waiting_list(seated).answer == "waiting"

    assert queued_members(full_meetup) == [stranger]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]
