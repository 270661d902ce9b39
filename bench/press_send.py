"""Press “Send” for many subscribers: seconds until each has a row, memory, and how long other writers wait.

python -m bench.press_send                     100,000 subscribers, on SQLite and on PostgreSQL
python -m bench.press_send --readers 10000
"""

import argparse
import multiprocessing
import os
import re
import sys
import time
from pathlib import Path

from bench.databases import empty_database, is_within, on_both

LIMIT_SECONDS, LIMIT_MB, LIMIT_WAIT = 5, 50, 5
PAUSE = 0.02  # seconds between two writes of the other writer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=100_000)
    arguments = parser.parse_args()
    if not is_within():
        sys.exit(not on_both("bench.press_send", sys.argv[1:]))
    with empty_database():
        sys.exit(not measure(arguments.readers))


def measure(number):
    """Print the figures; return whether they stay within the limits."""
    from django.db import connection  # noqa: PLC0415 - Django is set up by now

    from newsletter import delivery  # noqa: PLC0415
    from newsletter.models import Delivery, Issue  # noqa: PLC0415

    subscribe(number)
    issue = Issue.objects.create(subject="Letter", introduction="Dear readers,\n\n" + "word " * 300)
    connection.close()
    ends, waits = multiprocessing.Event(), multiprocessing.Queue()
    other = multiprocessing.Process(target=write_on, args=(ends, waits))
    other.start()
    time.sleep(0.5)
    forget_peak()
    before, start = memory_mb("VmRSS"), time.monotonic()
    delivery.send_issue(issue, None)
    seconds, grown = time.monotonic() - start, memory_mb("VmHWM") - before
    time.sleep(0.2)
    ends.set()
    longest = waits.get()
    other.join()
    made = Delivery.objects.count()
    connection.close()
    print(f"  {made:,} rows in {seconds:.2f} s, {grown:.1f} MB more memory, other writers wait {longest:.2f} s at most")
    return made == number and seconds <= LIMIT_SECONDS and grown <= LIMIT_MB and longest <= LIMIT_WAIT


def subscribe(number):
    from django.utils import timezone  # noqa: PLC0415

    from newsletter.models import Subscriber  # noqa: PLC0415

    rows = (Subscriber(email=f"reader{each}@example.org", confirmed_at=timezone.now()) for each in range(number))
    Subscriber.objects.bulk_create(rows, batch_size=2_000)


def write_on(ends, waits):
    """Write a row now and then, as a page would; return the longest duration of a write, in seconds."""
    from newsletter.models import Refusal  # noqa: PLC0415

    longest, number = 0.0, 0
    while not ends.is_set():
        start = time.monotonic()
        Refusal.objects.create(key=f"{os.getpid()}-{number}")
        longest, number = max(longest, time.monotonic() - start), number + 1
        time.sleep(PAUSE)
    waits.put(longest)


def forget_peak():
    """Reset the peak of memory that Linux records."""
    Path("/proc/self/clear_refs").write_text("5")


def memory_mb(name):
    """Read VmRSS (present memory) or VmHWM (its peak) of this process."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE).group(1)) / 1024


if __name__ == "__main__":
    main()
