"""Mails that tell guests of a meetup's new date, time or place.

Saving the meetup stores what was before as a MeetupChange, in the same transaction. Five minutes after the last
correction a periodic task writes the mails: from what each guest was told last to what stands now. So a mistake that is
corrected at once is told to nobody, two corrections are told as one, and a save costs the same for eight guests and for
a thousand. Where no worker ran meanwhile the mails are late, but none is written once the meetup has begun.
"""

from collections import defaultdict
from functools import partial

from django.db import transaction
from django.utils import timezone

from bookclub.core.formatting import format_long_date, format_time_range
from meetups import emails
from meetups.models import Meetup, MeetupChange, SeatCounter


def record_change(before, after) -> int:
    """Store what was before if guests have to know of it, and return how many they are.

    To be called under the lock of `rsvps.locked_meetup_change`, so that somebody who answers at the same moment is told
    of either the old or the new.
    """
    count = after.rsvps.to_notify().count() if is_relevant_change(before, after) else 0
    if count:
        MeetupChange.from_meetup(before).save()
        emails.delete_queued_reminders(after)
    return count


def is_relevant_change(before, after):
    is_changed = any(getattr(before, name) != getattr(after, name) for name in MeetupChange.TRACKED_FIELDS)
    return is_changed and needs_notice(after) and not before.is_past


def needs_notice(meetup):
    """Return whether guests have to know of a change: they can see the meetup, and it is still ahead."""
    return meetup.is_published and not meetup.cancelled_at and not meetup.has_begun


def write_change_notices():
    """Periodic task. One query where nothing is due; safe to run twice at a time."""
    now = timezone.now()
    for pk in set(MeetupChange.objects.due(now).values_list("meetup", flat=True)):
        with transaction.atomic():
            write_meetup_notices(pk, now)


def write_meetup_notices(pk, now):
    """Tell of all due changes of the meetup `pk` at once; the seat counter's lock keeps two workers from doing so."""
    SeatCounter.objects.lock(Meetup(pk=pk))
    changes = list(MeetupChange.objects.due(now).filter(meetup=pk).select_related("venue"))
    MeetupChange.objects.filter(pk__in=[change.pk for change in changes]).update(notified_at=now)
    meetup = Meetup.objects.select_related("venue").get(pk=pk)
    if changes and needs_notice(meetup):
        for change, rsvps in group_by_first_unknown_change(meetup, changes).items():
            context = partial(build_change_context, change.previous_meetup, meetup)
            emails.queue_mails("meetup-changed", meetup, rsvps, changes[-1].pk, context)


def group_by_first_unknown_change(meetup, changes):
    """Group the guests by the first of `changes` that is newer than their answer, which told them what stood then."""
    groups = defaultdict(list)
    for rsvp in emails.fetch_recipients(meetup.rsvps.to_notify()):
        if unknown := next((change for change in changes if change.changed_at > rsvp.answered_at), None):
            groups[unknown].append(rsvp)
    return groups


def build_change_context(before, after, member):
    """Return the mail's context, as far as `member` may know the places; None where nothing has changed for them."""
    was, now = get_visible_facts(before, member), get_visible_facts(after, member)
    changed = [name for name in was if was[name] != now[name]]
    return {"changed": changed, "before": before, "place_before": emails.get_place(before, member)} if changed else None


def get_visible_facts(meetup, member):
    place = emails.get_place(meetup, member)
    return {
        "date": meetup.date and format_long_date(meetup.date),
        "time": format_time_range(meetup.start_time, meetup.end_time, meetup.time_zone) if meetup.date else "",
        "place": place and (place.name, place.address, place.room),
    }
