"""Periodic tasks that write reminders of a meetup and announce its write-up.

A reminder is due at 9:00 in the meetup's time zone, a week or a day before. If no worker was running it is sent late:
the first until two days before the meetup, the second until it begins. Only members with a seat are reminded. A member
gets none after another mail about the meetup in the twelve hours before the reminder was due, or since: they have just
saved a seat, got one from the waiting list, or read about a new date.

No table stores what is due. The tasks query for the missing mails: of this kind, to this member, about this date. So
they can run late, twice, and on two machines, and a meetup with a new date gets new reminders.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.core.text import single_line
from bookclub.mail.models import OutgoingMail
from meetups import emails
from meetups.models import RSVP, Meetup, MeetupChange, SeatCounter, WriteUp

DUE_AT = dt.time(9)
RECENTLY_WRITTEN_TO = dt.timedelta(hours=12)
BATCH_SIZE = 500

ANNOUNCE_AFTER = dt.timedelta(minutes=10)  # a write-up that is unpublished at once is not announced
ANNOUNCE_WITHIN = dt.timedelta(days=7)
MEETUP_NOT_OLDER_THAN = dt.timedelta(days=60)  # the write-up of an older meetup, such as an imported one, is no news
OCCASION = "once"


@dataclass(frozen=True)
class Reminder:
    kind: str
    days: int  # days before the meetup on which it is due
    until: dt.timedelta  # time before the start after which it is too late

    def due_at(self, meetup):
        return dt.datetime.combine(meetup.date - dt.timedelta(days=self.days), DUE_AT, meetup.zone)

    def is_due(self, meetup, at):
        return self.due_at(meetup) <= at < (meetup.starts_at or meetup.ends_at) - self.until


WEEK = Reminder("reminder-week", days=7, until=dt.timedelta(days=2))
DAY = Reminder("reminder-day", days=1, until=dt.timedelta())


def write_reminders():
    """Periodic task. Two queries if no meetup is near, and one for each due reminder."""
    now, club = timezone.now(), Club.objects.current()
    wanted = [WEEK] * club.reminds_a_week_before + [DAY] * club.reminds_a_day_before
    for meetup in get_upcoming_meetups(now) if wanted else []:
        for reminder in wanted:
            if reminder.is_due(meetup, now):
                write_meetup_reminders(meetup, reminder)


def get_upcoming_meetups(at):
    """Return the meetups of the next eight days: a week, and a day for other time zones."""
    last = (at + dt.timedelta(days=WEEK.days + 1)).date()
    meetups = Meetup.objects.published(at).going_ahead().filter(ends_at__gt=at, date__lte=last)
    return meetups.select_related("venue").order_by("date", "pk")


def write_meetup_reminders(meetup, reminder):
    while get_unreminded(meetup, reminder).exists() and write_reminder_batch(meetup.pk, reminder):
        pass


def write_reminder_batch(meetup_pk, reminder) -> bool:
    """Write up to BATCH_SIZE reminders; return whether there were any. Locks the seats: a member may be leaving."""
    with transaction.atomic():
        SeatCounter.objects.lock(Meetup(pk=meetup_pk))
        now = timezone.now()
        meetup = get_upcoming_meetups(now).filter(pk=meetup_pk).first()
        if meetup is None or not reminder.is_due(meetup, now):
            return False
        rsvps = emails.fetch_recipients(get_unreminded(meetup, reminder), limit=BATCH_SIZE)
        emails.queue_mails(reminder.kind, meetup, rsvps, meetup.date)
        return bool(rsvps)


def get_unreminded(meetup, reminder):
    """Return the RSVPs that lack their reminder; none while a change notice is pending."""
    known_since = reminder.due_at(meetup) - RECENTLY_WRITTEN_TO
    seated = meetup.rsvps.going().filter(answered_at__lte=known_since, member__is_active=True)
    told = OutgoingMail.objects.filter(kind="meetup-changed", to=OuterRef("member__email"), written_at__gt=known_since)
    not_notified = MeetupChange.objects.not_notified().filter(meetup=OuterRef("meetup"))
    reminded = get_mails_to_member(reminder.kind, meetup, meetup.date)
    told = told.filter(key__startswith=f"meetup-changed:{meetup.pk}:")
    return seated.filter(~Exists(told), ~Exists(not_notified), ~Exists(reminded))


def get_mails_to_member(kind, meetup, occasion):
    """Return a subquery: the mail of this kind and occasion to the member of the outer query's RSVP."""
    member = Cast(OuterRef("member"), CharField())
    return OutgoingMail.objects.filter(key=Concat(Value(f"{kind}:{meetup.pk}:"), member, Value(f":{occasion}")))


def announce_writeups():
    """Periodic task. One query if nothing is new, and one for each new write-up."""
    for writeup in get_new_writeups(timezone.now()):
        guests = emails.fetch_recipients(get_unannounced(writeup))
        emails.queue_mails(
            "writeup-out", writeup.meetup, guests, OCCASION, partial(build_announcement_context, writeup)
        )


def get_new_writeups(at):
    """Return write-ups of recent meetups that were published in the last week."""
    fresh = WriteUp.objects.published(at - ANNOUNCE_AFTER).filter(published_at__gt=at - ANNOUNCE_WITHIN)
    recent = fresh.filter(
        meetup__ends_at__lte=at, meetup__ends_at__gt=at - MEETUP_NOT_OLDER_THAN, meetup__cancelled_at=None
    )
    return recent.select_related("meetup__venue", "author")


def get_unannounced(writeup):
    """Return the RSVPs, except the author's, of members who had a seat or came and were not yet mailed."""
    guests = writeup.meetup.rsvps.filter(Q(answer=RSVP.Answer.GOING) | Q(attended=True))
    others = guests.exclude(member=writeup.author.member_id)
    return others.filter(~Exists(get_mails_to_member("writeup-out", writeup.meetup, OCCASION)))


def build_announcement_context(writeup, member):
    """Return the mail's context, or None if `member` may not see the write-up. Two queries and permissions."""
    if not WriteUp.objects.visible_to(member).filter(pk=writeup.pk).exists():
        return None
    upcoming = Meetup.objects.visible_to(member).upcoming().going_ahead()
    after = upcoming.exclude(pk=writeup.meetup_id).first()
    return {
        "title": single_line(writeup.title),
        "standfirst": single_line(writeup.standfirst),
        "link": settings.SITE_URL + writeup.get_absolute_url(),
        "next_meetup": after,
        "next_link": after and settings.SITE_URL + after.get_absolute_url(),
    }
