"""Who has a seat, who waits and where, and who is told: the rule stands in meetups/seating.py."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookclub import joining
from bookclub.models import OutgoingMail
from meetups import hosting, seating
from meetups.models import RSVP, Meetup, Seats
from meetups.seating import changing, locked_seats, record_rsvp, settle, settle_all
from tests.factories import make_club, make_meetup, make_member, make_rsvp

pytestmark = pytest.mark.django_db

GOING, WAITING, PENDING, NOT_GOING = "going", "waiting", "pending", "not_going"
HOUR = dt.timedelta(hours=1)
UNDATED = dict.fromkeys(["date", "start_time", "end_time", "starts_at", "ends_at"])


@pytest.fixture(autouse=True)
def guests_are_welcome():
    make_club(guests_allowed=2)


@pytest.fixture
def full():
    """An evening with two seats, both of them taken."""
    meetup = make_meetup(capacity=2)
    make_rsvp(meetup)
    make_rsvp(meetup)
    return meetup


def line(meetup):
    """Who stands in it, first come first."""
    return [rsvp.member for rsvp in meetup.rsvps.in_line()]


def answers(meetup):
    """In the order of asking; what the count of seats says is checked along the way."""
    rsvps = list(RSVP.objects.filter(meetup=meetup).order_by("turn"))
    seats = Seats.objects.get(meetup=meetup)
    assert seats.taken == sum(rsvp.seats for rsvp in rsvps if rsvp.answer == GOING)
    return [rsvp.answer for rsvp in rsvps]


def mails(member):
    """The kinds of what was written to them, in order."""
    return list(OutgoingMail.objects.filter(to=member.email).order_by("pk").values_list("kind", flat=True))


def change(meetup, **fields):
    with changing(meetup) as seats:
        Meetup.objects.filter(pk=meetup.pk).update(**fields)
    return seats.seated


def refused(meetup, member, answer=GOING, **options):
    """The code of the refusal. Nothing may have changed by it, and nobody may have been told."""
    before = list(RSVP.objects.order_by("pk").values()), OutgoingMail.objects.count()
    with pytest.raises(ValidationError) as refusal:
        record_rsvp(meetup, member, answer, **options)
    assert (list(RSVP.objects.order_by("pk").values()), OutgoingMail.objects.count()) == before
    return refusal.value.code


# Asking


def test_who_asks_is_seated_while_the_seats_last_and_then_waits_in_order():
    meetup = make_meetup(capacity=2)

    rsvps = [make_rsvp(meetup) for _ in range(4)]

    assert [rsvp.answer for rsvp in rsvps] == [GOING, GOING, WAITING, WAITING]
    assert [rsvp.place for rsvp in rsvps[2:]] == [(1, 2), (2, 2)]
    assert [mails(rsvp.member) for rsvp in rsvps] == [["rsvp-going"]] * 2 + [["rsvp-waiting"]] * 2
    assert Meetup.objects.get().stage == Meetup.Stage.FULL


def test_without_a_capacity_everybody_is_seated():
    meetup = make_meetup(capacity=None)

    assert [make_rsvp(meetup, guests=2).answer for _ in range(3)] == [GOING] * 3
    assert Meetup.objects.get().seats_taken == 9


def test_a_party_that_does_not_fit_waits_and_a_smaller_one_behind_it_goes_in(bob):
    meetup = make_meetup(capacity=2)
    make_rsvp(meetup)

    party = make_rsvp(meetup, guests=1)
    single = make_rsvp(meetup)

    assert (party.answer, single.answer) == (WAITING, GOING)
    assert answers(meetup) == [GOING, WAITING, GOING]


def test_nobody_new_takes_a_seat_that_somebody_ahead_could_have(full, bob):
    waiting = make_rsvp(full)
    Meetup.objects.filter(pk=full.pk).update(capacity=3)  # behind the back of the line

    rsvp = record_rsvp(full, bob, GOING)

    waiting.refresh_from_db()
    assert (waiting.answer, rsvp.answer) == (GOING, WAITING)
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_the_same_answer_again_is_one_row_one_answer_and_one_mail(bob):
    meetup = make_meetup(capacity=1)

    first = record_rsvp(meetup, bob, GOING, line="With cake")
    again = record_rsvp(meetup, bob, GOING, line="With two cakes")

    assert (first.pk, first.turn, first.answered_at) == (again.pk, again.turn, again.answered_at)
    assert RSVP.objects.get().line == "With two cakes"
    assert answers(meetup) == [GOING]
    assert mails(bob) == ["rsvp-going"]


def test_who_waits_and_asks_again_keeps_their_place(full, bob):
    waiting = record_rsvp(full, bob, GOING)
    make_rsvp(full)

    again = record_rsvp(full, bob, GOING)

    assert (again.answer, again.turn, again.place) == (WAITING, waiting.turn, (1, 2))
    assert mails(bob) == ["rsvp-waiting"]


def test_a_member_without_a_yes_holds_no_seat(bob):
    meetup = make_meetup(capacity=1)
    stranger = make_member(approved_at=None)

    rsvp = record_rsvp(meetup, stranger, GOING)

    assert rsvp.answer == PENDING
    assert mails(stranger) == ["rsvp-pending"]
    assert record_rsvp(meetup, bob, GOING).answer == GOING


# Guests


def test_who_has_a_seat_brings_a_guest_while_there_is_a_seat_for_one(bob):
    meetup = make_meetup(capacity=2)
    record_rsvp(meetup, bob, GOING)

    rsvp = record_rsvp(meetup, bob, GOING, guests=1)

    assert (rsvp.answer, rsvp.guests) == (GOING, 1)
    assert answers(meetup) == [GOING]
    assert mails(bob) == ["rsvp-going"]


def test_nobody_loses_a_seat_by_asking_for_a_guest(full):
    going = full.rsvps.first()

    assert refused(full, going.member, guests=1) == "no_seat_for_guests"
    assert answers(full) == [GOING, GOING]


def test_who_waits_may_bring_more_and_keeps_their_place(full, bob):
    record_rsvp(full, bob, GOING)
    make_rsvp(full)

    rsvp = record_rsvp(full, bob, GOING, guests=2)

    assert (rsvp.guests, rsvp.place) == (2, (1, 2))


def test_a_guest_who_stays_at_home_leaves_a_seat_for_who_waits(bob):
    meetup = make_meetup(capacity=2)
    record_rsvp(meetup, bob, GOING, guests=1)
    waiting = make_rsvp(meetup)

    record_rsvp(meetup, bob, GOING, guests=0)

    assert answers(meetup) == [GOING, GOING]
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_who_waits_with_fewer_guests_goes_in_where_that_fits():
    meetup = make_meetup(capacity=2)
    make_rsvp(meetup)
    party = make_rsvp(meetup, guests=1)

    rsvp = record_rsvp(meetup, party.member, GOING, guests=0)

    assert rsvp.answer == GOING


@pytest.mark.parametrize("guests", [3, 10, -1])
def test_more_guests_than_the_club_allows_are_refused(bob, guests):
    assert refused(make_meetup(), bob, guests=guests) == "guests"


def test_guests_that_were_allowed_once_stay(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING, guests=2)
    make_club(guests_allowed=0)

    assert record_rsvp(meetup, bob, GOING, guests=2).guests == 2
    assert record_rsvp(meetup, bob, GOING, guests=1).guests == 1


# Leaving


def test_a_seat_that_is_given_back_goes_to_the_first_in_the_line(full):
    first, second = make_rsvp(full), make_rsvp(full)

    record_rsvp(full, full.rsvps.first().member, NOT_GOING)

    assert answers(full) == [NOT_GOING, GOING, GOING, WAITING]
    assert mails(first.member) == ["rsvp-waiting", "rsvp-promoted"]
    assert mails(second.member) == ["rsvp-waiting"]
    assert second.place == (1, 1)


def test_a_free_seat_passes_a_party_that_is_too_large_for_it(full):
    party, single = make_rsvp(full, guests=1), make_rsvp(full)

    record_rsvp(full, full.rsvps.first().member, NOT_GOING)

    assert answers(full) == [NOT_GOING, GOING, WAITING, GOING]
    assert party.place == (1, 1)
    assert mails(single.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_who_leaves_and_comes_back_stands_at_the_end(full):
    leaver = full.rsvps.first().member
    others = [make_rsvp(full), make_rsvp(full)]

    record_rsvp(full, leaver, NOT_GOING)
    back = record_rsvp(full, leaver, GOING)

    assert answers(full) == [GOING, GOING, WAITING, WAITING]
    assert [rsvp.place for rsvp in (others[1], back)] == [(1, 2), (2, 2)]
    assert mails(leaver) == ["rsvp-going", "rsvp-waiting"]


def test_who_leaves_takes_their_guests_along(bob):
    meetup = make_meetup(capacity=3)
    record_rsvp(meetup, bob, GOING, guests=2)

    rsvp = record_rsvp(meetup, bob, NOT_GOING, line="Ill")

    assert (rsvp.answer, rsvp.guests, rsvp.line) == (NOT_GOING, 0, "Ill")
    assert Seats.objects.get().taken == 0


def test_leaving_the_line_frees_no_seat(full, bob):
    record_rsvp(full, bob, GOING)

    record_rsvp(full, bob, NOT_GOING)

    assert answers(full) == [GOING, GOING, NOT_GOING]


def test_who_can_not_come_may_say_so_without_having_asked_and_twice(bob):
    meetup = make_meetup(capacity=1)

    for _ in range(2):
        record_rsvp(meetup, bob, NOT_GOING)

    assert answers(meetup) == [NOT_GOING]
    assert mails(bob) == []


# The organiser changes the evening


def test_a_capacity_raised_by_five_with_three_waiting_promotes_three_once_each(full):
    waiting = [make_rsvp(full) for _ in range(3)]

    seated = change(full, capacity=7)
    change(full, capacity=7)

    assert seated == waiting
    assert answers(full) == [GOING] * 5
    assert [mails(rsvp.member) for rsvp in waiting] == [["rsvp-waiting", "rsvp-promoted"]] * 3
    assert Meetup.objects.get().seats_free == 2


def test_a_capacity_that_is_taken_away_seats_everybody(full):
    for guests in (0, 2):
        make_rsvp(full, guests=guests)

    change(full, capacity=None)

    assert answers(full) == [GOING] * 4


def test_a_capacity_that_is_lowered_throws_nobody_out_and_lets_nobody_in_before_it_is_reached(bob):
    meetup = make_meetup(capacity=3)
    going = [make_rsvp(meetup) for _ in range(3)]

    change(meetup, capacity=1)
    waiting = record_rsvp(meetup, bob, GOING)
    record_rsvp(meetup, going[0].member, NOT_GOING)
    record_rsvp(meetup, going[1].member, NOT_GOING)

    assert answers(meetup) == [NOT_GOING, NOT_GOING, GOING, WAITING]
    assert waiting.place == (1, 1)
    record_rsvp(meetup, going[2].member, NOT_GOING)
    assert answers(meetup)[-1] == GOING


def test_a_capacity_for_an_evening_that_had_none_is_kept_from_then_on(bob):
    meetup = make_meetup(capacity=None)
    make_rsvp(meetup)
    make_rsvp(meetup)

    change(meetup, capacity=1)

    assert record_rsvp(meetup, bob, GOING).answer == WAITING
    with pytest.raises(IntegrityError), transaction.atomic():
        Seats.objects.update(taken=3)


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
def test_nobody_is_called_to_what_they_can_not_see_or_come_to(full, fields):
    waiting = make_rsvp(full)

    change(full, capacity=9, **fields)

    assert answers(full) == [GOING, GOING, WAITING]
    assert mails(waiting.member) == ["rsvp-waiting"]


@pytest.mark.parametrize("fields", [UNDATED, {"rsvps_close_at": timezone.now() - HOUR}], ids=["undated", "closed"])
def test_the_line_moves_on_without_a_date_and_after_closing_time(full, fields):
    make_rsvp(full)

    change(full, capacity=9, **fields)

    assert answers(full) == [GOING] * 3


# An organiser says yes


def test_a_yes_seats_whoever_waited_for_it_in_the_place_that_they_had(bob):
    meetup, other = make_meetup(capacity=1), make_meetup()
    stranger = make_member(approved_at=None)
    record_rsvp(meetup, stranger, "going")
    record_rsvp(other, stranger, "going")
    record_rsvp(meetup, bob, "going")
    waiting = make_rsvp(meetup)
    joining.approve(make_member(approved_at=None))
    assert line(meetup) == [stranger, waiting.member]

    for _ in range(2):
        joining.approve(stranger)

    assert line(meetup) == [stranger, waiting.member]
    assert answers(meetup) == ["waiting", "going", "waiting"]
    assert answers(other) == ["going"]
    assert sorted(mails(stranger)) == ["approved", "rsvp-going", "rsvp-pending", "rsvp-pending", "rsvp-waiting"]
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
def test_a_meetup_that_takes_no_rsvps_says_so(bob, fields, code):
    meetup = make_meetup(**fields)

    assert refused(meetup, bob) == code


def test_a_meetup_that_has_begun_takes_no_more(bob):
    meetup = make_meetup()

    with time_machine.travel(meetup.starts_at, tick=False):
        assert refused(meetup, bob) == "closed"


@pytest.mark.parametrize(("offset", "codes"), [(-1, ["soon", None]), (1, [None, "closed"])], ids=["opens", "closes"])
def test_seats_can_be_saved_from_the_very_moment_and_until_it(bob, offset, codes):
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


def test_who_has_a_seat_may_leave_or_press_again_after_closing_time_but_not_ask_for_more(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING, guests=1)
    change(meetup, rsvps_close_at=timezone.now() - HOUR)

    assert record_rsvp(meetup, bob, GOING, guests=1).answer == GOING
    assert refused(meetup, bob, guests=2) == "closed"
    assert record_rsvp(meetup, bob, GOING).guests == 0
    assert record_rsvp(meetup, bob, NOT_GOING).answer == NOT_GOING
    assert refused(meetup, bob) == "closed"


def test_the_seat_of_a_cancelled_meetup_can_not_be_asked_for_again(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING)
    hosting.cancel(meetup)

    assert refused(meetup, bob) == "cancelled"
    assert record_rsvp(meetup, bob, NOT_GOING).answer == NOT_GOING


def test_nothing_changes_about_an_evening_that_is_over(bob):
    meetup = make_meetup()
    record_rsvp(meetup, bob, GOING)

    with time_machine.travel(meetup.ends_at, tick=False):
        assert refused(meetup, bob, NOT_GOING) == "past"


def test_a_meetup_that_is_gone_is_not_found_and_leaves_nothing(bob):
    meetup = make_meetup()
    Meetup.objects.get().delete()

    with pytest.raises(Meetup.DoesNotExist):
        record_rsvp(meetup, bob, GOING)

    assert (RSVP.objects.count(), Seats.objects.count()) == (0, 0)


def test_a_meetup_goes_with_its_answers(full):
    Meetup.objects.get(pk=full.pk).delete()

    assert (RSVP.objects.count(), Seats.objects.count()) == (0, 0)


# What is put right later


def test_seats_that_somebody_left_without_a_word_are_counted_anew(full):
    waiting = make_rsvp(full)
    full.rsvps.first().delete()

    settle(full)
    settle(full)

    assert answers(full) == [GOING, GOING]
    assert mails(waiting.member) == ["rsvp-waiting", "rsvp-promoted"]


def test_the_chore_seats_who_waits_as_soon_as_a_meetup_is_published_again(full):
    waiting = make_rsvp(full)
    change(full, published_at=None, capacity=9)
    settle_all()
    assert answers(full) == [GOING, GOING, WAITING]

    Meetup.objects.update(published_at=timezone.now())
    settle_all()

    assert answers(full) == [GOING] * 3
    assert mails(waiting.member)[-1] == "rsvp-promoted"


def test_the_chore_leaves_alone_what_is_in_order(full, django_assert_num_queries):
    make_meetup(date=dt.date(2018, 10, 10), capacity=1)

    with django_assert_num_queries(3):
        settle_all()


def test_what_fails_in_the_middle_changes_nothing(full, bob):
    def fail_after_joining():
        with locked_seats(full) as seats:
            seating.join(seats, seating.rsvp_of(seats, bob), 0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_joining()

    assert answers(full) == [GOING, GOING]
    assert mails(bob) == []
