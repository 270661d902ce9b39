"""Organisers' actions on a guest list, with the lock and the rules of `meetups.rsvps`.

Every action is idempotent, and raises ValidationError, with a message for the organiser, if it is impossible.
"""

from contextlib import contextmanager

from django.core.exceptions import ValidationError

from meetups import emails
from meetups.models import RSVP
from meetups.rsvps import (
    assign_seat,
    decline_rsvp,
    get_or_build_rsvp,
    join_queue,
    locked_seat_counter,
    promote_from_queue,
)

Answer = RSVP.Answer
OBSTACLE_MESSAGES = {
    "cancelled": "This meetup is cancelled. Take the cancelling back first.",
    "begun": "This meetup has begun. Whoever comes now is ticked under “Who came”.",
    "draft": "This meetup is not published, so nobody can be told. Publish it first.",
}
NOT_ON_LIST = "They are not on the list any more."
NOBODY_FITS = "Nobody on the waiting list could use the seat, so they would get it right back."


def get_obstacle(meetup) -> str:
    """Return the reason why the list can't be changed, a key of OBSTACLE_MESSAGES, or an empty string."""
    if meetup.cancelled_at:
        return "cancelled"
    if meetup.has_begun:
        return "begun"
    return "" if meetup.is_published else "draft"


@contextmanager
def locked_guest_list(meetup):
    """Yield the locked SeatCounter of `meetup`. Raise ValidationError if the list can't be changed any more."""
    with locked_seat_counter(meetup) as counter:
        if code := get_obstacle(counter.meetup):
            raise ValidationError(OBSTACLE_MESSAGES[code], code=code)
        yield counter


def reload_rsvp(counter, rsvp) -> RSVP:
    """Return the RSVP as stored, under the lock. Raise RSVP.DoesNotExist if it was deleted."""
    return counter.meetup.rsvps.select_related("member").get(pk=rsvp.pk)


def add_member(meetup, member, *, guests=0, capacity=None) -> RSVP:
    """Add `member` to the end of the queue, which then moves. They count as approved.

    With `capacity` they get a seat ahead of the queue, and the meetup's capacity is raised up to it if needed. An RSVP
    that is on the list already stays unchanged.
    """
    with locked_guest_list(meetup) as counter:
        rsvp = get_or_build_rsvp(counter, member)
        if not rsvp.is_going_or_queued:
            rsvp.is_added_by_organiser = True
            join_queue(counter, rsvp, guests, is_approved=True)
        if capacity is not None:
            assign_extra_seat(counter, rsvp, capacity)
    return rsvp


def give_seat(rsvp, *, capacity) -> RSVP:
    """Give a seat ahead of the queue. Raise the meetup's capacity if needed, up to the agreed `capacity`."""
    with locked_guest_list(rsvp.meetup) as counter:
        rsvp = reload_rsvp(counter, rsvp)
        if not rsvp.is_going_or_queued:
            raise ValidationError(NOT_ON_LIST, code="gone")
        assign_extra_seat(counter, rsvp, capacity)
    return rsvp


def assign_extra_seat(counter, rsvp, capacity):
    if rsvp.answer == Answer.GOING:
        return
    needed = counter.taken + rsvp.party_size
    if not counter.has_room_for(rsvp.party_size):
        if needed > capacity:
            raise ValidationError(f"It would take {needed} seats by now. Look at the list again.", code="seats")
        counter.meetup.capacity = needed
        counter.meetup.save(update_fields=["capacity"])
    assign_seat(counter, rsvp)


def move_to_waiting_list(rsvp) -> RSVP:
    """Free the seat, and move the RSVP to the end of the queue."""
    with locked_guest_list(rsvp.meetup) as counter:
        rsvp = reload_rsvp(counter, rsvp)
        if rsvp.answer != Answer.GOING:
            return rsvp
        counter.taken -= rsvp.party_size
        join_queue(counter, rsvp, rsvp.guests, is_approved=True)
        promote_from_queue(counter)
        if rsvp.answer == Answer.GOING:
            raise ValidationError(NOBODY_FITS, code="nobody_waits")
    return rsvp


def move_to_front(rsvp) -> RSVP:
    """Move the RSVP to the front of the queue; those ahead of it move one place back."""
    with locked_guest_list(rsvp.meetup) as counter:
        rsvp = reload_rsvp(counter, rsvp)
        ahead = list(counter.meetup.rsvps.queued().filter(queue_position__lt=rsvp.queue_position))
        if not ahead or rsvp.answer not in {Answer.WAITING, Answer.PENDING}:
            return rsvp
        positions = [each.queue_position for each in ahead] + [rsvp.queue_position]
        set_queue_position(rsvp, counter.next_queue_position())  # out of the way: positions are unique
        for each, position in reversed(list(zip(ahead, positions[1:], strict=True))):
            set_queue_position(each, position)
        set_queue_position(rsvp, positions[0])
    return rsvp


def set_queue_position(rsvp, position):
    rsvp.queue_position = position
    rsvp.save(update_fields=["queue_position"])


def remove_member(rsvp, reason, *, by, is_reason_told=False) -> RSVP:
    """Remove the member from the list, and mail them, with the reason if `is_reason_told`. The reason is stored."""
    with locked_guest_list(rsvp.meetup) as counter:
        rsvp = reload_rsvp(counter, rsvp)
        if not rsvp.is_going_or_queued:
            return rsvp
        rsvp.removal_reason, rsvp.removed_by = reason, by
        had_seat = rsvp.answer == Answer.GOING
        decline_rsvp(counter, rsvp)
        emails.write_removal_mail(rsvp, reason=reason if is_reason_told else "", had_seat=had_seat)
    return rsvp
