"""Run functions at the same moment, each in a process with its own database connection.

Tests must use `transactional_db`: other processes don't see uncommitted data.
"""

import multiprocessing
import time
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.db import connection, connections, transaction

from bookclub.mail.models import OutgoingMail
from meetups import emails, rsvps
from meetups.models import RSVP, SeatCounter

FORK = multiprocessing.get_context("fork")
SECONDS = 60


@dataclass
class Run:
    """The outcome of one process: `result`, or `error` as text; all processes use one clock."""

    began: float
    ended: float
    result: object = None
    error: str = ""


def race(acts, seconds=SECONDS):
    """Run each of `acts` in its own process, all started at once. Return a list of Runs in the same order.

    The Run of a killed process has the error "killed".
    """
    connections.close_all()
    start = FORK.Barrier(len(acts))
    racers = [Racer(act, start) for act in acts]
    runs = [racer.finish(seconds) for racer in racers]
    connections.close_all()
    return runs


class Racer:
    def __init__(self, act, start):
        self.ours, theirs = FORK.Pipe(duplex=False)
        self.process = FORK.Process(target=self.run, args=(act, start, theirs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # newer Python versions warn about forking with threads
            self.process.start()
        theirs.close()

    def run(self, act, start, pipe):
        connection.ensure_connection()
        start.wait()
        run = Run(time.monotonic(), 0)
        try:
            run.result = act()
        except Exception as error:  # the test checks it
            run.error = f"{type(error).__name__}: {error}"
        run.ended = time.monotonic()
        connections.close_all()
        pipe.send(run)

    def finish(self, seconds):
        run = Run(0, 0, error="killed")
        if self.ours.poll(seconds):
            with suppress(EOFError):
                run = self.ours.recv()
        self.process.join(seconds)
        return run


def ask(meetup, member, answer=RSVP.Answer.GOING, **options):
    """Return a function that records an RSVP of `member`."""

    def act():
        rsvp = rsvps.record_rsvp(meetup, member, answer, **options)
        return rsvp.answer, rsvp.queue_position

    return act


def without_lock(act, *, guarded=False, have_read=None):
    """Control for a race: return `act` with the seats read without a lock and outside of the transaction.

    Unless `guarded`, it also bypasses the other protections: CHECK constraint, increment, unique queue position. With
    the barrier `have_read` no process writes before all have read.
    """

    @contextmanager
    def unlocked_seat_counter(meetup):
        counter = SeatCounter.objects.get(pk=meetup.pk)
        counter.meetup, counter.rsvps_to_answer, counter.newly_seated = rsvps.reload_meetup(meetup), {}, []
        counter.taken_before = counter.already_seated = counter.taken
        if have_read:
            have_read.wait()
        counter.last_queue_position = multiprocessing.current_process().pid
        with transaction.atomic():
            yield counter
            rsvps.promote_from_queue(counter)
            for rsvp in counter.rsvps_to_answer.values():
                emails.write_answer_mail(rsvp)
            if guarded:
                rsvps.save_seat_counter(counter)
            else:
                SeatCounter.objects.filter(pk=counter.pk).update(taken=counter.taken, limit=None)

    def unlocked():
        rsvps.locked_seat_counter = unlocked_seat_counter  # only in this process, which ends after the act
        return act()

    return unlocked


def wrong_in(meetup, runs):
    """Return descriptions of the faults after a race of single RSVPs for `meetup`; empty if there are none."""
    wrong = [run.error for run in runs if run.error]
    capacity = meetup.capacity
    rsvps = list(meetup.rsvps.order_by("queue_position").values_list("pk", "member", "answer", "queue_position"))
    going = [rsvp for rsvp in rsvps if rsvp[2] == RSVP.Answer.GOING]
    if len(going) != capacity or SeatCounter.objects.get(pk=meetup.pk).taken != capacity:
        wrong.append(f"{len(going)} going and {SeatCounter.objects.get(pk=meetup.pk)} taken, of {capacity}")
    if [rsvp[2] for rsvp in rsvps] != ["going"] * capacity + ["waiting"] * (len(rsvps) - capacity):
        wrong.append("who came later has a seat, and who came before waits")
    # Under the lock, primary keys are in the order of the commits.
    members = dict(meetup.rsvps.values_list("member__email", "member"))
    mails = OutgoingMail.objects.filter(to__in=members, key__regex=rf"^rsvp-[a-z]+:{meetup.pk}:")
    mails = mails.order_by("pk").values_list("to", flat=True)
    if not [rsvp[1] for rsvp in sorted(rsvps)] == [rsvp[1] for rsvp in rsvps] == [members[to] for to in mails]:
        wrong.append("turns, rows and mails are not in the order of commit")
    return wrong + overtaken(runs)


def overtaken(runs):
    """Return members who had answered before another asked but are behind them."""
    done = sorted((run for run in runs if not run.error), key=lambda run: run.result[1])
    return [
        f"turn {after.result[1]} was answered before turn {before.result[1]} asked"
        for number, before in enumerate(done)
        for after in done[number + 1 :]
        if after.ended < before.began
    ]
