"""Meetups as calendar files (RFC 5545, RFC 7986): one evening, all that the public may see, a member's own.

A file is made of the rows and not of the hour: it is the same to the last byte until something changes. That spares
those who ask again, and it is what `ETag` stands on.
"""

import datetime as dt
import secrets
from email.utils import parseaddr

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, vCalAddress, vDuration, vText

from bookclub.clock_changes import vtimezone
from bookclub.models import Club
from meetups.calendar_entries import Answer, answer_of, entries_for, entry, plain
from members.models import Member

KEPT = dt.timedelta(days=365)  # after it is over
CANCELLED_KEPT = dt.timedelta(days=60)  # after it was cancelled: by then every calendar has asked again
ASK_AGAIN_AFTER = dt.timedelta(hours=4)
COLOUR = "maroon"  # of the colours that have a name, the one nearest to our claret


def club_calendar(club) -> bytes:
    """For everybody to subscribe to: what a visitor may see, whoever asks."""
    calendar = feed_for(AnonymousUser(), club)
    calendar.uid = f"meetups@{settings.SITE_HOST}"
    calendar.add("source", settings.SITE_URL + reverse("meetups:calendar"), parameters={"VALUE": "URI"})
    return calendar.to_ical()


def member_calendar(member, club) -> bytes:
    """All that `member` may see, with what they answered; what they said no to is left out."""
    return feed_for(member, club).to_ical()


def meetup_calendar(meetup, club) -> bytes:
    """One evening from `entries_for`, to be taken into a calendar by hand."""
    return calendar_of([entry(meetup, club)]).to_ical()


def calendar_file(meetup, member) -> str:
    """One evening for a mail to `member`, as the database has it now; empty where it has no date.

    Says who publishes it and when, as RFC 5546 asks of what comes by mail. Up to five queries.
    """
    meetup = entries_for(member).filter(pk=meetup.pk).first()
    if meetup is None:
        return ""
    club = Club.objects.current()
    event = entry(meetup, club)
    event.stamp = timezone.now()
    event.organizer = sender(club)
    calendar = calendar_of([event])
    calendar.method = "PUBLISH"
    return calendar.to_ical().decode()


def address_calendar(member):
    """Give the member's calendar a secret address, unless it has one."""
    if not member.calendar_token:
        reset_calendar(member)


def reset_calendar(member):
    """A new secret address for the member's calendar. The one before opens nothing from now on."""
    member.calendar_token = secrets.token_urlsafe(32)
    Member.objects.filter(pk=member.pk).update(calendar_token=member.calendar_token)


def feed_for(user, club):
    now = timezone.now()
    is_fresh = Q(cancelled_at=None) | Q(cancelled_at__gt=now - CANCELLED_KEPT)
    meetups = entries_for(user).visible_to(user).filter(is_fresh, ends_at__gt=now - KEPT).order_by("date", "pk")
    entries = [entry(meetup, club) for meetup in meetups if answer_of(meetup) != Answer.NOT_GOING]
    calendar = calendar_of(entries)
    describe(calendar, club)
    if not entries:  # without any part it would be no calendar
        calendar.add_component(vtimezone(club.time_zone, now.year, now.year))
    return calendar


def calendar_of(entries):
    """With all that is said of the zones in which they are."""
    calendar = Calendar()
    calendar.prodid = f"-//{settings.SITE_HOST}//Book club//EN"
    calendar.version = "2.0"
    for event in entries:
        calendar.add_component(event)
    years = [event.start.year for event in entries]
    zones = [vtimezone(key, min(years) - 1, max(years) + 1) for key in sorted(calendar.get_missing_tzids())]
    calendar.subcomponents[:0] = zones
    return calendar


def describe(calendar, club):
    """How it is to be shown among others, and when to ask again.

    Not for a file that is taken by hand: some programs make a calendar of its own of what has a name.
    """
    # Each under its present name and under that which programs read before RFC 7986; the library leaves both unescaped.
    for names, text in ((("name", "x-wr-calname"), club.name), (("description", "x-wr-caldesc"), club.tagline)):
        for name in names if text else ():
            calendar[name] = vText(plain(text))
    calendar.color = COLOUR
    calendar.url = settings.SITE_URL + reverse("meetups:list")
    calendar.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(ASK_AGAIN_AFTER))


def sender(club):
    address = vCalAddress(f"mailto:{club.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    address.params["CN"] = plain(club.name)
    return address
