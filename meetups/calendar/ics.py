"""Build the VEVENT of a meetup with the data that its reader may see. It never contains guests."""

import datetime as dt

from django.conf import settings
from django.db.models import Prefetch
from icalendar import CLASS, STATUS, TRANSP, Event

from bookclub.core.text import strip_controls
from meetups.calendar.vtimezone import is_described
from meetups.models import RSVP, Meetup

Answer = RSVP.Answer

# Before the club's name: many programs don't show the STATUS of subscribed events.
UNCERTAIN_PREFIXES = {Answer.WAITING: "Waiting list", Answer.PENDING: "Not certain yet"}
ANSWER_DESCRIPTIONS = {
    Answer.GOING: "Your seat is saved.",
    Answer.WAITING: "You are on the waiting list, without a seat yet. We write as soon as there is one.",
    Answer.PENDING: "An organiser says yes first, so you have no seat yet. We write as soon as there is one.",
}


def get_calendar_meetups(user):
    """Return the dated meetups that `user` may see, with all that `build_event` reads. Up to four queries."""
    meetups = Meetup.objects.exclude(date=None).with_place_for(user).select_visible(user, "book")
    if not user.is_authenticated:
        return meetups
    return meetups.prefetch_related(Prefetch("rsvps", RSVP.objects.filter(member=user), to_attr="own_rsvps"))


def get_own_answer(meetup):
    """Return the reader's answer to a meetup from `get_calendar_meetups`, or None."""
    rsvps = getattr(meetup, "own_rsvps", [])
    return rsvps[0].answer if rsvps else None


def build_event(meetup, club) -> Event:
    """Return the VEVENT of a meetup from `get_calendar_meetups`. Its UID never changes."""
    start, end = get_event_times(meetup)
    changed_at = get_last_change(meetup)
    return Event.new(
        uid=f"meetup-{meetup.pk}@{club.lasting_host}",
        sequence=meetup.sequence,
        stamp=changed_at,
        last_modified=changed_at,
        start=start,
        end=end,
        status=get_event_status(meetup),
        transparency=TRANSP.OPAQUE if meetup.start_time else TRANSP.TRANSPARENT,
        classification=CLASS.PRIVATE if has_private_address(meetup) else None,
        summary=strip_controls(build_summary(meetup, club)),
        description=strip_controls("\n".join(filter(None, iter_description_lines(meetup)))),
        location=strip_controls(build_location(meetup)) or None,
        url=settings.SITE_URL + meetup.get_absolute_url(),
    )


def withdraw_event(event):
    """Mark the entry of somebody who is not going any more as cancelled; its UID stays (RFC 5546, section 3.2.1)."""
    event.status = STATUS.CANCELLED
    event.transparency = TRANSP.TRANSPARENT
    event["summary"] = f"Not going – {event['summary']}"


def get_event_times(meetup):
    """Return start and end in the meetup's zone, or as dates; the end may be None.

    In UTC if the zone's VTIMEZONE would give another instant.
    """
    if meetup.start_time is None:
        return meetup.date, meetup.date + dt.timedelta(days=1)
    moments = [meetup.starts_at, *([meetup.ends_at] if meetup.end_time else [])]
    zone = meetup.zone if all(is_described(meetup.time_zone, moment) for moment in moments) else dt.UTC
    start, *end = [moment.astimezone(zone) for moment in moments]
    return start, end[0] if end else None


def get_last_change(meetup):
    """Return the time of the last change of the meetup or of the reader's answer, which can reveal the address."""
    answered = [rsvp.answered_at for rsvp in getattr(meetup, "own_rsvps", [])]
    return max([meetup.changed_at, *answered]).astimezone(dt.UTC)


def get_event_status(meetup):
    if meetup.cancelled_at:
        return STATUS.CANCELLED
    is_certain = meetup.is_published and get_own_answer(meetup) not in UNCERTAIN_PREFIXES
    return STATUS.CONFIRMED if is_certain else STATUS.TENTATIVE


def build_summary(meetup, club):
    """Return a summary such as “Cancelled – TechTech Book Club: Smart Urbanism”."""
    name = f"{club.name}: {meetup.shown_book.title}" if meetup.shown_book else club.name
    prefix = "Cancelled" if meetup.cancelled_at else UNCERTAIN_PREFIXES.get(get_own_answer(meetup))
    if not meetup.is_published:
        prefix = "Draft"
    return f"{prefix} – {name}" if prefix else name


def iter_description_lines(meetup):
    """Yield the lines of the description; lines that don't apply are empty or None."""
    if meetup.cancelled_at:
        yield f"This meetup is cancelled. {meetup.cancellation_reason}".strip()
    else:
        yield ANSWER_DESCRIPTIONS.get(get_own_answer(meetup))
    yield meetup.standfirst
    yield meetup.shown_book and f"Book: {meetup.shown_book.full_title}"
    yield meetup.cost and f"Cost: {meetup.cost}"
    if meetup.place and meetup.place.is_address_hidden:
        yield "The address is for those who are going."
    yield settings.SITE_URL + meetup.get_absolute_url()


def build_location(meetup):
    place = meetup.place
    return ", ".join(filter(None, [str(place), place.room])) if place else ""


def has_private_address(meetup):
    return meetup.venue is not None and meetup.venue.is_private and not meetup.place.is_address_hidden
