"""Concurrent RSVPs in separate processes. Larger races are commands in bench/."""

import os
import signal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookclub import approval
from bookclub.mail.models import OutgoingMail
from meetups import rsvps
from meetups.models import RSVP, Meetup, SeatCounter
from tests.factories import make_meetup, make_member, make_rsvp
from tests.racing import FORK, ask, race, without_lock, wrong_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

RACERS, SEATS = 8, 4


@pytest.fixture
def meetup():
    meetup = make_meetup(capacity=SEATS)
    SeatCounter.objects.create(meetup=meetup)
    return meetup


def askers(meetup, number=RACERS):
    return [ask(meetup, make_member()) for _ in range(number)]


def test_racing_rsvps_fill_seats_and_queue_in_commit_order():
    for _ in range(3):
        meetup = make_meetup(capacity=SEATS)

        runs = race(askers(meetup))

        assert wrong_in(meetup, runs) == []


def test_racing_rsvps_oversell_without_lock(meetup):
    have_read = FORK.Barrier(RACERS)

    runs = race([without_lock(act, have_read=have_read) for act in askers(meetup)])

    assert [run.error for run in runs] == [""] * RACERS
    assert meetup.rsvps.going().count() > SEATS


def test_database_refuses_oversold_seats_without_lock(meetup):
    have_read = FORK.Barrier(RACERS)

    runs = race([without_lock(act, guarded=True, have_read=have_read) for act in askers(meetup)])

    refused = [run for run in runs if run.error]
    assert len(refused) == RACERS - SEATS
    assert all("IntegrityError" in run.error and "seats_taken_stay_within_limit" in run.error for run in refused)
    assert meetup.rsvps.going().count() == SEATS
    assert OutgoingMail.objects.count() == SEATS


def test_repeated_rsvp_makes_one_row_and_one_mail(meetup, bob):
    runs = race([ask(meetup, bob) for _ in range(RACERS)])

    assert [(run.error, run.result) for run in runs] == [("", ("going", 1))] * RACERS
    assert meetup.rsvps.count() == OutgoingMail.objects.count() == SeatCounter.objects.get().taken == 1


def test_racing_capacity_raises_promote_each_once():
    meetup = make_meetup(capacity=2)
    for _ in range(5):
        make_rsvp(meetup)

    def raise_it():
        with rsvps.locked_meetup_change(meetup) as seats:
            seats.meetup.capacity = 7
            seats.meetup.save(update_fields=["capacity"])

    runs = race([raise_it] * 4)

    assert [run.error for run in runs] == [""] * 4
    assert meetup.rsvps.going().count() == SeatCounter.objects.get().taken == 5
    assert OutgoingMail.objects.filter(kind="rsvp-promoted").count() == 3


def test_approval_racing_with_rsvp_leaves_nobody_pending(meetup):
    stranger = make_member(approved_at=None)
    has_asked, has_yes = FORK.Event(), FORK.Event()

    def ask_slowly():
        with transaction.atomic():
            rsvps.record_rsvp(meetup, stranger, "going")
            has_asked.set()
            return has_yes.wait(0.3)  # times out: the approval waits for this transaction

    def say_yes():
        has_asked.wait()
        approval.approve_member(stranger)
        has_yes.set()

    asking, saying = race([ask_slowly, say_yes])

    assert (asking.error, saying.error, asking.result) == ("", "", False)
    assert meetup.rsvps.get().answer == "going"


def test_meetup_deleted_during_rsvps_leaves_no_rows(meetup):
    members = [make_member() for _ in range(6)]

    runs = race([*(ask(meetup, member) for member in members), lambda: meetup.delete() and None])

    assert runs[-1].error == ""
    assert {run.error.partition(":")[0] for run in runs} <= {"", "DoesNotExist"}
    assert (Meetup.objects.count(), RSVP.objects.count(), SeatCounter.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("words", ['INTO "bookclub_outgoingmail"', 'UPDATE "meetups_seatcounter"'])
def test_killed_rsvp_leaves_neither_seat_nor_mail(meetup, bob, words):
    def die_at_writing(execute, sql, params, many, context):
        if words in sql:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    def act():
        with connection.execute_wrapper(die_at_writing):
            return rsvps.record_rsvp(meetup, bob, "going").answer

    [run] = race([act])

    assert run.error == "killed"
    assert (RSVP.objects.count(), OutgoingMail.objects.count(), SeatCounter.objects.get().taken) == (0, 0, 0)
    assert make_rsvp(meetup, bob).answer == "going"
    assert OutgoingMail.objects.filter(to=bob.email, written_at__lte=timezone.now()).count() == 1
