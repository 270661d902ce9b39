import pytest
from django.db import IntegrityError, transaction

from meetups.models import RSVP, Seats
from tests.factories import make_meetup, make_member, make_rsvp

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening():
    return make_meetup(capacity=1)


def refused_by(constraint, act):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    # SQLite names the columns of a unique constraint, and not the constraint.
    return constraint in str(refusal.value) or "UNIQUE" in str(refusal.value)


def test_a_member_has_one_rsvp_to_a_meetup(evening, bob):
    make_rsvp(evening, bob)

    twice = RSVP(meetup=evening, member=bob, answer="going", turn=99)

    assert refused_by("rsvp_is_one_of_its_member_to_its_meetup", twice.save)


def test_no_two_have_the_same_turn(evening, bob):
    first = make_rsvp(evening)

    other = RSVP(meetup=evening, member=bob, answer="going", turn=first.turn)

    assert refused_by("rsvp_has_a_turn_of_its_own", other.save)


def test_nobody_brings_more_than_nine_guests(evening, bob):
    crowd = RSVP(meetup=evening, member=bob, answer="going", turn=9, guests=10)

    assert refused_by("rsvp_brings_nine_guests_at_most", crowd.save)


@pytest.mark.parametrize("taken", [2, -1])
def test_the_database_takes_no_more_seats_than_there_are_and_no_fewer_than_none(evening, taken):
    make_rsvp(evening)

    def take():
        Seats.objects.filter(meetup=evening).update(taken=taken)

    assert refused_by("taken", take)


def test_each_answer_has_its_list_in_the_order_of_asking(evening):
    going = make_rsvp(evening)
    pending = make_rsvp(evening, make_member(approved_at=None))
    waiting = make_rsvp(evening)
    not_going = make_rsvp(evening, answer="not_going")

    assert list(evening.rsvps.going()) == [going]
    assert list(evening.rsvps.waiting()) == [waiting]
    assert list(evening.rsvps.pending()) == [pending]
    assert list(evening.rsvps.in_line()) == [pending, waiting]
    assert set(evening.rsvps.coming()) == {going, pending, waiting}
    assert [rsvp.is_coming for rsvp in (going, pending, waiting, not_going)] == [True, True, True, False]


def test_seats_are_counted_with_guests():
    evening = make_meetup()
    for guests in (0, 2):
        rsvp = make_rsvp(evening)
        RSVP.objects.filter(pk=rsvp.pk).update(guests=guests)

    assert evening.rsvps.going().seat_count() == 4
    assert evening.rsvps.waiting().seat_count() == 0


def test_a_place_in_the_line_is_said_with_its_length(evening, django_assert_num_queries):
    make_rsvp(evening)
    pending = make_rsvp(evening, make_member(approved_at=None))
    line = [pending, make_rsvp(evening), make_rsvp(evening)]

    with django_assert_num_queries(3):
        places = [rsvp.place for rsvp in line]

    assert places == [(1, 3), (2, 3), (3, 3)]
