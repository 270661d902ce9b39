"""Build VTIMEZONE components: one STANDARD and one DAYLIGHT, each with a yearly RRULE (RFC 5545, section 3.6.5).

Not every program reads more than that: some read DTSTART and RRULE alone, others take a list of changes for one rule.
The rule is that of the POSIX string at the end of the zone's TZif file (RFC 9636, section 3.3). A zone has no
component if its rule is none that RRULE can say in words that all programs read, such as “the day after the fourth
Thursday”; and years in which the clocks follow no rule, as in Morocco during Ramadan, are in no component. Events that
no component describes are written in UTC: see `is_described`. Decision 21.
"""

import calendar
import datetime as dt
import importlib.resources
import re
import zoneinfo
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

FIRST_YEAR = 1970
DAY = dt.timedelta(days=1)
WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
LAST_WEEK = 5
OFFSET = r"[-+]?\d+(?::\d+)*"
NAME = r"<[^>]+>|[A-Za-z]+"
RULE = r"M\d+\.\d\.\d(?:/[-+\d:]+)?"
POSIX_STRING = re.compile(
    rf"(?P<name>{NAME})(?P<offset>{OFFSET})"
    rf"(?:(?P<summer_name>{NAME})(?P<summer_offset>{OFFSET})?,(?P<starts>{RULE}),(?P<ends>{RULE}))?"
)


@dataclass(frozen=True)
class ClockChange:
    """A yearly change of the clocks: on the `week`th `weekday` (Sunday is 0) of `month`, week 5 being the last.

    `time` is a local time before the change; the offsets are those before and after it.
    """

    month: int
    week: int
    weekday: int
    time: dt.timedelta
    before: dt.timedelta
    after: dt.timedelta
    name: str

    def find_local_time(self, year):
        first_weekday, length = calendar.monthrange(year, self.month)
        first = (self.weekday - 1 - first_weekday) % 7 + 1
        day = first + 7 * (self.week - 1)
        day = dt.date(year, self.month, day if day <= length else day - 7)
        return dt.datetime.combine(day, dt.time()) + self.time

    def find_moment(self, year):
        return (self.find_local_time(year) - self.before).replace(tzinfo=dt.UTC)

    def find_start(self):
        """Return a local time whose day tells the last week from the fourth even to a reader of DTSTART alone."""
        times = [self.find_local_time(year) for year in range(FIRST_YEAR, FIRST_YEAR + 28)]
        return next((time for time in times if self._is_clear(time)), times[0])

    def _is_clear(self, time):
        length = calendar.monthrange(time.year, time.month)[1]
        return time.day > 28 if self.week == LAST_WEEK else time.day + 7 <= length

    def build_component(self):
        week = -1 if self.week == LAST_WEEK else self.week
        part = TimezoneDaylight() if self.after > self.before else TimezoneStandard()
        add_offsets(part, self.find_start(), self.before, self.after, self.name)
        part.add("rrule", vRecur(freq="YEARLY", bymonth=self.month, byday=f"{week}{WEEKDAYS[self.weekday]}"))
        return part


@lru_cache(maxsize=64)
def build_vtimezone(key: str) -> Timezone | None:
    """Return the component of the zone; None if RRULE can't say its rule. Cached, so don't modify the result."""
    zone = read_zone_rule(key)
    if zone is None:
        return None
    name, offset, changes = zone
    parts = sorted((change.build_component() for change in changes), key=lambda part: part.name, reverse=True)
    if not changes:
        part = TimezoneStandard()
        add_offsets(part, dt.datetime.combine(dt.date(FIRST_YEAR, 1, 1), dt.time()), offset, offset, name)
        parts = [part]
    timezone = Timezone()
    timezone.add("tzid", key)
    for part in parts:
        timezone.add_component(part)
    return timezone


def is_described(key: str, moment: dt.datetime) -> bool:
    """Return whether the component of the zone gives the zone's true offset at `moment`."""
    zone = read_zone_rule(key)
    if zone is None:
        return False
    _, offset, changes = zone
    onsets = sorted(
        (change.find_moment(year), change.after)
        for change in changes
        for year in range(moment.year - 1, moment.year + 2)
    )
    for onset, after in onsets:
        if onset <= moment:
            offset = after
    return offset == moment.astimezone(zoneinfo.ZoneInfo(key)).utcoffset()


@lru_cache(maxsize=64)
def read_zone_rule(key: str) -> tuple[str, dt.timedelta, list[ClockChange]] | None:
    """Return (name, offset, changes) of the zone from now on: no change or two. None if RRULE can't say the changes."""
    found = POSIX_STRING.fullmatch(read_posix_string(key))
    if not found:
        return None
    name, offset = found["name"].strip("<>"), -read_duration(found["offset"])  # POSIX counts offsets west of Greenwich
    if not found["starts"]:
        return name, offset, []
    summer_name = found["summer_name"].strip("<>")
    summer_offset = -read_duration(found["summer_offset"]) if found["summer_offset"] else offset + DAY / 24
    changes = [
        read_clock_change(found["starts"], offset, summer_offset, summer_name),
        read_clock_change(found["ends"], summer_offset, offset, name),
    ]
    return (name, offset, changes) if all(dt.timedelta() <= change.time < DAY for change in changes) else None


def read_clock_change(rule, before, after, name):
    """Read a rule such as “M3.5.0/1”: month, week, weekday, and a time, which is 2 am if it is missing."""
    day, _, time = rule.partition("/")
    month, week, weekday = map(int, day.removeprefix("M").split("."))
    return ClockChange(month, week, weekday, read_duration(time or "2"), before, after, name)


def read_duration(text):
    """Read “[+-]h[:m[:s]]”."""
    hours, minutes, seconds = [*map(int, text.lstrip("+-").split(":")), 0, 0][:3]
    duration = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -duration if text.startswith("-") else duration


def read_posix_string(key):
    """Return the last line of the zone's TZif file, found where `zoneinfo` finds it; empty in a file of version 1."""
    files = [Path(folder, key) for folder in zoneinfo.TZPATH]
    found = next((file for file in files if file.is_file()), None)
    data = found or importlib.resources.files("tzdata").joinpath("zoneinfo", *key.split("/"))
    lines = data.read_bytes().split(b"\n")
    return lines[-2].decode("ascii", "replace") if len(lines) > 2 and not lines[-1] else ""


def add_offsets(part, start, before, after, name):
    part.add("dtstart", start)
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", name)
