"""What organisers do to a guest list, and to an evening as a whole: under the lock and by the rule of `meetups.seating`.

Whatever is asked twice is done once. Each raises ValidationError, with words for the organiser, where it can't be done.
"""

import datetime as dt
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from meetups import emails
from meetups.models import RSVP, Meetup
from meetups.seating import OVER, changing, join, leave, locked_seats, move_line, rsvp_of, seat

Answer = RSVP.Answer
OBSTACLES = {
    "cancelled": "This meetup is cancelled. Take the cancelling back first.",
    "begun": "This meetup has begun. Whoever comes now is ticked under “Who came”.",
    "draft": "This meetup is not published, so nobody can be told. Publish it first.",
}
GONE = "They are not on the list any more."
NOBODY_WAITS = "Nobody in the line could use the seat, so they would get it right back."


def obstacle(meetup) -> str:
    """Why nobody can be put on its list, moved or removed: a key of OBSTACLES; nothing where all is well."""
    if meetup.cancelled_at:
        return "cancelled"
    if meetup.has_begun:
        return "begun"
    return "" if meetup.is_published else "draft"


@contextmanager
def hosted(meetup):
    """Its Seats, locked, while there is still something to host."""
    with locked_seats(meetup) as seats:
        if code := obstacle(seats.meetup):
            raise ValidationError(OBSTACLES[code], code=code)
        yield seats


def fresh(seats, rsvp) -> RSVP:
    """As it is under the lock. Raises RSVP.DoesNotExist where it is gone."""
    return seats.meetup.rsvps.select_related("member").get(pk=rsvp.pk)


def add(meetup, member, *, guests=0, capacity=None) -> RSVP:
    """Put `member` at the end of the line, from where a free seat is taken at once; no other yes is needed.

    With `capacity` they get a seat whatever the line, and the meetup's own is raised so far if it must be. Who is on
    the list already stays as they are.
    """
    with hosted(meetup) as seats:
        rsvp = rsvp_of(seats, member)
        if not rsvp.is_coming:
            join(seats, rsvp, guests, is_approved=True)
        if capacity is not None:
            seat_anyway(seats, rsvp, capacity)
    return rsvp


def give_seat(rsvp, *, capacity) -> RSVP:
    """Out of turn; the meetup's capacity is raised up to `capacity`, which the organiser has agreed to, if it must be."""
    with hosted(rsvp.meetup) as seats:
        rsvp = fresh(seats, rsvp)
        if not rsvp.is_coming:
            raise ValidationError(GONE, code="gone")
        seat_anyway(seats, rsvp, capacity)
    return rsvp


def seat_anyway(seats, rsvp, capacity):
    if rsvp.answer == Answer.GOING:
        return
    needed = seats.taken + rsvp.seats
    if not seats.fits(rsvp.seats):
        if needed > capacity:
            raise ValidationError(f"It would take {needed} seats by now. Look at the list again.", code="seats")
        seats.meetup.capacity = needed
        seats.meetup.save(update_fields=["capacity"])
    seat(seats, rsvp)


def to_waiting(rsvp) -> RSVP:
    """Take the seat back, and put them at the end of the line."""
    with hosted(rsvp.meetup) as seats:
        rsvp = fresh(seats, rsvp)
        if rsvp.answer != Answer.GOING:
            return rsvp
        seats.taken -= rsvp.seats
        join(seats, rsvp, rsvp.guests, is_approved=True)
        move_line(seats)
        if rsvp.answer == Answer.GOING:
            raise ValidationError(NOBODY_WAITS, code="nobody_waits")
    return rsvp


def to_top(rsvp) -> RSVP:
    """To the front of the line; everybody who was ahead stands one place further back."""
    with hosted(rsvp.meetup) as seats:
        rsvp = fresh(seats, rsvp)
        ahead = list(seats.meetup.rsvps.in_line().filter(turn__lt=rsvp.turn))
        if not ahead or rsvp.answer not in {Answer.WAITING, Answer.PENDING}:
            return rsvp
        turns = [each.turn for each in ahead] + [rsvp.turn]
        take_turn(rsvp, seats.next_turn())  # aside, since no two may have the same
        for each, turn in reversed(list(zip(ahead, turns[1:], strict=True))):
            take_turn(each, turn)
        take_turn(rsvp, turns[0])
    return rsvp


