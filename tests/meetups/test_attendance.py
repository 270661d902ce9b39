"""The record of who came to a meetup."""

import pytest

from meetups import attendance
from meetups.guest_list import add_member
from meetups.models import RSVP, SeatCounter
from tests.factories import make_rsvp
from tests.meetups.guest_lists import mail_kinds

pytestmark = pytest.mark.django_db


def test_record_attendance_counts_guests(full_meetup, bob):
    came, stayed_away = full_meetup.rsvps.all()
    surprise, unseen = make_rsvp(full_meetup), add_member(full_meetup, bob, capacity=3)
    RSVP.objects.filter(pk=came.pk).update(guests=1)
    shown = {came.pk, stayed_away.pk, surprise.pk}

    attendance.record_attendance(full_meetup, shown, {came.pk, surprise.pk})

    full_meetup.refresh_from_db()
    assert dict(full_meetup.rsvps.values_list("pk", "attended")) == {
        came.pk: True, stayed_away.pk: False, surprise.pk: True, unseen.pk: None
    }  # fmt: skip
    assert full_meetup.headcount == 3

    attendance.record_attendance(full_meetup, shown, set(), headcount=7)

    full_meetup.refresh_from_db()
    assert set(full_meetup.rsvps.values_list("attended", flat=True)) == {False, None}
    assert full_meetup.headcount == 7


def test_record_attendance_leaves_headcount_empty_without_ticks(full_meetup):
    attendance.record_attendance(full_meetup, {rsvp.pk for rsvp in full_meetup.rsvps.all()}, set())

    full_meetup.refresh_from_db()
    assert full_meetup.headcount is None


def test_add_attendee_takes_no_seat(full_meetup, bob):
    attendance.add_attendee(full_meetup, bob)
    attendance.add_attendee(full_meetup, bob)

    rsvp = full_meetup.rsvps.get(member=bob)
    assert (rsvp.answer, rsvp.attended) == ("not_going", True)
    assert SeatCounter.objects.get().taken == 2
    assert mail_kinds(bob) == []
