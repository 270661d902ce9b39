"""RSVPs, the waiting list and who moves up. All that changes who comes goes through here, under the lock on SeatCounter.

The rules:

- Whoever asks goes to the end of the queue. Then the queue is read from its front, and every party that fits into the
  free seats gets them. So a newcomer never takes a seat that somebody ahead could have had; a party that is too large
  keeps its place, and a smaller one behind it may get seats first.
- The queue moves whenever anything changes: somebody leaves or brings fewer guests, an organiser raises or removes the
  capacity, approves a member or reinstates a meetup. It doesn't move while the meetup is a draft or cancelled, nor once
  it has begun: nobody gets a seat at what they can't see or come to.
- Who leaves and comes back stands at the end. Who is in the queue may bring more guests or fewer and keeps their place.
  Who has a seat and asks for more guests than there are seats keeps what they have, and is told so.
- Pending members, who wait for an organiser's approval, hold no seat but keep their place in the queue.
- A lowered capacity takes nobody's seat away.

Organisers' actions on the list are in `meetups.guest_list`.
"""

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bookclub.core.models import Club
from meetups import emails
from meetups.models import RSVP, Meetup, SeatCounter
from members.models import Member

Answer, Stage = RSVP.Answer, Meetup.Stage
MEETUP_IS_OVER = "This meetup is over."
NOT_PUBLISHED = "Seats can't be saved yet: this meetup is not published."
CLOSED_MESSAGES = {
    Stage.TO_BE_ANNOUNCED: "Seats can be saved as soon as there is a date.",
    Stage.SOON: "Seats can't be saved yet.",
    Stage.CLOSED: "Seats can't be saved any more. Write to us if you still want to come.",
    Stage.CANCELLED: "This meetup is cancelled.",
    Stage.PAST: MEETUP_IS_OVER,
}
REMOVED_BY_ORGANISER = "An organiser has taken you off this list. Write to us, and we can put you back."
TOO_MANY_GUESTS = "That is more guests than one member may bring."
NO_SEAT_FOR_GUESTS = "There is no seat left for your guest. Your own stays yours."


@contextmanager
def locked_seat_counter(meetup):
    """Yield the locked SeatCounter of `meetup`; at the end the queue moves. One transaction.

    The counter has the meetup as the database has it now, and `rsvps_to_answer`, a dictionary of RSVPs by their keys,
    to which the block adds those that are to get a mail with their answer. Raises Meetup.DoesNotExist where the meetup
    is gone.
    """
    with transaction.atomic():
        counter = SeatCounter.objects.lock(meetup)
        counter.meetup, counter.rsvps_to_answer, counter.newly_seated = reload_meetup(meetup), {}, []
        counter.taken_before = counter.already_seated = counter.taken
        yield counter
        promote_from_queue(counter)
        for rsvp in counter.rsvps_to_answer.values():
            emails.write_answer_mail(rsvp)
        save_seat_counter(counter)


@contextmanager
def locked_meetup_change(meetup):
    """Yield the locked SeatCounter for a block that saves the meetup itself; those who get a seat by it are told.

    Afterwards `newly_seated` of the counter is a list of their RSVPs.
    """
    with locked_seat_counter(meetup) as counter:
        yield counter
        counter.meetup = reload_meetup(meetup)


def reload_meetup(meetup):
    return Meetup.objects.select_related("venue", "book").get(pk=meetup.pk)


def save_seat_counter(counter):
    """Save what is taken, as a difference: should the lock ever fail, the database sees two racing sums.

    The limit lies above the capacity only where that many seats were taken already.
    """
    capacity = counter.meetup.capacity
    limit = None if capacity is None else max(capacity, min(counter.already_seated, counter.taken))
    SeatCounter.objects.filter(pk=counter.pk).update(
        taken=F("taken") + counter.taken - counter.taken_before,
        limit=limit,
        last_queue_position=counter.last_queue_position,
    )


def record_rsvp(meetup, member, answer, *, guests=0, message="") -> RSVP:
    """Save `member`'s answer (going or not going) in place of an earlier one; going may become waiting or pending.

    The same answer again changes the message alone and sends no mail. The mail about a new answer is written in the
    same transaction. Raises ValidationError, with words for the member, where the meetup takes no such answer, and
    Meetup.DoesNotExist where it is gone.
    """
    with locked_seat_counter(meetup) as counter:
        rsvp = get_or_build_rsvp(counter, member)
        check_answer_allowed(counter.meetup, rsvp, answer, guests)
        rsvp.message = message
        if answer == Answer.NOT_GOING:
            decline_rsvp(counter, rsvp)
        elif rsvp.is_going_or_queued:
            change_guests(counter, rsvp, guests)
        else:
            join_queue(counter, rsvp, guests)
    rsvp.refresh_from_db(fields=["answer", "answered_at"])
    return rsvp


