"""Record who came to a meetup."""

from django.db import transaction

from meetups.models import RSVP
from meetups.rsvps import get_or_build_rsvp, locked_seat_counter


def add_attendee(meetup, member) -> RSVP:
    """Record that `member` attended, with or without an RSVP."""
    with locked_seat_counter(meetup) as counter:
        rsvp = get_or_build_rsvp(counter, member)
        rsvp.attended = True
        if rsvp.pk is None:
            rsvp.queue_position = counter.next_queue_position()
        rsvp.save()
    return rsvp


def record_attendance(meetup, shown, attended, headcount=None):
    """Record that, of the RSVPs `shown`, those in `attended` came (both pks). `headcount` defaults to their seats."""
    with transaction.atomic():
        rsvps = meetup.rsvps.filter(pk__in=shown)
        rsvps.going().exclude(pk__in=attended).update(attended=False)
        rsvps.exclude(answer=RSVP.Answer.GOING).exclude(pk__in=attended).update(attended=None)
        rsvps.filter(pk__in=attended).update(attended=True)
        if headcount is None:
            headcount = meetup.rsvps.filter(attended=True).count_seats() or None
        meetup.headcount = headcount
        meetup.save(update_fields=["headcount"])
