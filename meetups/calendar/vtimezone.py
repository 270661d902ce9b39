"""Build VTIMEZONE components, which list every clock change of a time zone (RFC 5545, section 3.6.5).

Replaces `Timezone.from_tzid` of the `icalendar` library, which has two faults: it gives the change to summer time an
hour late, in the new offset, and it leaves out a change that is reversed within 64 days.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


@lru_cache(maxsize=64)
def build_vtimezone(key: str, first_year: int, last_year: int) -> Timezone:
    """Return the zone for these years, both included. Cached, so don't modify the result."""
    zone, start = zoneinfo.ZoneInfo(key), get_new_year(first_year)
    at_first = get_offset_and_name(zone, start)
    is_summer = start.astimezone(zone).dst() > dt.timedelta()
    parts = {(at_first[0], *at_first, is_summer): [start]}
    for moment, (before, _), after in find_clock_changes(zone, first_year, last_year):
        parts.setdefault((before, *after, after[0] > before), []).append(moment)
    timezone = Timezone()
    timezone.add("tzid", key)
    for kind, moments in parts.items():
        timezone.add_component(build_observance(*kind, moments))
    return timezone


def build_observance(before, after, name, is_summer, moments):
    """Return the component of one kind of change. DTSTART and RDATE are local times before the change."""
    first, *others = [(moment + before).replace(tzinfo=None) for moment in moments]
    part = TimezoneDaylight() if is_summer else TimezoneStandard()
    part.add("dtstart", first)
    if others:
        part.add("rdate", others)
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", name)
    return part


def find_clock_changes(zone: zoneinfo.ZoneInfo, first_year: int, last_year: int) -> Iterator[tuple]:
    """Yield the moment of each change, to the second, and (offset, name) before and after it."""
    start, end = get_new_year(first_year), get_new_year(last_year + 1)
    days = (start + DAY * number for number in range((end - start).days + 1))
    for early, late in pairwise(days):
        before, after = get_offset_and_name(zone, early), get_offset_and_name(zone, late)
        if before != after:
            yield find_exact_change(zone, early, late), before, after


def find_exact_change(zone, early, late):
    """Return the moment between `early` and `late` at which the offset changes, by bisection."""
    before = get_offset_and_name(zone, early)
    while late - early > SECOND:
        middle = early + SECOND * ((late - early) // SECOND // 2)
        if get_offset_and_name(zone, middle) == before:
            early = middle
        else:
            late = middle
    return late


def get_offset_and_name(zone, moment):
    local = moment.astimezone(zone)
    return local.utcoffset(), local.tzname()


def get_new_year(year):
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)
