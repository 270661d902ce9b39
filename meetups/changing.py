"""Telling those who are coming that a meetup is on another day, at another time, or somewhere else.

The save keeps what was before, as a `Change` in its own transaction. Five minutes after the last correction a chore
writes the mails: from what each of them was told last, to what stands now. So a slip that is put right at once is told
to nobody, two corrections are told as one, a save costs the same for eight people and for a thousand, and nothing is
lost when no worker is there for a while: then it is told late, though not once the meetup has begun.
"""

from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from bookclub.templatetags.bookclub import clock_times, long_date
from meetups import emails
from meetups.models import Change, Meetup, Seats


def note_change(before, after) -> int:
    """Keep what was before, if it matters to anybody: how many there are to be told.

    To be called under the lock of `seating.changing`, so that whoever answers is told either the one or the other.
    """
    people = those_coming(after).count() if is_news(before, after) else 0
    if people:
        Change.of(before).save()
        emails.withdraw_reminders(after)
    return people


def those_coming(meetup):
    return meetup.rsvps.coming().filter(member__is_active=True)


def is_told(meetup):
    """Whether a change of it concerns anybody: people can see it, and it is still ahead."""
    return meetup.is_published and not meetup.cancelled_at and not meetup.has_begun


def is_news(before, after):
    is_changed = any(getattr(before, name) != getattr(after, name) for name in Change.FACTS)
    return is_changed and is_told(after) and not before.is_past


def tell_of_changes():
    """The chore. One query where nothing is to be told; safe to run twice at a time."""
    now = timezone.now()
    for key in set(Change.objects.due(now).values_list("meetup", flat=True)):
        with transaction.atomic():
            tell(key, now)


def tell(key, now):
    """All changes of the meetup `key` at once. Who marks them, under the lock on its seats, writes the mails."""
    Seats.objects.lock(Meetup(pk=key))
    changes = list(Change.objects.due(now).filter(meetup=key).select_related("venue"))
    Change.objects.filter(pk__in=[change.pk for change in changes]).update(told_at=now)
    meetup = Meetup.objects.select_related("venue").get(pk=key)
    if changes and is_told(meetup):
        for change, rsvps in by_what_they_know(meetup, changes).items():
            emails.write("meetup-changed", meetup, rsvps, changes[-1].pk, Difference(change.before, meetup))


def by_what_they_know(meetup, changes):
    """Those who are coming, by the first of `changes` that was made after they were written to."""
    groups = defaultdict(list)
    for rsvp in emails.with_members(meetup.rsvps.coming()):
        if news := next((change for change in changes if change.at > rsvp.answered_at), None):
            groups[news].append(rsvp)
    return groups


class Difference:
    """What has become of `before`, as far as a member may know it."""

    def __init__(self, before, after):
        self.before, self.after = before, after

    def __call__(self, member):
        """For the templates of the mail; None where nothing has changed for `member`."""
        was, now = facts(self.before, member), facts(self.after, member)
        changed = [name for name in was if was[name] != now[name]]
        place = emails.place_for(self.before, member)
        return {"changed": changed, "before": self.before, "place_before": place} if changed else None


def facts(meetup, member):
    place = emails.place_for(meetup, member)
    return {
        "date": meetup.date and long_date(meetup.date),
        "time": clock_times(meetup) if meetup.date else "",
        "place": place and (place.name, place.address, place.room),
    }
