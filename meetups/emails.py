"""Mails about a meetup, queued in the outbox in the transaction of the change that they report.

The mails contain no names of their readers, so one text is rendered for all members with the same answer. Members with
permissions or drafts may see more than others, and get a text of their own.

The key of a mail, such as `rsvp-going:12:34:…`, consists of kind, meetup, member and occasion, and is unique.
"""

import datetime as dt
from dataclasses import replace
from itertools import groupby

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.core.text import single_line
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail
from books.models import Book
from meetups.calendar.feeds import build_mail_attachment
from meetups.models import RSVP
from members.models import Member

DAY = dt.timedelta(days=1)
# Per kind, meetup and member, for somebody who joins and leaves repeatedly.
MAX_MAILS_A_DAY = 3
REMINDER_KINDS = ["reminder-week", "reminder-day"]
KINDS_WITH_CALENDAR = {
    "rsvp-going",
    "rsvp-promoted",
    "rsvp-given-back",
    "rsvp-removed",
    "meetup-changed",
    "meetup-cancelled",
    "meetup-reinstated",
}
KINDS_EXPIRING_AT_START = {*REMINDER_KINDS, "meetup-changed"}
KINDS_WITHOUT_EXPIRY = {"rsvp-removed", "writeup-out"}


def write_answer_mail(rsvp):
    """Tell a member the result of their request: seat, waiting list, or approval pending."""
    write_limited_mail(f"rsvp-{rsvp.answer}", rsvp)


def write_given_back_mail(rsvp):
    """Confirm to a member that their seat is given back; the file withdraws the entry from their calendar."""
    write_limited_mail("rsvp-given-back", rsvp)


def write_limited_mail(kind, rsvp):
    """Queue the mail unless the member got MAX_MAILS_A_DAY of this kind about the meetup."""
    mails = OutgoingMail.objects.to_any_of([rsvp.member.email]).filter(kind=kind, written_at__gt=timezone.now() - DAY)
    if mails.filter(key__startswith=build_key(kind, rsvp, "")).count() < MAX_MAILS_A_DAY:
        queue_mails(kind, rsvp.meetup, [rsvp], format_timestamp(rsvp.answered_at))


def write_promotion_mail(rsvp):
    queue_mails("rsvp-promoted", rsvp.meetup, [rsvp], format_timestamp(rsvp.answered_at))


def write_removal_mail(rsvp, *, reason="", had_seat=True):
    """Tell a member that an organiser removed them; include the reason only if the organiser chose so.

    The file that withdraws the entry goes only to those who had a seat: others got none.
    """
    queue_mails(
        "rsvp-removed",
        rsvp.meetup,
        [rsvp],
        format_timestamp(rsvp.answered_at),
        lambda _: {"reason": single_line(reason), "had_seat": had_seat},
    )


def write_cancellation_mails(meetup):
    delete_queued_reminders(meetup)
    context = {"reason": single_line(meetup.cancellation_reason)}
    queue_mails(
        "meetup-cancelled",
        meetup,
        fetch_recipients(meetup.rsvps.to_notify()),
        format_timestamp(meetup.cancelled_at),
        lambda _: context,
    )


def write_reinstatement_mails(meetup):
    queue_mails(
        "meetup-reinstated", meetup, fetch_recipients(meetup.rsvps.to_notify()), format_timestamp(timezone.now())
    )


def delete_queued_reminders(meetup, member=None):
    """Delete unsent reminders that are outdated; the periodic task writes those still needed again."""
    keys = [f"{kind}:{meetup.pk}:{f'{member.pk}:' if member else ''}" for kind in REMINDER_KINDS]
    theirs = Q(key__startswith=keys[0]) | Q(key__startswith=keys[1])
    OutgoingMail.objects.filter(theirs, kind__in=REMINDER_KINDS, state=OutgoingMail.State.QUEUED).delete()


