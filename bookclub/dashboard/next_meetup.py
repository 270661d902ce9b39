"""The next meetup, with its numbers, what it lacks, and what can be done about it."""

from dataclasses import dataclass

from bookclub.admin_base.datetime_fields import publication_state
from bookclub.admin_base.object_permissions import filter_editable
from bookclub.dashboard.entries import Entry, find_url, get_change_url
from meetups.models import Meetup


@dataclass
class NextMeetup:
    meetup: Meetup
    shows_numbers: bool
    missing: list[str]
    actions: list[tuple[str, str]]  # (label, address)

    @property
    def url(self):
        return get_change_url(self.meetup)

    @property
    def state(self):
        return "" if self.meetup.is_published else publication_state(self.meetup)


def find_next_meetup(user):
    """Return the NextMeetup, an Entry that asks for one, or None for somebody who can't add any. One query."""
    if not user.has_perm("meetups.change_meetup"):
        return None
    upcoming = filter_editable(Meetup.objects.going_ahead(), user).upcoming().exclude(date=None)
    meetup = upcoming.with_place_for(user).named_for(user).select_related("seat_counter").with_queue_counts().first()
    if meetup is None:
        return Entry("No next meetup is announced.", find_url("meetups_meetup_add"))
    shows_numbers = user.has_perm("meetups.view_rsvp")
    return NextMeetup(meetup, shows_numbers, list(list_missing_facts(meetup)), list_actions(meetup, user))


def list_missing_facts(meetup):
    if meetup.book_id is None:
        yield "It has no book yet."
    if meetup.venue_id is None:
        yield "It has no venue yet."
    if meetup.start_time is None:
        yield "It has no time yet."


def list_actions(meetup, user):
    actions = []
    if not meetup.is_published and user.has_perm("bookclub.publish"):
        actions.append(("Publish …", find_url("meetups_meetup_publish", meetup.pk)))
    if user.has_perm("meetups.view_rsvp"):
        if meetup.is_today_or_past:
            actions.append(("Who came", find_url("meetups_meetup_attendance", meetup.pk)))
        actions.append(("Guest list", find_url("meetups_meetup_guest_list", meetup.pk)))
        actions.append(("Write to the guests …", find_url("meetups_meetup_write_to_guests", meetup.pk)))
    actions.append(("Change it", get_change_url(meetup)))
    actions.append(("See its page", meetup.get_absolute_url()))
    return [(label, url) for label, url in actions if url]
