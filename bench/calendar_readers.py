"""Let four readers of calendar files read a meetup a month in eight zones, and count the times that they get wrong.

    python -m bench.calendar_readers

The readers are icalendar, vobject, ical.js, and one that knows DTSTART and RRULE alone. Exits with 1 at a wrong time.
"""

import sys

from bench.databases import empty_database, is_within, on_one


def main():
    from tests.meetups.calendar_readers import count_wrong_instants  # noqa: PLC0415 - after the settings
    from tests.meetups.test_vtimezone import ZONES  # noqa: PLC0415 - the same

    wrong = count_wrong_instants(ZONES)
    for name, number in wrong.items():
        print(f"  {name}: {number} of {24 * len(ZONES)} meetups at a wrong time")
    return not any(wrong.values())


if __name__ == "__main__":
    if not is_within():
        sys.exit(not on_one("bench.calendar_readers", [], "SQLite"))
    with empty_database():
        is_well = main()
    sys.exit(not is_well)
