import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from meetups.models import RSVP, Meetup, SeatCounter
from tests.factories import make_meetup, make_member, make_rsvp

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup():
    return make_meetup(capacity=1)


def refused_by(constraint, act):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    # SQLite's error names the columns of a unique constraint instead of the constraint.
    return constraint in str(refusal.value) or "UNIQUE" in str(refusal.value)


@pytest.mark.both_databases
def test_rsvp_is_unique_per_member_and_meetup(meetup, bob):
    make_rsvp(meetup, bob)

    twice = RSVP(meetup=meetup, member=bob, answer="going", queue_position=99)

    assert refused_by("member_answers_a_meetup_once", twice.save)


@pytest.mark.both_databases
def test_queue_position_is_unique_in_meetup(meetup, bob):
    first = make_rsvp(meetup)

    other = RSVP(meetup=meetup, member=bob, answer="going", queue_position=first.queue_position)

    assert refused_by("rsvp_has_its_own_queue_position", other.save)


@pytest.mark.both_databases
def test_database_refuses_more_than_nine_guests(meetup, bob):
    crowd = RSVP(meetup=meetup, member=bob, answer="going", queue_position=9, guests=10)

    assert refused_by("rsvp_brings_nine_guests_at_most", crowd.save)


@pytest.mark.both_databases
@pytest.mark.parametrize("taken", [2, -1])
def test_database_keeps_taken_seats_between_zero_and_limit(meetup, taken):
    make_rsvp(meetup)

    def take():
        SeatCounter.objects.filter(meetup=meetup).update(taken=taken)

    assert refused_by("taken", take)


@pytest.mark.both_databases
def test_answer_querysets_are_in_queue_order(meetup):
    going = make_rsvp(meetup)
    pending = make_rsvp(meetup, make_member(approved_at=None))
    waiting = make_rsvp(meetup)
    not_going = make_rsvp(meetup, answer="not_going")

    assert list(meetup.rsvps.going()) == [going]
    assert list(meetup.rsvps.waiting()) == [waiting]
    assert list(meetup.rsvps.pending()) == [pending]
    assert list(meetup.rsvps.queued()) == [pending, waiting]
    assert set(meetup.rsvps.going_or_queued()) == {going, pending, waiting}
    assert [rsvp.is_going_or_queued for rsvp in (going, pending, waiting, not_going)] == [True, True, True, False]


def test_count_seats_includes_guests():
    meetup = make_meetup()
    for guests in (0, 2):
        rsvp = make_rsvp(meetup)
        RSVP.objects.filter(pk=rsvp.pk).update(guests=guests)

    assert meetup.rsvps.going().count_seats() == 4
    assert meetup.rsvps.waiting().count_seats() == 0


def test_queue_place_has_place_and_length(meetup, django_assert_num_queries):
    make_rsvp(meetup)
    pending = make_rsvp(meetup, make_member(approved_at=None))
    line = [pending, make_rsvp(meetup), make_rsvp(meetup)]

    with django_assert_num_queries(3):
        places = [rsvp.queue_place for rsvp in line]

    assert places == [(1, 3), (2, 3), (3, 3)]


def test_with_visible_meetups_leaves_out_hidden_meetups(bob):
    seen = make_rsvp(member=bob)
    hidden = make_rsvp(member=bob)
    Meetup.objects.filter(pk=hidden.meetup_id).update(published_at=None)

    assert list(RSVP.objects.with_visible_meetups(bob)) == [seen]


@pytest.mark.both_databases
def test_with_visible_meetups_is_ordered_by_date_nulls_last(bob):
    undated = make_rsvp(make_meetup(), bob)
    late, early = (make_rsvp(make_meetup(date=date), bob) for date in (dt.date(2099, 3, 2), dt.date(2099, 3, 1)))
    Meetup.objects.filter(pk=undated.meetup_id).update(
        date=None, start_time=None, end_time=None, starts_at=None, ends_at=None
    )

    assert list(RSVP.objects.with_visible_meetups(bob)) == [early, late, undated]


@pytest.mark.parametrize(
    ("answer", "attended", "label"),
    [
        ("going", None, "You had a seat"),
        ("going", True, "You came"),
        ("going", False, "You were not there"),
        ("not_going", True, "You came"),
        ("not_going", None, "You were not there"),
    ],
)
def test_attendance_label_tells_what_was_recorded(answer, attended, label):
    assert RSVP(answer=answer, attended=attended).attendance_label == label


def test_queue_place_label_counts_in_words(meetup):
    make_rsvp(meetup)
    queued = [make_rsvp(meetup) for _ in range(3)]

    assert [rsvp.queue_place_label for rsvp in queued] == ["1st of 3", "2nd of 3", "3rd of 3"]
