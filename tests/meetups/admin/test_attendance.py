"""Copying a meetup to the next month."""

import datetime as dt

import pytest

from meetups.admin.attendance import copy_to_next_month, get_same_weekday_next_month
from tests.factories import make_meetup, make_venue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("date", "later"),
    [
        ("2026-01-14", "2026-02-11"),  # the second Wednesday
        ("2026-12-02", "2027-01-06"),  # across the end of the year, the first
        ("2026-01-29", "2026-02-26"),  # a fifth Thursday becomes the last
        ("2026-03-31", "2026-04-28"),
        ("2026-01-01", "2026-02-05"),
    ],
)
def test_next_month_has_same_weekday_and_week(date, later):
    assert get_same_weekday_next_month(dt.date.fromisoformat(date)) == dt.date.fromisoformat(later)


def test_copy_to_next_month_leaves_unknown_fields_empty():
    venue = make_venue()
    meetup = make_meetup(
        date=dt.date(2026, 3, 11),  # the clocks change before the next one
        venue=venue,
        capacity=12,
        headcount=9,
        standfirst="The one with the cake",
        rsvps_close_at=dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC),
    )

    fields = copy_to_next_month(meetup)

    assert fields["date"] == dt.date(2026, 4, 8)
    assert (fields["start_time"], fields["venue"], fields["capacity"]) == (dt.time(19), venue, 12)
    assert fields["rsvps_close_at"] == dt.datetime(2026, 4, 7, 17, tzinfo=dt.UTC)  # also at six local time
    assert not {"book", "headcount", "slug", "published_at", "standfirst", "cancelled_at"} & fields.keys()


def test_copy_to_next_month_without_date():
    assert "date" not in copy_to_next_month(make_meetup(date=None))
