"""A seat for whom, in what order. All that changes who comes goes through here, under the lock on `Seats`.

The rule:

- Whoever asks goes to the end of the line. Then the line is walked from its front, and every party that fits into what
  is free takes its seats. So whoever comes new never takes a seat that somebody ahead could have had; a party that is
  too large keeps its place, and may see a smaller one behind it go in.
- The line moves whenever anything changes: somebody leaves or brings fewer guests, an organiser raises the capacity or
  takes it away, says yes to a member, takes a cancelling back. Not while the meetup is a draft or cancelled, and not
  once it has begun: nobody is called to what they can't see or come to.
- Who leaves and comes back stands at the end. Who is in the line may bring more guests or fewer, and keeps their place.
  Who has a seat and asks for more than there are keeps the seats they have, and is told so.
- Who waits for an organiser's yes holds no seat but keeps their place in the line.
- A capacity that is lowered throws nobody out.

What organisers do to the list stands in `meetups.hosting`.
"""

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bookclub.models import Club
from meetups import emails
from meetups.models import RSVP, Meetup, Seats
from members.models import Member

Answer, Stage = RSVP.Answer, Meetup.Stage
OVER = "This meetup is over."
DRAFT = "Seats can't be saved yet: this meetup is not published."
CLOSED = {
    Stage.TO_BE_ANNOUNCED: "Seats can be saved as soon as there is a date.",
    Stage.SOON: "Seats can't be saved yet.",
    Stage.CLOSED: "Seats can't be saved any more. Write to us if you still want to come.",
    Stage.CANCELLED: "This meetup is cancelled.",
    Stage.PAST: OVER,
}
REMOVED = "An organiser has taken you off this list. Write to us, and we can put you back."
TOO_MANY_GUESTS = "That is more guests than one member may bring."
NO_SEAT_FOR_GUESTS = "There is no seat left for your guest. Your own stays yours."


@contextmanager
def locked_seats(meetup):
    """The Seats of `meetup`, with the meetup as it stands now, and `asked`: a dictionary for RSVPs by their keys.

    At the end the line moves, and each of `asked` is told the answer. One transaction. Raises Meetup.DoesNotExist
    where the meetup is gone.
    """
    with transaction.atomic():
        seats = Seats.objects.lock(meetup)
        seats.meetup, seats.asked, seats.seated = as_it_stands(meetup), {}, []
        counted, seats.held = seats.taken, seats.taken
        yield seats
        move_line(seats)
        for rsvp in seats.asked.values():
            emails.write_answer(rsvp)
        keep(seats, counted)


@contextmanager
def changing(meetup):
    """For whatever saves the meetup itself: those whom the change gives a seat are told. Yields its Seats, locked.

    Afterwards `seated` of these is a list of their RSVPs.
    """
    with locked_seats(meetup) as seats:
        yield seats
        seats.meetup = as_it_stands(meetup)


def as_it_stands(meetup):
    return Meetup.objects.select_related("venue", "book").get(pk=meetup.pk)


def keep(seats, counted):
    """Write down what is taken, where `counted` was before.

    As a difference, and not as a sum: should the lock ever fail, the database sees what was taken twice. The limit
    lies above the capacity only where that many seats were `held` already.
    """
    capacity = seats.meetup.capacity
    limit = None if capacity is None else max(capacity, min(seats.held, seats.taken))
    taken = F("taken") + seats.taken - counted
    Seats.objects.filter(pk=seats.pk).update(taken=taken, limit=limit, turns=seats.turns)


def record_rsvp(meetup, member, answer, *, guests=0, line="") -> RSVP:
    """Keep `member`'s answer (going or not going) in place of an earlier one; going may become waiting or pending.

    The same answer again changes nothing but the line, and is told to nobody. The mail that tells of a new one is
    written in the same transaction. Raises ValidationError, with words for the member, where the meetup takes no such
    answer, and Meetup.DoesNotExist where it is gone.
    """
    with locked_seats(meetup) as seats:
        rsvp = rsvp_of(seats, member)
        check(seats.meetup, rsvp, answer, guests)
        rsvp.line = line
        if answer == Answer.NOT_GOING:
            leave(seats, rsvp)
        elif rsvp.is_coming:
            bring(seats, rsvp, guests)
        else:
            join(seats, rsvp, guests)
    rsvp.refresh_from_db(fields=["answer", "answered_at"])
    return rsvp


