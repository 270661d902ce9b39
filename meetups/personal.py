"""What this app keeps of a person: their answers to meetups, what they said at the table, what they wrote up."""

import datetime as dt

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from bookclub.outbox import WAITING, OutgoingMail
from meetups.models import RSVP, Meetup, SessionNote, WriteUp
from meetups.seating import locked_seats, release

# After the evening.
LINE_IS_KEPT = dt.timedelta(days=30)
ABSENCE_IS_KEPT = dt.timedelta(days=365)
PRESENCE_IS_KEPT = dt.timedelta(days=3 * 365)

# In the place of a name, for everybody to see.
NOBODY = {"name": "a member", "name_is_public": True, "member": None}
Version = SessionNote.history.model
# For changes of which no version tells who it was before.
UNRECORDED = QuerySet(SessionNote)


def export(member):
    return {
        "answers_to_meetups": [rsvp_in_words(rsvp) for rsvp in own_rsvps(member)],
        "session_notes": [note_in_words(note) for note in own_notes(member)],
        "write_ups": [writeup_in_words(writeup) for writeup in own_writeups(member)],
    }


def own_rsvps(member):
    """The latest first; the meetup is None where they may not see it any more."""
    rsvps = list(member.rsvps.select_related("meetup").order_by("-asked_at", "-pk"))
    seen = Meetup.objects.visible_to(member).select_related("venue").in_bulk({rsvp.meetup_id for rsvp in rsvps})
    for rsvp in rsvps:
        rsvp.shown_meetup = seen.get(rsvp.meetup_id)
    return rsvps


def rsvp_in_words(rsvp):
    meetup = rsvp.shown_meetup
    return {
        "meetup": full_address(meetup) if meetup else "not on the site any more",
        "date": meetup and meetup.date,
        "answer": rsvp.get_answer_display(),
        "guests": rsvp.guests,
        "line_to_the_organiser": rsvp.line,
        "asked_at": rsvp.asked_at,
        "answered_at": rsvp.answered_at,
        "taken_off_because": rsvp.removed_because,
        "you_came": rsvp.came,
    }


def own_notes(member):
    notes = member.session_notes.order_by("pk")
    shown = WriteUp.objects.visible_to(member).in_bulk(notes.values_list("writeup", flat=True))
    for note in notes:
        note.shown_writeup = shown.get(note.writeup_id)
    return notes


def note_in_words(note):
    writeup = note.shown_writeup
    return {
        "write_up": writeup.title if writeup else "not on the site yet, or any more",
        "address": f"{full_address(writeup)}#{note.anchor}" if writeup else "",
        "text": note.text,
        "name": note.name,
        "an_organiser_noted_that_you_agreed_to_be_named": note.name_is_public,
        "versions": list(
            note.history.filter(member=note.member_id).order_by("history_id").values("history_date", "text", "name")
        ),
    }


def own_writeups(member):
    return WriteUp.objects.filter(author__member=member).order_by("pk")


def writeup_in_words(writeup):
    return {"title": writeup.title, "address": full_address(writeup), "published_at": writeup.published_at}


def full_address(thing):
    return settings.SITE_URL + thing.get_absolute_url()


def erase(member, wishes):
    forget_mails(member)
    leave_meetups(member)
    if wishes.keeps_session_notes:
        leave_notes(member)
    else:
        take_notes_away(member)
    Version.objects.filter(member=member.pk).update(**NOBODY)  # of notes that were theirs once


def forget_mails(member):
    """Those about their meetups, found by the key: also what went to an address that they had before."""
    theirs = OutgoingMail.objects.filter(key__regex=rf"^[a-z-]+:\d+:{member.pk}:")
    theirs.filter(state__in=WAITING).update(state=OutgoingMail.State.DROPPED)
    theirs.update(keeps=OutgoingMail.Keeps.NOTHING, **OutgoingMail.NOTHING)


def leave_meetups(member):
    """Their seats go to those who wait. Of a meetup that is over the count of seats stays, without the name."""
    for meetup in Meetup.objects.filter(rsvps__member=member).order_by("pk"):
        with locked_seats(meetup) as seats:
            for rsvp in RSVP.objects.filter(meetup=meetup, member=member):
                if not seats.meetup.is_past:
                    release(seats, rsvp)
                rsvp.delete()


def leave_notes(member):
    """What they said stays, as what a member said; in the history of the notes too."""
    keys = list(member.session_notes.values_list("pk", flat=True))
    Version.objects.filter(id__in=keys).exclude(name="", member=None).update(**NOBODY)
    UNRECORDED.filter(pk__in=keys).update(**NOBODY)


def take_notes_away(member):
    """With all that their history says of them, and of those that are gone already."""
    keys = set(member.session_notes.values_list("pk", flat=True))
    once = set(Version.objects.filter(member=member.pk).values_list("id", flat=True))
    others = set(SessionNote.objects.filter(pk__in=once).values_list("pk", flat=True)) - keys
    SessionNote.objects.filter(pk__in=keys).delete()
    Version.objects.filter(id__in=(keys | once) - others).delete()


def expire(at):
    over = RSVP.objects.annotate(over_at=Coalesce("meetup__ends_at", "meetup__cancelled_at"))
    over.filter(over_at__lt=at - LINE_IS_KEPT).exclude(line="").update(line="")
    there = Q(answer=RSVP.Answer.GOING, meetup__cancelled_at=None) & (Q(came=True) | Q(came=None))
    over.filter(over_at__lt=at - ABSENCE_IS_KEPT).exclude(there).delete()
    over.filter(over_at__lt=at - PRESENCE_IS_KEPT).delete()
