"""Many at the same moment, in processes of their own. The large races are commands in bench/."""

import os
import signal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookclub import joining
from bookclub.models import OutgoingMail
from meetups import seating
from meetups.models import RSVP, Meetup, Seats
from tests.factories import make_meetup, make_member, make_rsvp
from tests.racing import FORK, ask, race, without_lock, wrong_in

pytestmark = pytest.mark.django_db(transaction=True)

RACERS, SEATS = 8, 4


@pytest.fixture
def evening():
    meetup = make_meetup(capacity=SEATS)
    Seats.objects.create(meetup=meetup)
    return meetup


def askers(meetup, number=RACERS):
    return [ask(meetup, make_member()) for _ in range(number)]


def test_as_many_go_as_there_are_seats_and_the_rest_wait_in_the_order_of_commit():
    for _ in range(3):
        evening = make_meetup(capacity=SEATS)

        runs = race(askers(evening))

        assert wrong_in(evening, runs) == []


def test_without_the_lock_the_same_race_oversells(evening):
    have_read = FORK.Barrier(RACERS)

    runs = race([without_lock(act, have_read=have_read) for act in askers(evening)])

    assert [run.error for run in runs] == [""] * RACERS
    assert evening.rsvps.going().count() > SEATS


def test_without_the_lock_the_database_itself_refuses_to_oversell(evening):
    have_read = FORK.Barrier(RACERS)

    runs = race([without_lock(act, guarded=True, have_read=have_read) for act in askers(evening)])

    refused = [run for run in runs if run.error]
    assert len(refused) == RACERS - SEATS
    assert all("IntegrityError" in run.error and "seats_taken_are_seats_that_there_are" in run.error for run in refused)
    assert evening.rsvps.going().count() == SEATS
    assert OutgoingMail.objects.count() == SEATS


def test_a_button_that_is_pressed_many_times_is_one_answer_and_one_mail(evening, bob):
    runs = race([ask(evening, bob) for _ in range(RACERS)])

    assert [(run.error, run.result) for run in runs] == [("", ("going", 1))] * RACERS
    assert evening.rsvps.count() == OutgoingMail.objects.count() == Seats.objects.get().taken == 1


def test_a_capacity_that_is_raised_many_times_at_once_promotes_each_once():
    evening = make_meetup(capacity=2)
    for _ in range(5):
        make_rsvp(evening)

    def raise_it():
        with seating.changing(evening) as seats:
            seats.meetup.capacity = 7
            seats.meetup.save(update_fields=["capacity"])

    runs = race([raise_it] * 4)

    assert [run.error for run in runs] == [""] * 4
    assert evening.rsvps.going().count() == Seats.objects.get().taken == 5
    assert OutgoingMail.objects.filter(kind="rsvp-promoted").count() == 3


def test_who_is_let_in_while_they_ask_is_not_left_waiting_for_a_yes(evening):
    stranger = make_member(approved_at=None)
    has_asked, has_yes = FORK.Event(), FORK.Event()

    def ask_slowly():
        with transaction.atomic():
            seating.record_rsvp(evening, stranger, "going")
            has_asked.set()
            return has_yes.wait(0.3)  # in vain: the yes waits for this to be over

    def say_yes():
        has_asked.wait()
        joining.approve(stranger)
        has_yes.set()

    asking, saying = race([ask_slowly, say_yes])

    assert (asking.error, saying.error, asking.result) == ("", "", False)
    assert evening.rsvps.get().answer == "going"


def test_a_meetup_that_is_deleted_while_people_ask_leaves_nothing_behind(evening):
    members = [make_member() for _ in range(6)]

    runs = race([*(ask(evening, member) for member in members), lambda: evening.delete() and None])

    assert runs[-1].error == ""
    assert {run.error.partition(":")[0] for run in runs} <= {"", "DoesNotExist"}
    assert (Meetup.objects.count(), RSVP.objects.count(), Seats.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("words", ['INTO "bookclub_outgoingmail"', 'UPDATE "meetups_seats"'])
def test_who_is_killed_in_the_middle_leaves_neither_a_seat_nor_a_mail(evening, bob, words):
    def die_at_writing(execute, sql, params, many, context):
        if words in sql:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    def act():
        with connection.execute_wrapper(die_at_writing):
            return seating.record_rsvp(evening, bob, "going").answer

    [run] = race([act])

    assert run.error == "killed"
    assert (RSVP.objects.count(), OutgoingMail.objects.count(), Seats.objects.get().taken) == (0, 0, 0)
    assert make_rsvp(evening, bob).answer == "going"
    assert OutgoingMail.objects.filter(to=bob.email, written_at__lte=timezone.now()).count() == 1