def take_turn(rsvp, turn):
    rsvp.turn = turn
    rsvp.save(update_fields=["turn"])


def remove(rsvp, because, *, by, tells=False) -> RSVP:
    """Take them off the list. The reason is kept; the mail names it where `tells`."""
    with hosted(rsvp.meetup) as seats:
        rsvp = fresh(seats, rsvp)
        if not rsvp.is_coming:
            return rsvp
        rsvp.removed_because, rsvp.removed_by = because, by
        leave(seats, rsvp)
        emails.write_removed(rsvp, reason=because if tells else "")
    return rsvp


def cancel(meetup, because="") -> Meetup:
    """Everybody who is coming, or waits for it, is told. Their answers stand, for the case that it is taken back."""
    with locked_seats(meetup) as seats:
        meetup = seats.meetup
        if meetup.is_past:
            raise ValidationError(OVER, code="past")
        if meetup.cancelled_at is None:
            meetup.cancelled_at, meetup.cancelled_because = timezone.now(), because
            meetup.save(update_fields=["cancelled_at", "cancelled_because"])
            emails.write_cancelled(meetup)
    return meetup


def reinstate(meetup) -> Meetup:
    """It takes place after all: the same people are told, and the line moves again."""
    with changing(meetup) as seats:
        meetup = seats.meetup
        if meetup.is_past:
            raise ValidationError(OVER, code="past")
        if meetup.cancelled_at is not None:
            meetup.cancelled_at, meetup.cancelled_because = None, ""
            meetup.save(update_fields=["cancelled_at", "cancelled_because"])
            emails.write_reinstated(meetup)
    return meetup


def came_too(meetup, member) -> RSVP:
    """Whoever was there without having said so."""
    with locked_seats(meetup) as seats:
        rsvp = rsvp_of(seats, member)
        rsvp.came = True
        if rsvp.pk is None:
            rsvp.turn = seats.next_turn()
        rsvp.save()
    return rsvp


def tick(meetup, shown, came, headcount=None):
    """Keep who came: of the RSVPs `shown`, by their keys, those in `came`. Without `headcount` it is their seats."""
    with transaction.atomic():
        rsvps = meetup.rsvps.filter(pk__in=shown)
        rsvps.going().exclude(pk__in=came).update(came=False)
        rsvps.exclude(answer=Answer.GOING).exclude(pk__in=came).update(came=None)
        rsvps.filter(pk__in=came).update(came=True)
        if headcount is None:
            headcount = meetup.rsvps.filter(came=True).seat_count() or None
        meetup.headcount = headcount
        meetup.save(update_fields=["headcount"])


def same_again(meetup) -> dict:
    """The fields of a meetup like it a month later, for a form: what nobody knows yet is left open."""
    copied = ["start_time", "end_time", "time_zone", "venue", "room", "about", "cost", "capacity", "audience"]
    fields = {name: getattr(meetup, name) for name in copied}
    if meetup.date:
        fields["date"] = month_later(meetup.date)
        shift = fields["date"] - meetup.date
        for name in ("rsvps_open_at", "rsvps_close_at"):
            at = getattr(meetup, name)
            fields[name] = at and shifted(at.astimezone(meetup.zone), shift)
    return fields


def shifted(moment, by):
    """The same hour on the clock, `by` whole days later, however the clocks change in between."""
    return dt.datetime.combine(moment.date() + by, moment.time(), moment.tzinfo)


def month_later(date):
    """The same weekday of the next month: the second Wednesday after a second Wednesday; a fifth becomes the last."""
    first = (date.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    week = (date.day - 1) // 7
    found = first + dt.timedelta(days=(date.weekday() - first.weekday()) % 7, weeks=week)
    return found if found.month == first.month else found - dt.timedelta(weeks=1)
