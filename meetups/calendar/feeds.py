"""Calendar files (RFC 5545, RFC 7986): one meetup, the club's public feed, a member's private feed.

A feed is byte-identical until a row changes, whatever the time, so a polling client gets a 304 by its `ETag`.
"""

import datetime as dt
import secrets
from email.utils import parseaddr

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, vCalAddress, vDuration, vText

from bookclub.core.models import Club
from bookclub.core.text import strip_controls
from meetups.calendar.ics import Answer, build_event, get_calendar_meetups, get_own_answer, withdraw_event
from meetups.calendar.vtimezone import build_vtimezone
from members.models import Member

PAST_KEPT_FOR = dt.timedelta(days=365)  # after the meetup has ended
CANCELLED_KEPT_FOR = dt.timedelta(days=60)  # after the cancellation: by then every calendar has polled again
REFRESH_INTERVAL = dt.timedelta(hours=4)
COLOUR = "maroon"  # the CSS colour name nearest to our accent colour (RFC 7986 allows names only)


def build_club_calendar(club) -> bytes:
    """Return the feed of what a visitor may see."""
    calendar = build_feed(AnonymousUser(), club)
    calendar.uid = f"meetups@{club.lasting_host}"
    calendar.add("source", settings.SITE_URL + reverse("meetups:calendar"), parameters={"VALUE": "URI"})
    return calendar.to_ical()


def build_member_calendar(member, club) -> bytes:
    """Return the feed of what `member` may see, with their answers, without meetups that they declined."""
    return build_feed(member, club).to_ical()


def build_meetup_calendar(meetup, club) -> bytes:
    """Return the file of one meetup from `get_calendar_meetups`, for importing by hand."""
    return build_calendar([build_event(meetup, club)]).to_ical()


def build_mail_attachment(meetup, member) -> str:
    """Return the calendar text for a mail to `member`, read anew from the database; empty for a meetup without a date.

    It has ORGANIZER and METHOD, as RFC 5546 (section 3.2.1) requires for mail. For somebody who is not going (any more)
    it withdraws the entry. Up to five queries.
    """
    meetup = get_calendar_meetups(member).filter(pk=meetup.pk).first()
    if meetup is None:
        return ""
    club = Club.objects.current()
    event = build_event(meetup, club)
    event.stamp = timezone.now()
    if get_own_answer(meetup) == Answer.NOT_GOING:
        withdraw_event(event)
    event.organizer = vCalAddress(f"mailto:{club.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    event.organizer.params["CN"] = strip_controls(club.name)
    calendar = build_calendar([event])
    calendar.method = "PUBLISH"
    return calendar.to_ical().decode()


def ensure_calendar_token(member):
    """Create the token of the member's calendar URL unless there is one."""
    if not member.calendar_token:
        reset_calendar_token(member)


def reset_calendar_token(member):
    """Replace the token of the member's calendar URL; the old URL, and those of merged accounts, stop working."""
    member.calendar_token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Member.objects.filter(pk=member.pk).update(calendar_token=member.calendar_token)
        member.merged.update(calendar_token="")


def build_feed(user, club):
    now = timezone.now()
    is_fresh = Q(cancelled_at=None) | Q(cancelled_at__gt=now - CANCELLED_KEPT_FOR)
    meetups = (
        get_calendar_meetups(user)
        .visible_to(user)
        .filter(is_fresh, ends_at__gt=now - PAST_KEPT_FOR)
        .order_by("date", "pk")
    )
    events = [build_event(meetup, club) for meetup in meetups if get_own_answer(meetup) != Answer.NOT_GOING]
    calendar = build_calendar(events)
    add_feed_properties(calendar, club)
    if not events:  # a calendar must have at least one component (RFC 5545, section 3.6)
        calendar.add_component(build_vtimezone(club.time_zone) or build_vtimezone("Etc/UTC"))
    return calendar


def build_calendar(events):
    """Return a Calendar of `events` with the VTIMEZONE components that they need."""
    calendar = Calendar()
    calendar.prodid = f"-//{settings.SITE_HOST}//Book club//EN"
    calendar.version = "2.0"
    for event in events:
        calendar.add_component(event)
    calendar.subcomponents[:0] = [build_vtimezone(key) for key in sorted(calendar.get_missing_tzids())]
    return calendar


def add_feed_properties(calendar, club):
    """Add name, description, colour and refresh interval.

    Not for a file that is imported by hand: some programs create a separate calendar for a file with a name.
    """
    # Both the names of RFC 7986 and the older X- names. The library escapes neither, hence vText.
    for names, text in ((("name", "x-wr-calname"), club.name), (("description", "x-wr-caldesc"), club.tagline)):
        for name in names if text else ():
            calendar[name] = vText(strip_controls(text))
    calendar.color = COLOUR
    calendar.url = settings.SITE_URL + reverse("meetups:list")
    calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_INTERVAL))
