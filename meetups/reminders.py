"""What nobody presses a button for: reminders, and word that the write-up is out. Both are chores.

A reminder falls due at nine in the morning, a week or a day before, on the clocks of the evening's own zone. Where no
worker was there it goes out late, for as long as it still is a reminder: that of a week before until two days before,
that of a day before until it begins. Who was written to within twelve hours before it fell due, or since, knows
already: they have just saved their seat or moved up, or were told of a new date. Who waits is reminded of nothing.

Nothing is remembered as due. What is missing is found: there is no mail of that kind to that member about that date. So
it may be looked for late, twice, and on two machines, and a meetup that is moved gets reminders of its new date.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from bookclub.models import Club, OutgoingMail
from meetups import emails
from meetups.models import RSVP, Change, Meetup, Seats, WriteUp

MORNING = dt.time(9)
KNOWS_ALREADY = dt.timedelta(hours=12)
BATCH = 500

SETTLED = dt.timedelta(minutes=10)  # a write-up that is taken back at once is announced to nobody
NEWS = dt.timedelta(days=7)
OF_LATE = dt.timedelta(days=60)  # an evening of long ago that is written up, or imported, is no news
ONCE = "once"


@dataclass(frozen=True)
class Reminder:
    kind: str
    days: int  # before the evening, when it falls due
    until: dt.timedelta  # before it begins, when it is none any more

    def due_at(self, meetup):
        return dt.datetime.combine(meetup.date - dt.timedelta(days=self.days), MORNING, meetup.zone)

    def is_due(self, meetup, at):
        return self.due_at(meetup) <= at < (meetup.starts_at or meetup.ends_at) - self.until


WEEK = Reminder("reminder-week", days=7, until=dt.timedelta(days=2))
DAY = Reminder("reminder-day", days=1, until=dt.timedelta())


def remind():
    """The chore. Two queries where no evening is near, and one for each reminder that is due."""
    now, club = timezone.now(), Club.objects.current()
    wanted = [WEEK] * club.reminds_a_week_before + [DAY] * club.reminds_a_day_before
    for meetup in near(now) if wanted else []:
        for reminder in wanted:
            if reminder.is_due(meetup, now):
                remind_of(meetup, reminder)


def near(at):
    """What people may come to in the next days. A day more than a week, since elsewhere it is another day."""
    last = (at + dt.timedelta(days=WEEK.days + 1)).date()
    meetups = Meetup.objects.published(at).filter(cancelled_at=None, ends_at__gt=at, date__lte=last)
    return meetups.select_related("venue").order_by("date", "pk")


def remind_of(meetup, reminder):
    while unreminded(meetup, reminder).exists() and write_batch(meetup.pk, reminder):
        pass


def write_batch(key, reminder) -> bool:
    """Whether there was anybody. Under the lock on the seats, so that nobody is reminded who leaves at this moment."""
    with transaction.atomic():
        Seats.objects.lock(Meetup(pk=key))
        now = timezone.now()
        meetup = near(now).filter(pk=key).first()
        if meetup is None or not reminder.is_due(meetup, now):
            return False
        rsvps = emails.with_members(unreminded(meetup, reminder), limit=BATCH)
        emails.write(reminder.kind, meetup, rsvps, meetup.date)
        return bool(rsvps)


def unreminded(meetup, reminder):
    """Those with a seat who are to be reminded, and are not yet. Nobody, while a change is still to be told."""
    known_since = reminder.due_at(meetup) - KNOWS_ALREADY
    seated = meetup.rsvps.going().filter(answered_at__lte=known_since, member__is_active=True)
    told = OutgoingMail.objects.filter(kind="meetup-changed", to=OuterRef("member__email"), written_at__gt=known_since)
    untold = Change.objects.untold().filter(meetup=OuterRef("meetup"))
    reminded = mails_about(reminder.kind, meetup, meetup.date)
    told = told.filter(key__startswith=f"meetup-changed:{meetup.pk}:")
    return seated.filter(~Exists(told), ~Exists(untold), ~Exists(reminded))


def mails_about(kind, meetup, occasion):
    """The mail of this key to the member of an RSVP of another query: one row, or none."""
    member = Cast(OuterRef("member"), CharField())
    return OutgoingMail.objects.filter(key=Concat(Value(f"{kind}:{meetup.pk}:"), member, Value(f":{occasion}")))


def announce_writeups():
    """The chore. One query where nothing is new, and one for each write-up that is."""
    for writeup in news(timezone.now()):
        guests = emails.with_members(unannounced(writeup))
        emails.write("writeup-out", writeup.meetup, guests, ONCE, Announcement(writeup))


def news(at):
    """Write-ups of evenings of late that went out in the last days."""
    fresh = WriteUp.objects.published(at - SETTLED).filter(published_at__gt=at - NEWS)
    of_late = fresh.filter(meetup__ends_at__lte=at, meetup__ends_at__gt=at - OF_LATE, meetup__cancelled_at=None)
    return of_late.select_related("meetup__venue", "author")


def unannounced(writeup):
    """Who had a seat, or came, and has not heard of it. Not the author, who has."""
    guests = writeup.meetup.rsvps.filter(Q(answer=RSVP.Answer.GOING) | Q(came=True))
    others = guests.exclude(member=writeup.author.member_id)
    return others.filter(~Exists(mails_about("writeup-out", writeup.meetup, ONCE)))


class Announcement:
    """What the mail says of a write-up, and of the meetup after it."""

    def __init__(self, writeup):
        self.writeup = writeup

    def __call__(self, member):
        """For its templates; None where `member` may not see the write-up. Two queries, and those for their rights."""
        if not WriteUp.objects.visible_to(member).filter(pk=self.writeup.pk).exists():
            return None
        upcoming = Meetup.objects.visible_to(member).upcoming().filter(cancelled_at=None)
        after = upcoming.exclude(pk=self.writeup.meetup_id).first()
        return {
            "title": emails.in_one_line(self.writeup.title),
            "standfirst": emails.in_one_line(self.writeup.standfirst),
            "link": settings.SITE_URL + self.writeup.get_absolute_url(),
            "next_meetup": after,
            "next_link": after and settings.SITE_URL + after.get_absolute_url(),
        }
