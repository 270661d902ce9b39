"""RSVPs and the waiting list. Every change of RSVPs goes through this module, with the SeatCounter locked.

The rules:

- A new RSVP goes to the end of the queue. Then, from the front of the queue, each party that fits into the free seats
  gets them. So a newcomer never takes a seat that somebody ahead could have had. A party that is too large keeps its
  place, and a smaller party behind it may get seats first.
- The queue moves after every change: a member leaves or brings fewer guests, an organiser raises or removes the
  capacity, approves a member or reinstates a meetup. It does not move while the meetup is a draft or cancelled, or
  after it has begun.
- A member who leaves and returns goes to the end. A member in the queue may change their guests and keeps their place.
  If a member with a seat asks for more guests than there are seats, their RSVP stays unchanged and they are told so.
- Pending members await an organiser's approval: they have no seat, but a place in the queue.
- A lowered capacity takes away no seats.

Organisers' actions on the guest list are in `meetups.guest_list`; cancelling is in `meetups.cancellation`.
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

    The counter has `meetup`, freshly read, and `rsvps_to_answer`, {pk: RSVP}, to which the block adds the RSVPs whose
    members get a mail with the result. Raises Meetup.DoesNotExist if the meetup was deleted.
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
    """Yield the locked SeatCounter for a block that saves the meetup itself. Members who get a seat by it are notified.

    Afterwards `counter.newly_seated` lists their RSVPs.
    """
    with locked_seat_counter(meetup) as counter:
        yield counter
        counter.meetup = reload_meetup(meetup)


def reload_meetup(meetup):
    return Meetup.objects.select_related("venue", "book").get(pk=meetup.pk)


def save_seat_counter(counter):
    """Save `taken` as an increment: if the lock should ever fail, the database constraint catches two concurrent sums.

    `limit` is above the capacity only if that many seats were taken already.
    """
    capacity = counter.meetup.capacity
    limit = None if capacity is None else max(capacity, min(counter.already_seated, counter.taken))
    SeatCounter.objects.filter(pk=counter.pk).update(
        taken=F("taken") + counter.taken - counter.taken_before,
        limit=limit,
        last_queue_position=counter.last_queue_position,
    )


def record_rsvp(meetup, member, answer, *, guests=0, message="") -> RSVP:
    """Save `member`'s answer, GOING or NOT_GOING; it replaces an earlier one. GOING may become WAITING or PENDING.

    The same answer again only changes the message, and sends no mail. The mail about a new answer is queued in the
    same transaction. Raises ValidationError, with a message for the member, if the answer is not accepted, and
    Meetup.DoesNotExist if the meetup was deleted.
    """
    with locked_seat_counter(meetup) as counter:
        rsvp = get_or_build_rsvp(counter, member)
        check_answer_allowed(counter.meetup, rsvp, answer, guests)
        rsvp.message = message
        if answer == Answer.NOT_GOING:
            had_seat = rsvp.answer == Answer.GOING
            decline_rsvp(counter, rsvp)
            if had_seat:
                emails.write_given_back_mail(rsvp)
        elif rsvp.is_going_or_queued:
            change_guests(counter, rsvp, guests)
        else:
            rsvp.is_added_by_organiser = False
            join_queue(counter, rsvp, guests)
    rsvp.refresh_from_db(fields=["answer", "answered_at"])
    return rsvp


def get_or_build_rsvp(counter, member) -> RSVP:
    """Return the member's RSVP, or an unsaved one if they have never answered."""
    rsvp = RSVP.objects.filter(meetup=counter.meetup, member=member).first()
    rsvp = rsvp or RSVP(answer=Answer.NOT_GOING)
    rsvp.meetup, rsvp.member = counter.meetup, member
    return rsvp


def check_answer_allowed(meetup, rsvp, answer, guests):
    """Raise ValidationError, with advice for the member, if `meetup` does not accept the answer.

    Declining is possible until the meetup has ended. A repeated answer without more guests is accepted after closing.
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
    """Put `rsvp` at the end of the queue, which moves when the lock ends. `is_approved` overrides the member's own."""
    if is_approved is None:
        # Read under the lock: approving a member locks every upcoming meetup too.
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
    """Move approved members to the waiting list, and give free seats to those waiting. Idempotent."""
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
    """Give `rsvp` its seats. A member who has not just answered gets a mail that a seat became free."""
    set_answer(rsvp, Answer.GOING)
    counter.taken += rsvp.party_size
    counter.newly_seated.append(rsvp)
    if rsvp.pk not in counter.rsvps_to_answer:
        emails.write_promotion_mail(rsvp)


def set_answer(rsvp, answer):
    rsvp.answer, rsvp.answered_at = answer, timezone.now()
    rsvp.save(update_fields=["answer", "answered_at"])


def recount_seats(meetup):
    """Recount the taken seats and let the queue move, after changes that bypassed this module."""
    with locked_seat_counter(meetup) as counter:
        counter.taken = counter.already_seated = meetup.rsvps.going().count_seats()


def recount_all_seats():
    """Periodic task, as no code runs when a scheduled meetup is published or members are deleted in bulk."""
    for meetup in Meetup.objects.upcoming().going_ahead().published().select_related("seat_counter"):
        if meetup.rsvps.queued().exists() or meetup.seats_taken != meetup.rsvps.going().count_seats():
            recount_seats(meetup)
