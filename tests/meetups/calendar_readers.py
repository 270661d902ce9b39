"""Four readers of calendar files. Each returns {uid: (start, end)} in UTC, by the zones in the file itself."""

import calendar as months
import datetime as dt
import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import vobject
from django.contrib.auth.models import AnonymousUser
from icalendar import Calendar

from bookclub.core.models import Club
from bookclub.environment import BASE_DIR
from meetups.calendar.feeds import build_calendar
from meetups.calendar.ics import build_event, get_calendar_meetups
from meetups.models import Meetup
from tests.factories import make_meetup
from tests.missing_tools import skip_unless_ci

ICAL_JS = BASE_DIR / "bench/node_modules/ical.js/dist/ical.js"


def read_by_icalendar(text):
    calendar = Calendar.from_ical(text)
    zones = {zone["tzid"]: zone.to_tz(lookup_tzid=False) for zone in calendar.timezones}
    return {
        str(event["uid"]): read_times(event, lambda key, wall: wall.replace(tzinfo=zones[key]))
        for event in calendar.events
    }


def read_by_vobject(text):
    events = vobject.readOne(text).vevent_list
    return {
        event.uid.value: (event.dtstart.value.astimezone(dt.UTC), event.dtend.value.astimezone(dt.UTC))
        for event in events
    }


def read_by_ical_js(text):
    node = shutil.which("node")
    if not node or not ICAL_JS.exists():
        skip_unless_ci("No ical.js: apt install nodejs npm, then make test.")
    script = Path(__file__).with_name("read_calendar.mjs")
    done = subprocess.run([node, script, ICAL_JS], input=text, capture_output=True, text=True, check=True)
    return {uid: tuple(map(dt.datetime.fromisoformat, times)) for uid, times in json.loads(done.stdout).items()}


def read_by_rules_alone(text):
    """Read as MS-OXCICAL (2.1.3.1.1.19) says: at most one rule to summer time and one back, and no RDATE."""
    calendar = Calendar.from_ical(text)
    zones = {str(zone["tzid"]): zone for zone in calendar.timezones}

    def find_moment(key, wall):
        standard, summer = (zones[key].walk(name) for name in ("STANDARD", "DAYLIGHT"))
        offset = standard[0]["tzoffsetto"].td
        if summer:
            onsets = sorted(
                (find_onset(part, year), part["tzoffsetto"].td)
                for part in (standard[0], summer[0])
                for year in (wall.year - 1, wall.year, wall.year + 1)
            )
            [offset] = [after for (onset, after), (until, _) in pairwise(onsets) if onset <= wall < until]
        return wall.replace(tzinfo=dt.timezone(offset))

    return {str(event["uid"]): read_times(event, find_moment) for event in calendar.events}


def find_onset(part, year):
    """Return the local time of the change in `year`, from the RRULE; a 29th or later in DTSTART is the last week too."""
    start, rule = part["dtstart"].dt, part["rrule"]
    [day], [month] = rule["byday"], rule["bymonth"]
    week, weekday = int(day[:-2]), ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].index(day[-2:])
    assert start.weekday() == weekday
    assert start.month == month
    assert (start.day > 28) == (week == -1)
    assert week == -1 or (start.day - 1) // 7 + 1 == week
    length = months.monthrange(year, month)[1]
    days = [each for each in range(1, length + 1) if dt.date(year, month, each).weekday() == weekday]
    return dt.datetime.combine(dt.date(year, month, days[week - 1 if week > 0 else week]), start.time())


def read_times(event, find_moment):
    """Return start and end in UTC; `find_moment(key, wall)` returns the moment of a local time in the zone `key`."""
    values = [event["dtstart"], event["dtend"]]
    return tuple(
        (
            find_moment(str(value.params["TZID"]), value.dt.replace(tzinfo=None))
            if "TZID" in value.params
            else value.dt
        ).astimezone(dt.UTC)
        for value in values
    )


READERS = {
    "icalendar": read_by_icalendar,
    "vobject": read_by_vobject,
    "ical.js": read_by_ical_js,
    "DTSTART and RRULE alone": read_by_rules_alone,
}


def count_wrong_instants(zones, months_each=24):
    """Make a meetup a month in each zone, and return {reader: number of meetups read at a wrong time}."""
    for zone in zones:
        for month in range(months_each):
            day = dt.date(2026 + month // 12, month % 12 + 1, 14)
            make_meetup(date=day, start_time=dt.time(19), end_time=dt.time(21, 30), time_zone=zone)
    club = Club.objects.current()
    events = [build_event(meetup, club) for meetup in get_calendar_meetups(AnonymousUser())]
    text = build_calendar(events).to_ical().decode()
    expected = {f"meetup-{meetup.pk}@localhost": (meetup.starts_at, meetup.ends_at) for meetup in Meetup.objects.all()}
    found = {name: read(text) for name, read in READERS.items()}
    return {name: sum(times.get(uid) != expected[uid] for uid in expected) for name, times in found.items()}
