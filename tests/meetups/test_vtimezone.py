import datetime as dt
import zoneinfo
from itertools import pairwise

import pytest

from meetups.calendar.vtimezone import build_vtimezone

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Casablanca",  # changes back during Ramadan
    "Europe/Dublin",  # has negative daylight saving time in winter
    "Asia/Tokyo",  # no changes
]


def onsets(timezone):
    """Return [(moment, offset before, offset after), …] as a parser of RFC 5545 computes them."""
    found = []
    for part in timezone.subcomponents:
        more = part["rdate"].dts if "rdate" in part else []
        before, after = part["tzoffsetfrom"].td, part["tzoffsetto"].td
        found += [((each.dt - before).replace(tzinfo=dt.UTC), before, after) for each in (part["dtstart"], *more)]
    return sorted(found)


@pytest.mark.parametrize("key", ZONES)
def test_vtimezone_lists_each_change_at_its_time(key):
    zone = zoneinfo.ZoneInfo(key)

    (start, before_all, at_first), *changes = onsets(build_vtimezone(key, 2025, 2027))

    assert (start, before_all) == (dt.datetime(2025, 1, 1, tzinfo=dt.UTC), at_first)
    assert at_first == start.astimezone(zone).utcoffset()
    for moment, before, after in changes:
        assert (moment - MINUTE).astimezone(zone).utcoffset() == before
        assert moment.astimezone(zone).utcoffset() == after


@pytest.mark.parametrize("key", ZONES)
def test_vtimezone_leaves_out_no_change(key):
    zone, told = zoneinfo.ZoneInfo(key), onsets(build_vtimezone(key, 2025, 2027))
    end = dt.datetime(2028, 1, 1, tzinfo=dt.UTC)

    for (start, _, offset), (stop, _, _) in pairwise([*told, (end, None, None)]):
        hours = range((stop - start) // HOUR)
        assert {(start + HOUR * hour).astimezone(zone).utcoffset() for hour in hours} == {offset}


@pytest.mark.parametrize("key", ["Europe/London", "Europe/Dublin"])
def test_vtimezone_calls_the_later_offset_daylight(key):
    parts = build_vtimezone(key, 2026, 2026).subcomponents

    assert [(part.name, part["tzoffsetto"].to_ical()) for part in parts] == [
        ("STANDARD", "+0000"),
        ("DAYLIGHT", "+0100"),
        ("STANDARD", "+0000"),
    ]


def test_vtimezone_has_change_on_last_day_of_the_year():
    """Kiritimati skipped New Year's Day of 1995, or by UTC the last hours of the day before."""
    changes = onsets(build_vtimezone("Pacific/Kiritimati", 1994, 1994))

    assert [(moment, after) for moment, _, after in changes] == [
        (dt.datetime(1994, 1, 1, tzinfo=dt.UTC), -10 * HOUR),
        (dt.datetime(1994, 12, 31, 10, tzinfo=dt.UTC), 14 * HOUR),
    ]
