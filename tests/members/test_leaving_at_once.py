"""Leaving at the same moment as others, in processes of their own."""

import pytest

from bookclub.models import OutgoingMail
from meetups.models import Seats
from members import leaving
from members.leaving import leave
from members.models import Member
from tests.factories import make_meetup, make_member, make_organiser, make_rsvp
from tests.racing import FORK, ask, race

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_the_last_organisers_one_stays_when_all_leave_at_once():
    organisers = [make_organiser() for _ in range(3)]

    runs = race([lambda each=each: leave(each) for each in organisers])

    assert sorted(run.error[:15] for run in runs) == ["", "", "ValidationError"]
    assert Member.objects.organisers().count() == 1


def test_where_they_are_counted_before_the_lock_all_of_them_go():
    organisers = [make_organiser() for _ in range(3)]
    have_counted = FORK.Barrier(len(organisers))

    def count_first(member):
        leaving.check_can_leave(member)
        have_counted.wait()
        leaving.check_can_leave = lambda *members: None  # in this process, which ends with the act
        leave(member)

    runs = race([lambda each=each: count_first(each) for each in organisers])

    assert [run.error for run in runs] == [""] * 3
    assert not Member.objects.organisers().exists()


def test_a_button_that_is_pressed_many_times_deletes_once(bob):
    runs = race([lambda: leave(bob)] * 4)

    assert [run.error for run in runs] == [""] * 4
    assert OutgoingMail.objects.filter(kind="account-gone").count() == 1


def test_seats_that_several_leave_at_once_go_to_those_who_wait_and_ask():
    evenings = [make_meetup(capacity=4) for _ in range(2)]
    members = [make_member() for _ in range(6)]
    for evening in evenings:
        for member in members:
            make_rsvp(evening, member)
    late = [make_member() for _ in range(2)]

    acts = [lambda each=each: leave(each) for each in members[:4]]
    runs = race([*acts, *(ask(evening, member) for evening, member in zip(evenings, late, strict=True))])

    assert [run.error for run in runs] == [""] * 6
    for evening, newcomer in zip(evenings, late, strict=True):
        assert {rsvp.member for rsvp in evening.rsvps.going()} == {*members[4:], newcomer}
        assert Seats.objects.get(meetup=evening).taken == evening.rsvps.count() == 3
