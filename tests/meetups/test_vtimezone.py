import datetime as dt
import zoneinfo

import pytest

from meetups.calendar.vtimezone import build_vtimezone, is_described
from tests.meetups.calendar_readers import READERS, count_wrong_instants

ZONES = [
    "Europe/London",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",  # no changes
    "America/Sao_Paulo",  # none any more
    "Pacific/Apia",  # none any more
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Casablanca",  # changes during Ramadan
]
HOUR = dt.timedelta(hours=1)


def list_parts(key):
    fields = ["tzoffsetto", "dtstart", "rrule"]
    parts = build_vtimezone(key).subcomponents
    return [(part.name, *(part[field].to_ical() for field in fields if field in part)) for part in parts]


@pytest.mark.django_db
def test_calendar_has_the_same_times_for_four_readers_in_eight_zones():
    assert count_wrong_instants(ZONES) == dict.fromkeys(READERS, 0)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        (
            "Europe/London",
            [
                ("STANDARD", "+0000", b"19711031T020000", b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
                ("DAYLIGHT", "+0100", b"19700329T010000", b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
            ],
        ),
        (
            "Europe/Dublin",  # its winter time is the “daylight saving time” of the zone data
            [
                ("STANDARD", "+0000", b"19711031T020000", b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
                ("DAYLIGHT", "+0100", b"19700329T010000", b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
            ],
        ),
        (
            "America/New_York",
            [
                ("STANDARD", "-0500", b"19701101T020000", b"FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"),
                ("DAYLIGHT", "-0400", b"19700308T020000", b"FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"),
            ],
        ),
        ("Asia/Kolkata", [("STANDARD", "+0530", b"19700101T000000")]),
    ],
)
def test_vtimezone_has_one_rule_for_each_change(key, parts):
    assert list_parts(key) == parts


@pytest.mark.parametrize("key", ["Asia/Jerusalem", "America/Santiago", "America/Nuuk", "Asia/Gaza"])
def test_zone_whose_days_no_rule_says_has_no_vtimezone(key):
    assert build_vtimezone(key) is None
    assert not is_described(key, dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("key", "moment", "expected"),
    [
        ("Europe/London", dt.datetime(2026, 3, 29, 0, 59, tzinfo=dt.UTC), True),
        ("Europe/London", dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC), True),
        ("Europe/London", dt.datetime(1943, 7, 1, tzinfo=dt.UTC), False),  # double summer time
        ("Africa/Casablanca", dt.datetime(2026, 2, 1, tzinfo=dt.UTC), True),
        ("Africa/Casablanca", dt.datetime(2026, 3, 1, tzinfo=dt.UTC), False),  # Ramadan
        ("America/Sao_Paulo", dt.datetime(2018, 12, 1, tzinfo=dt.UTC), False),  # the last summer time but one
        ("America/Sao_Paulo", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), True),
    ],
)
def test_vtimezone_describes_the_times_that_its_rule_gives(key, moment, expected):
    assert is_described(key, moment) is expected


@pytest.mark.all_tests
@pytest.mark.parametrize("key", sorted(zoneinfo.available_timezones()))
def test_vtimezone_gives_the_true_offset_wherever_it_is_used(key):
    component = build_vtimezone(key)
    if component is None:
        return
    zone, read = zoneinfo.ZoneInfo(key), component.to_tz(lookup_tzid=False)

    for hour in range(0, 24 * 365 * 3, 31):
        moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + HOUR * hour
        assert moment.astimezone(read).utcoffset() == moment.astimezone(zone).utcoffset() or not is_described(
            key, moment
        )