def rsvp_of(seats, member) -> RSVP:
    """Their RSVP as it is now; of who has never answered, a new one that is not saved."""
    rsvp = RSVP.objects.filter(meetup=seats.meetup, member=member).first()
    rsvp = rsvp or RSVP(answer=Answer.NOT_GOING)
    rsvp.meetup, rsvp.member = seats.meetup, member
    return rsvp


def check(meetup, rsvp, answer, guests):
    """Raises ValidationError where `meetup` takes no such answer, with what the member can do.

    Who leaves may do so until it is over; who asks for no more than they have is never told that it is too late.
    """
    stage = meetup.stage
    if stage == Stage.PAST:
        raise ValidationError(OVER, code=stage)
    if answer == Answer.NOT_GOING:
        return
    if rsvp.is_removed:
        raise ValidationError(REMOVED, code="removed")
    if not meetup.is_published:
        raise ValidationError(DRAFT, code="draft")
    has_it = rsvp.is_coming and 0 <= guests <= rsvp.guests
    if stage in CLOSED and not (has_it and stage != Stage.CANCELLED):
        raise ValidationError(CLOSED[stage], code=stage)
    if not has_it and not 0 <= guests <= Club.objects.current().guests_allowed:
        raise ValidationError(TOO_MANY_GUESTS, code="guests")


def join(seats, rsvp, guests, *, is_approved=None):
    """To the end of the line, from where a free seat is taken at once. `is_approved`: by an organiser's own hand."""
    if is_approved is None:
        # Asked under the lock: who says yes to a member takes it too, for every meetup ahead.
        is_approved = Member.objects.filter(pk=rsvp.member_id, approved_at__isnull=False).exists()
    rsvp.answer = Answer.WAITING if is_approved else Answer.PENDING
    rsvp.guests, rsvp.turn = guests, seats.next_turn()
    rsvp.removed_because, rsvp.removed_by = "", None
    rsvp.asked_at = rsvp.answered_at = timezone.now()
    rsvp.save()
    seats.asked[rsvp.pk] = rsvp


def bring(seats, rsvp, guests):
    """More guests, or fewer, for who is coming already."""
    more = guests - rsvp.guests
    if rsvp.answer == Answer.GOING:
        if more > 0 and not seats.fits(more):
            raise ValidationError(NO_SEAT_FOR_GUESTS, code="no_seat_for_guests")
        seats.taken += more
    rsvp.guests = guests
    rsvp.save()


def leave(seats, rsvp):
    if rsvp.pk is None:
        rsvp.turn = seats.next_turn()
    if rsvp.is_coming:
        rsvp.answered_at = timezone.now()
    release(seats, rsvp)
    rsvp.save()


def release(seats, rsvp):
    """Give back what they hold. The row is the caller's to save, or to delete."""
    if rsvp.answer == Answer.GOING:
        seats.taken -= rsvp.seats
        emails.withdraw_reminders(rsvp.meetup, rsvp.member)
    rsvp.answer, rsvp.guests = Answer.NOT_GOING, 0


def move_line(seats):
    """Let in whom an organiser has said yes to, and seat those who wait as far as the seats go. Safe to repeat."""
    meetup = seats.meetup
    if meetup.cancelled_at or meetup.has_begun or not meetup.is_published:
        return
    for rsvp in meetup.rsvps.pending().filter(member__approved_at__isnull=False).select_related("member"):
        become(seats.asked.setdefault(rsvp.pk, rsvp), Answer.WAITING)
    waiting = meetup.rsvps.waiting().select_related("member")
    for rsvp in waiting if seats.free != 0 else ():
        if seats.fits(rsvp.seats):
            seat(seats, seats.asked.get(rsvp.pk, rsvp))


def seat(seats, rsvp):
    """Who has not just asked is told that a seat has come free."""
    become(rsvp, Answer.GOING)
    seats.taken += rsvp.seats
    seats.seated.append(rsvp)
    if rsvp.pk not in seats.asked:
        emails.write_promoted(rsvp)


def become(rsvp, answer):
    rsvp.answer, rsvp.answered_at = answer, timezone.now()
    rsvp.save(update_fields=["answer", "answered_at"])


def settle(meetup):
    """Count the seats anew, and let the line move: for what changed without our knowing. Changes nothing by habit."""
    with locked_seats(meetup) as seats:
        seats.taken = seats.held = meetup.rsvps.going().seat_count()


def settle_all():
    """The chore: a meetup that was published, or a member who was deleted at the desk, has told nobody."""
    for meetup in Meetup.objects.upcoming().published().filter(cancelled_at=None).select_related("seats"):
        if meetup.rsvps.in_line().exists() or meetup.seats_taken != meetup.rsvps.going().seat_count():
            settle(meetup)
