"""Seats, waiting list and their mails, by the rules in meetups/rsvps.py."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookclub import approval
from bookclub.mail.models import OutgoingMail
from meetups import cancellation, rsvps
from meetups.models import RSVP, Meetup, SeatCounter
from meetups.rsvps import locked_meetup_change, locked_seat_counter, record_rsvp, recount_all_seats, recount_seats
from tests.factories import make_club, make_meetup, make_member, make_rsvp
from tests.meetups.guest_lists import answers, mail_kinds, queued_members

pytestmark = pytest.mark.django_db

GOING, WAITING, PENDING, NOT_GOING = "going", "waiting", "pending", "not_going"
HOUR = dt.timedelta(hours=1)
UNDATED = dict.fromkeys(["date", "start_time", "end_time", "starts_at", "ends_at"])


@pytest.fixture(autouse=True)
def guests_are_welcome():
    make_club(guests_allowed=2)


def change(meetup, **fields):
    with locked_meetup_change(meetup) as counter:
        Meetup.objects.filter(pk=meetup.pk).update(**fields)
    return counter.newly_seated


def refusal_code(meetup, member, answer=GOING, **options):
    """Try an RSVP, which must raise ValidationError and change nothing; return the code."""
    before = list(RSVP.objects.order_by("pk").values()), OutgoingMail.objects.count()
    with pytest.raises(ValidationError) as refusal:
        record_rsvp(meetup, member, answer, **options)
    assert (list(RSVP.objects.order_by("pk").values()), OutgoingMail.objects.count()) == before
    return refusal.value.code


# New RSVPs


@pytest.mark.both_databases
def test_rsvp_is_seated_while_seats_last_then_queued():
    meetup = make_meetup(capacity=2)

    rsvps = [make_rsvp(meetup) for _ in range(4)]

    assert [rsvp.answer for rsvp in rsvps] == [GOING, GOING, WAITING, WAITING]
    assert [rsvp.queue_place for rsvp in rsvps[2:]] == [(1, 2), (2, 2)]
    assert [mail_kinds(rsvp.member) for rsvp in rsvps] == [["rsvp-going"]] * 2 + [["rsvp-waiting"]] * 2
    assert Meetup.objects.get().stage == Meetup.Stage.FULL


def test_rsvp_without_capacity_is_seated():
    meetup = make_meetup(capacity=None)

    assert [make_rsvp(meetup, guests=2).answer for _ in range(3)] == [GOING] * 3
    assert Meetup.objects.get().seats_taken == 9


def test_large_party_waits_and_smaller_one_is_seated(bob):
    meetup = make_meetup(capacity=2)
    make_rsvp(meetup)

    party = make_rsvp(meetup, guests=1)
    single = make_rsvp(meetup)

    assert (party.answer, single.answer) == (WAITING, GOING)
    assert answers(meetup) == [GOING, WAITING, GOING]


def test_newcomer_does_not_overtake_queue(full_meetup, bob):
    waiting = make_rsvp(full_meetup)
    Meetup.objects.filter(pk=full_meetup.pk).update(capacity=3)  # bypasses the queue

    rsvp = record_rsvp(full_meetup, bob, GOING)

    waiting.refresh_from_db()
    assert (waiting.answer, rsvp.answer) == (GOING, WAITING)
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


@pytest.mark.both_databases
def test_same_answer_again_makes_one_row_and_one_mail(bob):
    meetup = make_meetup(capacity=1)

    first = record_rsvp(meetup, bob, GOING, message="With cake")
    again = record_rsvp(meetup, bob, GOING, message="With two cakes")

    assert (first.pk, first.queue_position, first.answered_at) == (again.pk, again.queue_position, again.answered_at)
    assert RSVP.objects.get().message == "With two cakes"
    assert answers(meetup) == [GOING]
    assert mail_kinds(bob) == ["rsvp-going"]


def test_queued_member_asking_again_keeps_place(full_meetup, bob):
    waiting = record_rsvp(full_meetup, bob, GOING)
    make_rsvp(full_meetup)

    again = record_rsvp(full_meetup, bob, GOING)

    assert (again.answer, again.queue_position, again.queue_place) == (WAITING, waiting.queue_position, (1, 2))
    assert mail_kinds(bob) == ["rsvp-waiting"]


def test_pending_member_holds_no_seat(bob):
    meetup = make_meetup(capacity=1)
    stranger = make_member(approved_at=None)

    rsvp = record_rsvp(meetup, stranger, GOING)

    assert rsvp.answer == PENDING
    assert mail_kinds(stranger) == ["rsvp-pending"]
    assert record_rsvp(meetup, bob, GOING).answer == GOING


# Guests


def test_seated_member_adds_guest_where_seat_is_free(bob):
    meetup = make_meetup(capacity=2)
    record_rsvp(meetup, bob, GOING)

    rsvp = record_rsvp(meetup, bob, GOING, guests=1)

    assert (rsvp.answer, rsvp.guests) == (GOING, 1)
    assert answers(meetup) == [GOING]
    assert mail_kinds(bob) == ["rsvp-going"]


def test_seated_member_keeps_seat_where_guest_has_none(full_meetup):
    going = full_meetup.rsvps.first()

    assert refusal_code(full_meetup, going.member, guests=1) == "no_seat_for_guests"
    assert answers(full_meetup) == [GOING, GOING]


def test_queued_member_adds_guest_and_keeps_place(full_meetup, bob):
    record_rsvp(full_meetup, bob, GOING)
    make_rsvp(full_meetup)

    rsvp = record_rsvp(full_meetup, bob, GOING, guests=2)

    assert (rsvp.guests, rsvp.queue_place) == (2, (1, 2))


def test_removed_guest_frees_seat_for_queue(bob):
    meetup = make_meetup(capacity=2)
    record_rsvp(meetup, bob, GOING, guests=1)
    waiting = make_rsvp(meetup)

    record_rsvp(meetup, bob, GOING, guests=0)

    assert answers(meetup) == [GOING, GOING]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_queued_member_with_fewer_guests_is_seated_if_it_fits():
    meetup = make_meetup(capacity=2)
    make_rsvp(meetup)
    party = make_rsvp(meetup, guests=1)

    rsvp = record_rsvp(meetup, party.member, GOING, guests=0)

    assert rsvp.answer == GOING


@pytest.mark.both_databases
@pytest.mark.parametrize("guests", [3, 10, -1])
def test_too_many_guests_are_refused(bob, guests):
    assert refusal_code(make_meetup(), bob, guests=guests) == "guests"


def test_guests_allowed_earlier_stay(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING, guests=2)
    make_club(guests_allowed=0)

    assert record_rsvp(meetup, bob, GOING, guests=2).guests == 2
    assert record_rsvp(meetup, bob, GOING, guests=1).guests == 1


# Leaving


@pytest.mark.both_databases
def test_freed_seat_goes_to_front_of_queue(full_meetup):
    first, second = make_rsvp(full_meetup), make_rsvp(full_meetup)

    record_rsvp(full_meetup, full_meetup.rsvps.first().member, NOT_GOING)

    assert answers(full_meetup) == [NOT_GOING, GOING, GOING, WAITING]
    assert mail_kinds(first.member) == ["rsvp-waiting", "rsvp-promoted"]
    assert mail_kinds(second.member) == ["rsvp-waiting"]
    assert second.queue_place == (1, 1)


def test_freed_seat_skips_party_too_large(full_meetup):
    party, single = make_rsvp(full_meetup, guests=1), make_rsvp(full_meetup)

    record_rsvp(full_meetup, full_meetup.rsvps.first().member, NOT_GOING)

    assert answers(full_meetup) == [NOT_GOING, GOING, WAITING, GOING]
    assert party.queue_place == (1, 1)
    assert mail_kinds(single.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_returning_member_joins_end_of_queue(full_meetup):
    leaver = full_meetup.rsvps.first().member
    others = [make_rsvp(full_meetup), make_rsvp(full_meetup)]

    record_rsvp(full_meetup, leaver, NOT_GOING)
    back = record_rsvp(full_meetup, leaver, GOING)

    assert answers(full_meetup) == [GOING, GOING, WAITING, WAITING]
    assert [rsvp.queue_place for rsvp in (others[1], back)] == [(1, 2), (2, 2)]
    assert mail_kinds(leaver) == ["rsvp-going", "rsvp-given-back", "rsvp-waiting"]


def test_leaving_frees_seats_of_guests(bob):
    meetup = make_meetup(capacity=3)
    record_rsvp(meetup, bob, GOING, guests=2)

    rsvp = record_rsvp(meetup, bob, NOT_GOING, message="Ill")

    assert (rsvp.answer, rsvp.guests, rsvp.message) == (NOT_GOING, 0, "Ill")
    assert SeatCounter.objects.get().taken == 0


def test_leaving_queue_frees_no_seat(full_meetup, bob):
    record_rsvp(full_meetup, bob, GOING)

    record_rsvp(full_meetup, bob, NOT_GOING)

    assert answers(full_meetup) == [GOING, GOING, NOT_GOING]


def test_declining_is_allowed_first_and_twice(bob):
    meetup = make_meetup(capacity=1)

    for _ in range(2):
        record_rsvp(meetup, bob, NOT_GOING)

    assert answers(meetup) == [NOT_GOING]
    assert mail_kinds(bob) == []


# Changes of the meetup


@pytest.mark.both_databases
def test_raised_capacity_promotes_each_once(full_meetup):
    waiting = [make_rsvp(full_meetup) for _ in range(3)]

    seated = change(full_meetup, capacity=7)
    change(full_meetup, capacity=7)

    assert seated == waiting
    assert answers(full_meetup) == [GOING] * 5
    assert [mail_kinds(rsvp.member) for rsvp in waiting] == [["rsvp-waiting", "rsvp-promoted"]] * 3
    assert Meetup.objects.get().seats_free == 2


def test_removed_capacity_seats_everybody(full_meetup):
    for guests in (0, 2):
        make_rsvp(full_meetup, guests=guests)

    change(full_meetup, capacity=None)

    assert answers(full_meetup) == [GOING] * 4


@pytest.mark.both_databases
def test_lowered_capacity_removes_nobody_and_admits_nobody(bob):
    meetup = make_meetup(capacity=3)
    going = [make_rsvp(meetup) for _ in range(3)]

    change(meetup, capacity=1)
    waiting = record_rsvp(meetup, bob, GOING)
    record_rsvp(meetup, going[0].member, NOT_GOING)
    record_rsvp(meetup, going[1].member, NOT_GOING)

    assert answers(meetup) == [NOT_GOING, NOT_GOING, GOING, WAITING]
    assert waiting.queue_place == (1, 1)
    record_rsvp(meetup, going[2].member, NOT_GOING)
    assert answers(meetup)[-1] == GOING


def test_new_capacity_is_enforced(bob):
    meetup = make_meetup(capacity=None)
    make_rsvp(meetup)
    make_rsvp(meetup)

    change(meetup, capacity=1)

    assert record_rsvp(meetup, bob, GOING).answer == WAITING
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatCounter.objects.update(taken=3)


@pytest.mark.parametrize(
    "fields",
    [
        {"published_at": None},
        {"cancelled_at": timezone.now()},
        {"starts_at": timezone.now() - HOUR},
        {"ends_at": timezone.now() - HOUR, "starts_at": None},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_queue_does_not_move_for_draft_cancelled_or_begun_meetup(full_meetup, fields):
    waiting = make_rsvp(full_meetup)

    change(full_meetup, capacity=9, **fields)

    assert answers(full_meetup) == [GOING, GOING, WAITING]
    assert mail_kinds(waiting.member) == ["rsvp-waiting"]


@pytest.mark.parametrize("fields", [UNDATED, {"rsvps_close_at": timezone.now() - HOUR}], ids=["undated", "closed"])
def test_queue_moves_without_date_and_after_closing(full_meetup, fields):
    make_rsvp(full_meetup)

    change(full_meetup, capacity=9, **fields)

    assert answers(full_meetup) == [GOING] * 3


# Approval


@pytest.mark.both_databases
def test_approval_seats_pending_member_by_their_place(bob):
    meetup, other = make_meetup(capacity=1), make_meetup()
    stranger = make_member(approved_at=None)
    record_rsvp(meetup, stranger, "going")
    record_rsvp(other, stranger, "going")
    record_rsvp(meetup, bob, "going")
    waiting = make_rsvp(meetup)
    approval.approve_member(make_member(approved_at=None))
    assert queued_members(meetup) == [stranger, waiting.member]

    for _ in range(2):
        approval.approve_member(stranger)

    assert queued_members(meetup) == [stranger, waiting.member]
    assert answers(meetup) == ["waiting", "going", "waiting"]
    assert answers(other) == ["going"]
    assert sorted(mail_kinds(stranger)) == ["approved", "rsvp-going", "rsvp-pending", "rsvp-pending", "rsvp-waiting"]
    stranger.refresh_from_db()
    assert stranger.approved_at


# Refusals


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"published_at": None}, "draft"),
        ({"published_at": timezone.now() + HOUR}, "draft"),
        ({"date": None}, "to_be_announced"),
        ({"rsvps_open_at": timezone.now() + HOUR}, "soon"),
        ({"rsvps_close_at": timezone.now() - HOUR}, "closed"),
        ({"cancelled_at": timezone.now()}, "cancelled"),
        ({"date": dt.date(2018, 10, 10)}, "past"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_closed_meetup_refuses_rsvp_with_reason(bob, fields, code):
    meetup = make_meetup(**fields)

    assert refusal_code(meetup, bob) == code


def test_begun_meetup_refuses_rsvp(bob):
    meetup = make_meetup()

    with time_machine.travel(meetup.starts_at, tick=False):
        assert refusal_code(meetup, bob) == "closed"


@pytest.mark.parametrize(("offset", "codes"), [(-1, ["soon", None]), (1, [None, "closed"])], ids=["opens", "closes"])
def test_rsvps_open_and_close_at_exact_moments(bob, offset, codes):
    moment = timezone.now() + HOUR
    field = "rsvps_open_at" if offset < 0 else "rsvps_close_at"
    meetup = make_meetup(**{field: moment})
    found = []

    for at in (moment - dt.timedelta(seconds=1), moment):
        with time_machine.travel(at, tick=False):
            try:
                record_rsvp(meetup, make_member(), GOING)
                found.append(None)
            except ValidationError as error:
                found.append(error.code)

    assert found == codes


def test_seated_member_may_leave_after_closing_but_not_add_guests(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING, guests=1)
    change(meetup, rsvps_close_at=timezone.now() - HOUR)

    assert record_rsvp(meetup, bob, GOING, guests=1).answer == GOING
    assert refusal_code(meetup, bob, guests=2) == "closed"
    assert record_rsvp(meetup, bob, GOING).guests == 0
    assert record_rsvp(meetup, bob, NOT_GOING).answer == NOT_GOING
    assert refusal_code(meetup, bob) == "closed"


def test_cancelled_meetup_refuses_same_rsvp_again(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING)
    cancellation.cancel_meetup(meetup)

    assert refusal_code(meetup, bob) == "cancelled"
    assert record_rsvp(meetup, bob, NOT_GOING).answer == NOT_GOING


def test_past_meetup_refuses_any_answer(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING)

    with time_machine.travel(meetup.ends_at, tick=False):
        assert refusal_code(meetup, bob, NOT_GOING) == "past"


@pytest.mark.both_databases
def test_deleted_meetup_raises_does_not_exist_and_leaves_no_rows(bob):
    meetup = make_meetup()
    Meetup.objects.get().delete()

    with pytest.raises(Meetup.DoesNotExist):
        record_rsvp(meetup, bob, GOING)

    assert (RSVP.objects.count(), SeatCounter.objects.count()) == (0, 0)


def test_deleting_meetup_deletes_rsvps(full_meetup):
    Meetup.objects.get(pk=full_meetup.pk).delete()

    assert (RSVP.objects.count(), SeatCounter.objects.count()) == (0, 0)


# Recounting


def test_recount_seats_after_bulk_deletion(full_meetup):
    waiting = make_rsvp(full_meetup)
    full_meetup.rsvps.first().delete()

    recount_seats(full_meetup)
    recount_seats(full_meetup)

    assert answers(full_meetup) == [GOING, GOING]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


@pytest.mark.both_databases
def test_recount_all_seats_moves_queue_of_published_meetup(full_meetup):
    waiting = make_rsvp(full_meetup)
    change(full_meetup, published_at=None, capacity=9)
    recount_all_seats()
    assert answers(full_meetup) == [GOING, GOING, WAITING]

    Meetup.objects.update(published_at=timezone.now())
    recount_all_seats()

    assert answers(full_meetup) == [GOING] * 3
    assert mail_kinds(waiting.member)[-1] == "rsvp-promoted"


@pytest.mark.both_databases
def test_recount_all_seats_leaves_correct_counts(full_meetup, django_assert_num_queries):
    make_meetup(date=dt.date(2018, 10, 10), capacity=1)

    with django_assert_num_queries(3):
        recount_all_seats()


@pytest.mark.both_databases
def test_failure_inside_lock_rolls_back(full_meetup, bob):
    def fail_after_joining():
        with locked_seat_counter(full_meetup) as counter:
            rsvps.join_queue(counter, rsvps.get_or_build_rsvp(counter, bob), 0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_joining()

    assert answers(full_meetup) == [GOING, GOING]
    assert mail_kinds(bob) == []


def test_declining_again_keeps_answered_at(bob):
    meetup = make_meetup()
    times = []
    for hours, answer in enumerate((GOING, NOT_GOING, NOT_GOING)):
        with time_machine.travel(timezone.now() + hours * HOUR, tick=False):
            times.append(record_rsvp(meetup, bob, answer).answered_at)

    assert times[0] < times[1] == times[2]
