"""A seat for whom, in what order. All that changes who comes goes through here, under the lock on `Seats`.

The rule: who asks is seated while the seats last; then they wait in the order in which they asked. A free seat goes to
the first in the queue whose party fits, so a larger party may see a smaller one behind it go in. Whoever leaves and
comes back stands at the end. A capacity that is lowered throws nobody out.
"""

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bookclub.models import Club
from meetups import emails
from meetups.models import RSVP, Meetup, Seats

Answer, Stage = RSVP.Answer, Meetup.Stage
CLOSED = {
    Stage.TO_BE_ANNOUNCED: "Seats can be saved as soon as there is a date.",
    Stage.SOON: "Seats can't be saved yet.",
    Stage.CLOSED: "Seats can't be saved any more. Write to us if you still want to come.",
    Stage.CANCELLED: "This meetup is cancelled.",
    Stage.PAST: "This meetup is over.",
}
SEATED = {Answer.GOING}


@contextmanager
def locked_seats(meetup):
    """The Seats of `meetup`, with the meetup as it stands now; what is free at the end goes to those who wait.

    One transaction. Raises Meetup.DoesNotExist where the meetup is gone.
    """
    with transaction.atomic():
        seats = Seats.objects.lock(meetup)
        seats.meetup = Meetup.objects.select_related("venue", "book").get(pk=meetup.pk)
        capacity, taken = seats.meetup.capacity, seats.taken
        limit = None if capacity is None else max(capacity, taken)
        yield seats
        promote(seats)
        if limit is not None:
            limit = max(capacity, min(limit, seats.taken))
        # As a difference, and not as a sum: should the lock ever fail, the database sees what was taken twice.
        Seats.objects.filter(pk=seats.pk).update(taken=F("taken") + seats.taken - taken, limit=limit, turns=seats.turns)


def record_rsvp(meetup, member, answer, *, guests=0, line="") -> RSVP:
    """Keep `member`'s answer (going or not going) in place of an earlier one; going may become waiting or pending.

    The same answer again changes nothing but the line. The mail that tells of it is written in the same transaction.
    Raises ValidationError, with words for the member, where the meetup takes no such answer.
    """
    with locked_seats(meetup) as seats:
        check(seats.meetup, answer, guests)
        rsvp = RSVP.objects.filter(meetup=meetup.pk, member=member).first()
        rsvp = change(seats, rsvp, member, answer, guests, line)
    rsvp.refresh_from_db()
    return rsvp


def check(meetup, answer, guests):
    """Raises ValidationError where `meetup` takes no such answer, with what the member can do."""
    if answer == Answer.NOT_GOING:
        if meetup.is_past:
            raise ValidationError("This meetup is over.", code="past")
        return
    if meetup.stage not in {Stage.OPEN, Stage.FULL}:
        raise ValidationError(CLOSED[meetup.stage], code=meetup.stage)
    if guests > Club.objects.current().guests_allowed:
        raise ValidationError("That is more guests than one member may bring.", code="guests")


def change(seats, rsvp, member, answer, guests, line):
    """The RSVP as it is to be: seated, in the queue where it was, or at its end."""
    if rsvp is None:
        if answer == Answer.NOT_GOING:
            turn = seats.next_turn()
            return RSVP.objects.create(meetup=seats.meetup, member=member, answer=answer, line=line, turn=turn)
        rsvp = RSVP(meetup=seats.meetup, member=member, answer=Answer.NOT_GOING)
    before, guests_before = rsvp.answer, rsvp.guests
    rsvp.line, rsvp.answered_at = line, timezone.now()
    if answer == Answer.NOT_GOING:
        release(seats, rsvp)
    elif before == Answer.NOT_GOING or guests > guests_before:
        release(seats, rsvp)
        place(seats, rsvp, guests)
    elif guests < guests_before:
        seats.taken -= (guests_before - guests) if before in SEATED else 0
        rsvp.guests = guests
    rsvp.removed_because = ""
    rsvp.save()
    if rsvp.answer != before and rsvp.answer != Answer.NOT_GOING:
        emails.write_answer(rsvp)
    return rsvp


def place(seats, rsvp, guests):
    """At the end of the line, and straight to a seat if there is one and nobody waits for it."""
    rsvp.guests, rsvp.turn, rsvp.asked_at = guests, seats.next_turn(), timezone.now()
    if rsvp.member.approved_at is None:
        rsvp.answer = Answer.PENDING
    elif seats.fits(rsvp.seats) and not seats.meetup.rsvps.waiting().exists():
        rsvp.answer = Answer.GOING
        seats.taken += rsvp.seats
    else:
        rsvp.answer = Answer.WAITING


def release(seats, rsvp):
    if rsvp.answer in SEATED:
        seats.taken -= rsvp.seats
    rsvp.answer, rsvp.guests = Answer.NOT_GOING, 0


def promote(seats):
    """Seat those who wait, in order, as far as the seats go; each is told in the same transaction."""
    if seats.meetup.cancelled_at or seats.meetup.is_past:
        return
    for rsvp in seats.meetup.rsvps.waiting().select_related("member"):
        if seats.fits(rsvp.seats):
            rsvp.answer, rsvp.answered_at = Answer.GOING, timezone.now()
            rsvp.save(update_fields=["answer", "answered_at"])
            seats.taken += rsvp.seats
            emails.write_promoted(rsvp)
