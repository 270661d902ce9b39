"""Check a long list of subscribers, import it, and import it again: seconds and memory.

    python -m bench.import_list [--rows 100000]

Exits with 1 where memory grows by more than 50 MB, or the second time brings anything in.
"""

import argparse
import sys
import time

from bench.databases import empty_database, is_within, on_both
from bench.press_send import forget_peak, memory_mb

LIMIT_MB = 50


def main(number):
    from django.db import reset_queries  # noqa: PLC0415 - after the settings

    from newsletter.csv_import import import_lines  # noqa: PLC0415 - the same
    from newsletter.models import Subscriber  # noqa: PLC0415 - the same

    is_well = True
    for words, is_dry, comes in [("looked at", True, number), ("brought in", False, number), ("again", False, 0)]:
        reset_queries()
        forget_peak()
        before, began = memory_mb("VmRSS"), time.monotonic()
        report = import_lines(lines(number), consent="A bench", is_dry=is_dry)
        seconds, grown = time.monotonic() - began, memory_mb("VmHWM") - before
        print(f"  {number:,} rows {words}: {seconds:.1f} s, {grown:.0f} MB more, new: {report.counts['new']:,}")
        is_well = is_well and grown <= LIMIT_MB and report.counts["new"] == comes
    return is_well and Subscriber.objects.count() == number


def lines(number):
    yield "name,email\n"
    for each in range(number):
        yield f"Reader {each},reader{each}@example.org\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    if not is_within():
        sys.exit(not on_both("bench.import_list", sys.argv[1:]))
    with empty_database():
        is_well = main(given.rows)
    sys.exit(not is_well)
