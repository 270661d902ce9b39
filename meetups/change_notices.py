"""Mails that tell guests a meetup's new date, time or place.

Saving the meetup stores the old values as a MeetupChange, in the same transaction. Five minutes after the last change a
periodic task writes the mails, which compare what each guest was told last with the present values. So a mistake that
is corrected at once causes no mail, two corrections cause one, and the time of a save does not depend on the number of
guests. Without a running worker the mails are late; none is written once the meetup has begun.
"""

from collections import defaultdict
from functools import partial

from django.db import transaction
from django.utils import timezone

from bookclub.core.formatting import format_long_date, format_time_range
from meetups import emails
from meetups.models import Meetup, MeetupChange, SeatCounter


def record_change(before, after) -> int:
    """Store the old values if guests must be notified; return the number of these guests.

    Call it under the lock of `rsvps.locked_meetup_change`: a concurrent RSVP is then saved before or after the change,
    and its member is told either the old or the new values.
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
    """Return whether guests must be notified of changes: the meetup is published, not cancelled and has not begun."""
    return meetup.is_published and not meetup.cancelled_at and not meetup.has_begun


def write_change_notices():
    """Periodic task. One query if nothing is due; safe to run concurrently."""
    now = timezone.now()
    for pk in set(MeetupChange.objects.due(now).values_list("meetup", flat=True)):
        with transaction.atomic():
            write_meetup_notices(pk, now)


def write_meetup_notices(pk, now):
    """Write one mail per guest for all due changes of the meetup `pk`, under the lock on its seat counter."""
    SeatCounter.objects.lock(Meetup(pk=pk))
    changes = list(MeetupChange.objects.due(now).filter(meetup=pk).select_related("venue"))
    MeetupChange.objects.filter(pk__in=[change.pk for change in changes]).update(notified_at=now)
    meetup = Meetup.objects.select_related("venue").get(pk=pk)
    if changes and needs_notice(meetup):
        for change, rsvps in group_by_first_unknown_change(meetup, changes).items():
            context = partial(build_change_context, change.previous_meetup, meetup)
            emails.queue_mails("meetup-changed", meetup, rsvps, changes[-1].pk, context)


def group_by_first_unknown_change(meetup, changes):
    """Group guests by the first change made after their answer."""
    groups = defaultdict(list)
    for rsvp in emails.fetch_recipients(meetup.rsvps.to_notify()):
        if unknown := next((change for change in changes if change.changed_at > rsvp.answered_at), None):
            groups[unknown].append(rsvp)
    return groups


def build_change_context(before, after, member):
    """Return the mail's context, with the places as `member` may see them; None if nothing has changed for them."""
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
