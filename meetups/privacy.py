"""Personal data in this app: RSVPs, session notes with a name, write-ups, pasted documents."""

import datetime as dt

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from bookclub.mail.models import OutgoingMail
from meetups import guest_messages
from meetups.models import RSVP, Meetup, Paste, SessionNote, WriteUp
from meetups.rsvps import locked_seat_counter, release_seats

# Times after the end of the meetup.
MESSAGE_KEPT_FOR = dt.timedelta(days=30)
ABSENCE_KEPT_FOR = dt.timedelta(days=365)
ATTENDANCE_KEPT_FOR = dt.timedelta(days=3 * 365)

# Replaces the name of a deleted member in session notes; public.
ANONYMOUS = {"name": "a member", "name_is_public": True, "member": None}
Version = SessionNote.history.model
# A plain queryset, because a recorded update would keep the old name in the history.
UNRECORDED = QuerySet(SessionNote)


def export_data(member):
    return {
        "answers_to_meetups": export_rsvps(member),
        "session_notes": export_session_notes(member),
        "write_ups": [
            {"title": writeup.title, "address": build_url(writeup), "published_at": writeup.published_at}
            for writeup in WriteUp.objects.filter(author__member=member).order_by("pk")
        ],
        "pastes": [serialize_paste(paste) for paste in member.pastes.order_by("pk").iterator(chunk_size=1)],
    }


def export_rsvps(member):
    """Return the RSVPs, latest first; without details of meetups that the member can't see any more."""
    rsvps = list(member.rsvps.order_by("-asked_at", "-pk"))
    visible = Meetup.objects.visible_to(member).in_bulk({rsvp.meetup_id for rsvp in rsvps})
    return [serialize_rsvp(rsvp, visible.get(rsvp.meetup_id)) for rsvp in rsvps]


def serialize_rsvp(rsvp, meetup):
    return {
        "meetup": build_url(meetup) if meetup else "not on the site any more",
        "date": meetup and meetup.date,
        "answer": rsvp.get_answer_display(),
        "guests": rsvp.guests,
        "line_to_the_organiser": rsvp.message,
        "asked_at": rsvp.asked_at,
        "put_on_the_list_by_an_organiser": rsvp.is_added_by_organiser,
        "answered_at": rsvp.answered_at,
        "taken_off_because": rsvp.removal_reason,
        "you_came": rsvp.attended,
    }


def export_session_notes(member):
    notes = member.session_notes.order_by("pk")
    visible = WriteUp.objects.visible_to(member).in_bulk(notes.values_list("writeup", flat=True))
    return [serialize_session_note(note, visible.get(note.writeup_id)) for note in notes]


def serialize_session_note(note, writeup):
    return {
        "write_up": writeup.title if writeup else "not on the site yet, or any more",
        "address": f"{build_url(writeup)}#{note.anchor}" if writeup else "",
        "text": note.text,
        "name": note.name,
        "an_organiser_noted_that_you_agreed_to_be_named": note.name_is_public,
        "versions": list(
            note.history.filter(member=note.member_id).order_by("history_id").values("history_date", "text", "name")
        ),
    }


def serialize_paste(paste):
    names = ["title", "created_at", "changed_at", "saved_at", "text", "html", "corrections"]
    fields = {name: getattr(paste, name) for name in names}
    return {"for": paste.get_destination_display()} | fields | {"left_out": paste.outcome.get("left_out", [])}


def build_url(thing):
    return settings.SITE_URL + thing.get_absolute_url()


def erase_data(member, choices):
    erase_mails(member)
    delete_rsvps(member)
    if choices.keep_session_notes:
        anonymise_session_notes(member)
    else:
        delete_session_notes(member)
    Version.objects.filter(member=member.pk).update(**ANONYMOUS)  # of notes that were theirs in the past


def erase_mails(member):
    """Erase mails about the member's RSVPs. They are found by key, so mails to an earlier address are included."""
    theirs = OutgoingMail.objects.filter(key__regex=rf"^[a-z-]+:\d+:{member.pk}:")
    theirs.filter(state__in=OutgoingMail.WAITING_STATES).update(state=OutgoingMail.State.DROPPED)
    theirs.update(retention=OutgoingMail.Retention.NOTHING, **OutgoingMail.EMPTY)


def delete_rsvps(member):
    """Delete the RSVPs and give their seats to the queue. The seat count of past meetups stays."""
    for meetup in Meetup.objects.filter(rsvps__member=member).order_by("pk"):
        with locked_seat_counter(meetup) as counter:
            for rsvp in RSVP.objects.filter(meetup=meetup, member=member):
                if not counter.meetup.is_past:
                    release_seats(counter, rsvp)
                rsvp.delete()


def anonymise_session_notes(member):
    """Remove the name from the member's notes and their history; the texts stay."""
    keys = list(member.session_notes.values_list("pk", flat=True))
    Version.objects.filter(id__in=keys).exclude(name="", member=None).update(**ANONYMOUS)
    UNRECORDED.filter(pk__in=keys).update(**ANONYMOUS)


def delete_session_notes(member):
    """Delete the member's notes with their history, and the history of their notes that were deleted before."""
    keys = set(member.session_notes.values_list("pk", flat=True))
    once = set(Version.objects.filter(member=member.pk).values_list("id", flat=True))
    others = set(SessionNote.objects.filter(pk__in=once).values_list("pk", flat=True)) - keys
    SessionNote.objects.filter(pk__in=keys).delete()
    Version.objects.filter(id__in=(keys | once) - others).delete()


def delete_expired(at):
    over = RSVP.objects.annotate(over_at=Coalesce("meetup__ends_at", "meetup__cancelled_at"))
    over.filter(over_at__lt=at - MESSAGE_KEPT_FOR).exclude(message="").update(message="")
    there = Q(answer=RSVP.Answer.GOING, meetup__cancelled_at=None) & (Q(attended=True) | Q(attended=None))
    over.filter(over_at__lt=at - ABSENCE_KEPT_FOR).exclude(there).delete()
    over.filter(over_at__lt=at - ATTENDANCE_KEPT_FOR).delete()
    Paste.objects.expired(at).delete()
    guest_messages.delete_expired(at)
