"""A full meetup, and what tests ask about its guest list."""

import pytest
from django.core.exceptions import ValidationError

from bookclub.mail.models import OutgoingMail
from meetups.models import RSVP, SeatCounter
from tests.factories import make_meetup, make_rsvp


def make_full_meetup():
    meetup = make_meetup(capacity=2)
    make_rsvp(meetup)
    make_rsvp(meetup)
    return meetup


def answers(meetup):
    """Return the answers in queue order; check the seat counter."""
    rsvps = list(RSVP.objects.filter(meetup=meetup).order_by("queue_position"))
    counter = SeatCounter.objects.get(meetup=meetup)
    assert counter.taken == sum(rsvp.party_size for rsvp in rsvps if rsvp.answer == "going")
    return [rsvp.answer for rsvp in rsvps]


def queued_members(meetup):
    """Return the queued members in order."""
    return [rsvp.member for rsvp in meetup.rsvps.queued()]


def mail_kinds(member):
    """Return the kinds of the mails to `member`, in order."""
    return list(OutgoingMail.objects.filter(to=member.email).order_by("pk").values_list("kind", flat=True))


def refusal_code(verb, *args, **options):
    """Call `verb`, which must raise ValidationError; return the code."""
    with pytest.raises(ValidationError) as refusal:
        verb(*args, **options)
    return refusal.value.code
