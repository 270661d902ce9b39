"""The mails of a meetup. Each is written into the outbox, in the transaction of what it tells of; none is sent here.

Nobody is greeted: the first line is the fact. So what tells many the same is composed once for all who gave the same
answer, and a thousand mails cost little more than their rows. Who has rights or drafts of their own, and so may see
more than others, gets a text of their own.

A mail is the only one of its kind, meetup, member and occasion, which is its key: `rsvp-going:12:34:…`.
"""

import datetime as dt
import re
from dataclasses import replace
from itertools import groupby

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bookclub.compose import compose
from bookclub.models import Club, OutgoingMail
from books.models import Book
from meetups.calendars import calendar_file
from meetups.models import RSVP
from members.models import Member

DAY = dt.timedelta(days=1)
# Of one kind, meetup and member within a day: who joins and leaves all the time reads the rest on the page.
ENOUGH = 3
REMINDERS = ["reminder-week", "reminder-day"]
BRINGS_CALENDAR = {"rsvp-going", "rsvp-promoted", "meetup-changed", "meetup-cancelled", "meetup-reinstated"}
OF_USE_UNTIL_IT_BEGINS = {*REMINDERS, "meetup-changed"}
OF_USE_AFTERWARDS = {"rsvp-removed", "writeup-out"}
# What turns the direction of writing for all that follows on the line.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def write_answer(rsvp):
    """To who has just asked: a seat, a place in the line, or word that an organiser says yes first."""
    kind = f"rsvp-{rsvp.answer}"
    if not has_had_enough(kind, rsvp):
        write(kind, rsvp.meetup, [rsvp], occasion_of(rsvp))


def write_promoted(rsvp):
    write("rsvp-promoted", rsvp.meetup, [rsvp], occasion_of(rsvp))


def write_removed(rsvp, *, reason=""):
    """To whom an organiser has taken off the list; `reason` only where they are to read it."""
    write("rsvp-removed", rsvp.meetup, [rsvp], occasion_of(rsvp), lambda _: {"reason": in_one_line(reason)})


def write_cancelled(meetup):
    """To all who go, wait or are pending."""
    withdraw_reminders(meetup)
    because = {"reason": in_one_line(meetup.cancelled_because)}
    write(
        "meetup-cancelled", meetup, with_members(meetup.rsvps.coming()), stamp(meetup.cancelled_at), lambda _: because
    )


def write_reinstated(meetup):
    """To the same, who were told that it is cancelled: it takes place after all."""
    write("meetup-reinstated", meetup, with_members(meetup.rsvps.coming()), stamp(timezone.now()))


def withdraw_reminders(meetup, member=None):
    """What was not sent yet is not true any more; where it is missed, it is written anew."""
    keys = [f"{kind}:{meetup.pk}:{f'{member.pk}:' if member else ''}" for kind in REMINDERS]
    theirs = Q(key__startswith=keys[0]) | Q(key__startswith=keys[1])
    OutgoingMail.objects.filter(theirs, kind__in=REMINDERS, state=OutgoingMail.State.QUEUED).delete()


def write(kind, meetup, rsvps, occasion, more=lambda member: {}):
    """Queue the mail `kind` to each of the list `rsvps`, unless it is there.

    `more` says what else its templates tell a member, or None where there is nothing to tell them. Some ten queries
    and one composing for each kind of reader, and one query for every 500 mails.
    """
    rows = []
    for _, alike in groupby(sorted(rsvps, key=likeness), key=likeness):
        alike = list(alike)
        if (told := more(alike[0].member)) is not None:
            fields = fields_for(kind, meetup, alike[0], told)
            rows += [OutgoingMail(key=key_of(kind, rsvp, occasion), to=rsvp.member.email, **fields) for rsvp in alike]
    OutgoingMail.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def with_members(rsvps, limit=None):
    """The list of those whose account is alive, with all that `write` wants to know of each. One query."""
    through = Member.groups.through, Member.user_permissions.through
    has_group, has_right = (Exists(model.objects.filter(member=OuterRef("member"))) for model in through)
    sees_more = Q(has_group) | Q(has_right) | Q(member__is_superuser=True) | Q(member__author__isnull=False)
    alive = rsvps.filter(member__is_active=True).select_related("member").annotate(sees_more=sees_more)
    return list(alive[:limit])


def likeness(rsvp):
    """The same for all who are to read the same. Without `with_members` nobody is like another."""
    is_alone = getattr(rsvp, "sees_more", True)
    return rsvp.answer, rsvp.guests, rsvp.member.approved_at is None, rsvp.pk if is_alone else 0


def key_of(kind, rsvp, occasion):
    return f"{kind}:{rsvp.meetup_id}:{rsvp.member_id}:{occasion}"


def occasion_of(rsvp):
    return stamp(rsvp.answered_at)


def stamp(moment):
    return f"{moment:%Y%m%dT%H%M%S%f}"


def fields_for(kind, meetup, rsvp, told):
    """The fields of the row that are the same for all who are like `rsvp`, with nothing that they may not see."""
    club = Club.objects.current()
    calendar = calendar_file(meetup, rsvp.member) if kind in BRINGS_CALENDAR else ""
    context = {
        "meetup": meetup,
        "rsvp": rsvp,
        "place": place_for(meetup, rsvp.member),
        "book": book_for(meetup, rsvp.member),
        "in_line": in_line(rsvp),
        "calendar": calendar,
        "link": settings.SITE_URL + meetup.get_absolute_url(),
    }
    template = "reminder" if kind in REMINDERS else kind
    return compose(f"meetups/email/{template}", context | told) | {
        "kind": kind,
        "calendar": calendar,
        "headers": {"Reply-To": club.contact_email} if club.contact_email else {},
        "expires_at": end_of_use(kind, meetup),
    }


def place_for(meetup, member):
    """As `member` may know it, in words that stay in their line; None without a venue."""
    place = meetup.place_for(member)
    names = ("name", "address", "room")
    return place and replace(place, **{name: in_one_line(getattr(place, name)) for name in names})


def book_for(meetup, member):
    """What it is about, if `member` may see it: in a line, and else nothing. Up to three queries."""
    book = Book.objects.visible_to(member).filter(pk=meetup.book_id).first() if meetup.book_id else None
    return in_one_line(book.full_title) if book else ""


def in_line(rsvp):
    """“2nd of 3”, for who waits."""
    if rsvp.answer != RSVP.Answer.WAITING:
        return ""
    place, length = rsvp.place
    return f"{ordinal(place)} of {length}"


def end_of_use(kind, meetup):
    """When nobody is to be told any more."""
    if kind in OF_USE_AFTERWARDS:
        return None
    return (kind in OF_USE_UNTIL_IT_BEGINS and meetup.starts_at) or meetup.ends_at


def has_had_enough(kind, rsvp):
    """Whether today they have had so many mails that another one would only be a nuisance."""
    mails = OutgoingMail.objects.filter(to=rsvp.member.email, kind=kind, written_at__gt=timezone.now() - DAY)
    return mails.filter(key__startswith=key_of(kind, rsvp, "")).count() >= ENOUGH


def in_one_line(text):
    """Typed words where a line of ours follows: they can begin no other, and turn no writing but their own."""
    return " ".join(TURNS.sub("", text).split())
