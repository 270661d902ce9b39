"""One evening as an entry of a calendar (VEVENT), as far as its reader may know it. Never who comes."""

import datetime as dt
import unicodedata

from django.conf import settings
from django.db.models import Prefetch
from icalendar import CLASS, STATUS, TRANSP, Event

from meetups.models import RSVP, Meetup

Answer = RSVP.Answer

# In front of the name, since many programs show no status of what they subscribe to.
MARKS = {Answer.WAITING: "Waiting list", Answer.PENDING: "Not certain yet"}
ANSWERS = {
    Answer.GOING: "Your seat is saved.",
    Answer.WAITING: "You are on the waiting list, without a seat yet. We write as soon as there is one.",
    Answer.PENDING: "An organiser says yes first, so you have no seat yet. We write as soon as there is one.",
}


def entries_for(user):
    """Meetups with a date, and all that `entry` tells `user` of them. Up to four queries for any number of rows."""
    meetups = Meetup.objects.exclude(date=None).placed_for(user).seeing(user, "book")
    if not user.is_authenticated:
        return meetups
    return meetups.prefetch_related(Prefetch("rsvps", RSVP.objects.filter(member=user), to_attr="own_rsvps"))


def answer_of(meetup):
    """What the reader answered, if they did."""
    rsvps = getattr(meetup, "own_rsvps", [])
    return rsvps[0].answer if rsvps else None


def entry(meetup, club) -> Event:
    """An evening from `entries_for`. The same evening has the same UID for ever; what is newer counts higher."""
    start, end = times(meetup)
    changed_at = moment_of_change(meetup)
    return Event.new(
        uid=f"meetup-{meetup.pk}@{settings.SITE_HOST}",
        sequence=meetup.sequence,
        stamp=changed_at,
        last_modified=changed_at,
        start=start,
        end=end,
        status=status(meetup),
        transparency=TRANSP.OPAQUE if meetup.start_time else TRANSP.TRANSPARENT,
        classification=CLASS.PRIVATE if tells_an_address_kept_private(meetup) else None,
        summary=plain(summary(meetup, club)),
        description=plain("\n".join(filter(None, description(meetup)))),
        location=plain(location(meetup)) or None,
        url=settings.SITE_URL + meetup.get_absolute_url(),
    )


def times(meetup):
    """Start and end on the clock of its zone, or days; no end where nobody said when."""
    if meetup.start_time is None:
        return meetup.date, meetup.date + dt.timedelta(days=1)
    end = meetup.ends_at.astimezone(meetup.zone) if meetup.end_time else None
    return meetup.starts_at.astimezone(meetup.zone), end


def moment_of_change(meetup):
    """The meetup's, or that of the reader's own answer, with which the address comes and goes."""
    answered = [rsvp.answered_at for rsvp in getattr(meetup, "own_rsvps", [])]
    return max([meetup.changed_at, *answered]).astimezone(dt.UTC)


def status(meetup):
    if meetup.cancelled_at:
        return STATUS.CANCELLED
    is_certain = meetup.is_published and answer_of(meetup) not in MARKS
    return STATUS.CONFIRMED if is_certain else STATUS.TENTATIVE


def summary(meetup, club):
    """“Cancelled – TechTech Book Club: Smart Urbanism”."""
    name = f"{club.name}: {meetup.shown_book.title}" if meetup.shown_book else club.name
    mark = "Cancelled" if meetup.cancelled_at else MARKS.get(answer_of(meetup))
    if not meetup.is_published:
        mark = "Draft"
    return f"{mark} – {name}" if mark else name


def description(meetup):
    """Its lines, some of them empty."""
    if meetup.cancelled_at:
        yield f"This meetup is cancelled. {meetup.cancelled_because}".strip()
    else:
        yield ANSWERS.get(answer_of(meetup))
    yield meetup.standfirst
    yield meetup.shown_book and f"Book: {meetup.shown_book.full_title}"
    yield meetup.cost and f"Cost: {meetup.cost}"
    if meetup.place and meetup.place.is_guarded:
        yield "The address is for those who are going."
    yield settings.SITE_URL + meetup.get_absolute_url()


def location(meetup):
    place = meetup.place
    return ", ".join(filter(None, [str(place), place.room])) if place else ""


def tells_an_address_kept_private(meetup):
    return meetup.venue is not None and meetup.venue.is_private and not meetup.place.is_guarded


def plain(text):
    """Without the control characters, for which a calendar file has no spelling; lines end as everywhere else here."""
    text = text.replace("\r\n", "\n")
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) != "Cc")
