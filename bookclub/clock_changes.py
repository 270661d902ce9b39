"""A time zone as calendar programs want it: every change of its clocks spelled out (RFC 5545, section 3.6.5).

Made here of the `icalendar` library's parts: what its own `Timezone.from_tzid` makes has the clocks put forward an hour
late, since it counts in summer time already, and leaves out a change that is taken back within 64 days.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


@lru_cache(maxsize=64)
def vtimezone(key: str, first_year: int, last_year: int) -> Timezone:
    """The zone in these years, both included. To be read and not changed: whoever asks next gets the same one."""
    zone, start = zoneinfo.ZoneInfo(key), new_year(first_year)
    at_first = clock(zone, start)
    is_summer = start.astimezone(zone).dst() > dt.timedelta()
    parts = {(at_first[0], *at_first, is_summer): [start]}
    for moment, (before, _), after in changes(zone, first_year, last_year):
        parts.setdefault((before, *after, after[0] > before), []).append(moment)
    timezone = Timezone()
    timezone.add("tzid", key)
    for kind, moments in parts.items():
        timezone.add_component(observance(*kind, moments))
    return timezone


def observance(before, after, name, is_summer, moments):
    """One kind of change. Its times are what the clocks said before they were changed."""
    first, *others = [(moment + before).replace(tzinfo=None) for moment in moments]
    part = TimezoneDaylight() if is_summer else TimezoneStandard()
    part.add("dtstart", first)
    if others:
        part.add("rdate", others)
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", name)
    return part


def changes(zone: zoneinfo.ZoneInfo, first_year: int, last_year: int) -> Iterator[tuple]:
    """The moment of each change, to the second, with what `clock` says before it and from it on."""
    start, end = new_year(first_year), new_year(last_year + 1)
    days = (start + DAY * number for number in range((end - start).days + 1))
    for early, late in pairwise(days):
        before, after = clock(zone, early), clock(zone, late)
        if before != after:
            yield moment_of_change(zone, early, late), before, after


def moment_of_change(zone, early, late):
    """By halves: until this moment the clocks are as at `early`, from it on as at `late`."""
    before = clock(zone, early)
    while late - early > SECOND:
        middle = early + SECOND * ((late - early) // SECOND // 2)
        if clock(zone, middle) == before:
            early = middle
        else:
            late = middle
    return late


def clock(zone, moment):
    """How far the clocks are from UTC, and what that time is called."""
    local = moment.astimezone(zone)
    return local.utcoffset(), local.tzname()


def new_year(year):
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)
