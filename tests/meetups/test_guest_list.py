"""Actions of organisers on a guest list."""

import datetime as dt

import pytest
import time_machine

from bookclub.mail.models import OutgoingMail
from meetups import guest_list
from meetups.models import RSVP, Meetup
from meetups.rsvps import record_rsvp
from tests.factories import make_meetup, make_member, make_rsvp
from tests.meetups.guest_lists import answers, mail_kinds, queued_members, refusal_code

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False):
        yield


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


def test_seat_taken_back_from_unapproved_member_keeps_their_approval(full_meetup):
    stranger = make_member(approved_at=None)
    waiting = make_rsvp(full_meetup)
    seated = guest_list.add_member(full_meetup, stranger, capacity=3)

    assert guest_list.move_to_waiting_list(seated).answer == "waiting"

    assert queued_members(full_meetup) == [stranger]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


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