def queue_mails(kind, meetup, rsvps, occasion, get_context=lambda member: {}):
    """Queue the mail `kind` for each of the list `rsvps` unless it exists already.

    `get_context(member)` returns extra template context, or None to skip the member. About ten queries and one
    rendering for each group of readers with the same text, and one query for every 500 mails.
    """
    rows = []
    for _, alike in groupby(sorted(rsvps, key=get_grouping_key), key=get_grouping_key):
        alike = list(alike)
        if (extra_context := get_context(alike[0].member)) is not None:
            fields = render_fields(kind, meetup, alike[0], extra_context)
            rows += [
                OutgoingMail(key=build_key(kind, rsvp, occasion), to=rsvp.member.email, **fields) for rsvp in alike
            ]
    OutgoingMail.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def fetch_recipients(rsvps, limit=None):
    """Return the list of RSVPs of active members, with all that `queue_mails` needs. One query."""
    through = Member.groups.through, Member.user_permissions.through
    has_group, has_permission = (Exists(model.objects.filter(member=OuterRef("member"))) for model in through)
    may_see_more = Q(has_group) | Q(has_permission) | Q(member__is_superuser=True) | Q(member__author__isnull=False)
    active = rsvps.filter(member__is_active=True).select_related("member").annotate(may_see_more=may_see_more)
    return list(active[:limit])


def get_grouping_key(rsvp):
    """Return a key that is equal for all readers of the same text; unique if `rsvp` is not from `fetch_recipients`."""
    has_own_text = getattr(rsvp, "may_see_more", True)
    reason = rsvp.is_added_by_organiser, bool(rsvp.attended)
    return rsvp.answer, rsvp.guests, rsvp.member.approved_at is None, reason, rsvp.pk if has_own_text else 0


def build_key(kind, rsvp, occasion):
    return f"{kind}:{rsvp.meetup_id}:{rsvp.member_id}:{occasion}"


def format_timestamp(moment):
    return f"{moment:%Y%m%dT%H%M%S%f}"


def render_fields(kind, meetup, rsvp, extra_context):
    """Return the mail fields that are the same for the group of `rsvp`, with only what its members may see."""
    club = Club.objects.current()
    has_calendar = kind in KINDS_WITH_CALENDAR and extra_context.get("had_seat", True)
    calendar = build_mail_attachment(meetup, rsvp.member) if has_calendar else ""
    context = {
        "meetup": meetup,
        "rsvp": rsvp,
        "place": get_place(meetup, rsvp.member),
        "book": get_book_title(meetup, rsvp.member),
        "queue_place": rsvp.queue_place_label if rsvp.answer == RSVP.Answer.WAITING else "",
        "calendar": calendar,
        "link": settings.SITE_URL + meetup.get_absolute_url(),
    }
    template = "reminder" if kind in REMINDER_KINDS else kind
    return render_mail(f"meetups/email/{template}", context | extra_context) | {
        "kind": kind,
        "calendar": calendar,
        "headers": {"Reply-To": club.contact_email} if club.contact_email else {},
        "expires_at": get_expiry(kind, meetup),
    }


def get_place(meetup, member):
    """Return the Place as `member` may see it; None without a venue. Its typed texts are reduced to one line."""
    place = meetup.place_for(member)
    names = ("name", "address", "room")
    return place and replace(place, **{name: single_line(getattr(place, name)) for name in names})


def get_book_title(meetup, member):
    """Return the book's title if `member` may see the book, else an empty string. Up to three queries."""
    book = Book.objects.visible_to(member).filter(pk=meetup.book_id).first() if meetup.book_id else None
    return single_line(book.full_title, None) if book else ""


def get_expiry(kind, meetup):
    """Return the time after which the mail must not be sent, or None."""
    if kind in KINDS_WITHOUT_EXPIRY:
        return None
    return (kind in KINDS_EXPIRING_AT_START and meetup.starts_at) or meetup.ends_at
