"""The mails of a meetup. Each is written into the outbox, in the transaction of what it tells of; none is sent here."""

from bookclub.compose import compose
from bookclub.models import OutgoingMail


def write_answer(rsvp):
    """To who has just asked: a seat, a place in the queue, or word that an organiser says yes first."""
    write(f"rsvp-{rsvp.answer}", rsvp, unique=rsvp.turn)


def write_promoted(rsvp):
    write("rsvp-promoted", rsvp, unique=rsvp.turn)


def write(kind, rsvp, unique):
    """`unique` tells this occasion from others of the same kind for the same RSVP."""
    words = compose(f"meetups/email/{kind}", {"rsvp": rsvp, "meetup": rsvp.meetup, "member": rsvp.member})
    key = f"{kind}:{rsvp.meetup_id}:{rsvp.member_id}:{unique}"
    OutgoingMail.objects.write(key=key, kind=kind, to=rsvp.member.email, **words)
