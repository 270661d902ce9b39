"""The mails of a meetup. Each is written into the outbox, in the transaction of what it tells of; none is sent here."""

from django.utils import timezone

from bookclub.compose import compose
from bookclub.models import OutgoingMail


def write_answer(rsvp):
    """To who has just asked: a seat, a place in the queue, or word that an organiser says yes first."""
    write(f"rsvp-{rsvp.answer}", rsvp, unique=rsvp.turn)


def write_promoted(rsvp):
    write("rsvp-promoted", rsvp, unique=rsvp.turn)


def write_removed(rsvp, *, reason=""):
    """To whom an organiser has taken off the list; `reason` only where they are to read it."""
    write("rsvp-removed", rsvp, unique=rsvp.turn, reason=reason)


def write_cancelled(meetup):
    """To all who go, wait or are pending."""
    write_to_all("meetup-cancelled", meetup, unique=f"{meetup.cancelled_at:%Y%m%d%H%M%S%f}")


def write_reinstated(meetup):
    """To the same, who were told that it is cancelled: it takes place after all."""
    write_to_all("meetup-reinstated", meetup, unique=f"{timezone.now():%Y%m%d%H%M%S%f}")


def write_to_all(kind, meetup, unique):
    for rsvp in meetup.rsvps.coming().select_related("member"):
        rsvp.meetup = meetup
        write(kind, rsvp, unique)


def write(kind, rsvp, unique, **more):
    """`unique` tells this occasion from others of the same kind for the same RSVP."""
    words = compose(f"meetups/email/{kind}", {"rsvp": rsvp, "meetup": rsvp.meetup, "member": rsvp.member, **more})
    key = f"{kind}:{rsvp.meetup_id}:{rsvp.member_id}:{unique}"
    OutgoingMail.objects.write(key=key, kind=kind, to=rsvp.member.email, **words)