def get_or_build_rsvp(counter, member) -> RSVP:
    """Return their RSVP or, where they have never answered, an unsaved one."""
    rsvp = RSVP.objects.filter(meetup=counter.meetup, member=member).first()
    rsvp = rsvp or RSVP(answer=Answer.NOT_GOING)
    rsvp.meetup, rsvp.member = counter.meetup, member
    return rsvp


def check_answer_allowed(meetup, rsvp, answer, guests):
    """Raise ValidationError where `meetup` takes no such answer, with what the member can do.

    One may decline until it is over; who asks for no more than they have is never told that it is too late.
    """
    stage = meetup.stage
    if stage == Stage.PAST:
        raise ValidationError(MEETUP_IS_OVER, code=stage)
    if answer == Answer.NOT_GOING:
        return
    if rsvp.is_removed:
        raise ValidationError(REMOVED_BY_ORGANISER, code="removed")
    if not meetup.is_published:
        raise ValidationError(NOT_PUBLISHED, code="draft")
    has_it_already = rsvp.is_going_or_queued and 0 <= guests <= rsvp.guests
    if stage in CLOSED_MESSAGES and not (has_it_already and stage != Stage.CANCELLED):
        raise ValidationError(CLOSED_MESSAGES[stage], code=stage)
    if not has_it_already and not 0 <= guests <= Club.objects.current().guests_allowed:
        raise ValidationError(TOO_MANY_GUESTS, code="guests")


def join_queue(counter, rsvp, guests, *, is_approved=None):
    """Put `rsvp` at the end of the queue, which moves at the end of the lock. `is_approved`: by an organiser."""
    if is_approved is None:
        # Asked under the lock: approving a member takes it too, for every upcoming meetup.
        is_approved = Member.objects.filter(pk=rsvp.member_id, approved_at__isnull=False).exists()
    rsvp.answer = Answer.WAITING if is_approved else Answer.PENDING
    rsvp.guests, rsvp.queue_position = guests, counter.next_queue_position()
    rsvp.removal_reason, rsvp.removed_by = "", None
    rsvp.asked_at = rsvp.answered_at = timezone.now()
    rsvp.save()
    counter.rsvps_to_answer[rsvp.pk] = rsvp


def change_guests(counter, rsvp, guests):
    more = guests - rsvp.guests
    if rsvp.answer == Answer.GOING:
        if more > 0 and not counter.has_room_for(more):
            raise ValidationError(NO_SEAT_FOR_GUESTS, code="no_seat_for_guests")
        counter.taken += more
    rsvp.guests = guests
    rsvp.save()


def decline_rsvp(counter, rsvp):
    if rsvp.pk is None:
        rsvp.queue_position = counter.next_queue_position()
    if rsvp.is_going_or_queued:
        rsvp.answered_at = timezone.now()
    release_seats(counter, rsvp)
    rsvp.save()


def release_seats(counter, rsvp):
    """Free the seats of `rsvp`, if it has any. The caller saves or deletes the row."""
    if rsvp.answer == Answer.GOING:
        counter.taken -= rsvp.party_size
        emails.delete_queued_reminders(rsvp.meetup, rsvp.member)
    rsvp.answer, rsvp.guests = Answer.NOT_GOING, 0


def promote_from_queue(counter):
    """Move approved members to the waiting list, and give the waiting the free seats. Safe to repeat."""
    meetup = counter.meetup
    if meetup.cancelled_at or meetup.has_begun or not meetup.is_published:
        return
    for rsvp in meetup.rsvps.pending().filter(member__approved_at__isnull=False).select_related("member"):
        set_answer(counter.rsvps_to_answer.setdefault(rsvp.pk, rsvp), Answer.WAITING)
    waiting = meetup.rsvps.waiting().select_related("member")
    for rsvp in waiting if counter.free != 0 else ():
        if counter.has_room_for(rsvp.party_size):
            assign_seat(counter, counter.rsvps_to_answer.get(rsvp.pk, rsvp))


def assign_seat(counter, rsvp):
    """Give `rsvp` its seats. Who has not just asked gets a mail that a seat came free."""
    set_answer(rsvp, Answer.GOING)
    counter.taken += rsvp.party_size
    counter.newly_seated.append(rsvp)
    if rsvp.pk not in counter.rsvps_to_answer:
        emails.write_promotion_mail(rsvp)


def set_answer(rsvp, answer):
    rsvp.answer, rsvp.answered_at = answer, timezone.now()
    rsvp.save(update_fields=["answer", "answered_at"])


def recount_seats(meetup):
    """Count the taken seats anew, and let the queue move: for changes that did not come through here."""
    with locked_seat_counter(meetup) as counter:
        counter.taken = counter.already_seated = meetup.rsvps.going().count_seats()


def recount_all_seats():
    """Periodic task: no code runs when a scheduled meetup is published, or a member is deleted in bulk."""
    for meetup in Meetup.objects.upcoming().going_ahead().published().select_related("seat_counter"):
        if meetup.rsvps.queued().exists() or meetup.seats_taken != meetup.rsvps.going().count_seats():
            recount_seats(meetup)
