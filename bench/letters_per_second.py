"""Measure the copies of an issue sent per second to a local mail server that replies at once.

    python -m bench.letters_per_second [--letters 5000] [--only SQLite|PostgreSQL]

On SQLite with one worker, on PostgreSQL with two, both waiting for the disk as they do in production: mails a second
in all, over the first thousand and over the last one, and how much of a processor the workers take for one. Exits with
1 where it is less than 100 and 300 a second in all, where the last thousand takes a quarter more of the processor than
the first, or where a copy is missing or came twice.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from bench.databases import (
    empty_database,
    is_within,
    on_both,
    on_one,
    send_everything,
    wait_for_the_disk,
)

AT_LEAST = {"sqlite": (1, 100), "postgresql": (2, 300)}  # workers, mails per second
SLOWER = 1.25
PART = 1000


def main(number):
    from django.conf import settings  # noqa: PLC0415 - Django is set up by now
    from django.db import connection, connections  # noqa: PLC0415 - the same

    from newsletter.models import Delivery  # noqa: PLC0415 - the same
    from tests.killing import Account, point  # noqa: PLC0415 - the same
    from tests.racing import FORK  # noqa: PLC0415 - the same

    wait_for_the_disk()
    workers, least = AT_LEAST[connection.vendor]
    write(number)
    with counting_sink() as sink:
        point(settings, sink)
        connections.close_all()
        processes = [FORK.Process(target=send_everything) for _ in range(workers)]
        for process in processes:
            process.start()
        sink.watch([process.pid for process in processes])
        for process in processes:
            process.join()
    account = Account(Delivery.objects.all(), sink)
    part = min(PART, number // 2)
    all_of_it, first, last = sink.speed(0, number), sink.speed(0, part), sink.speed(number - part, number)
    print(f"  {number:,} copies, {workers} workers: {all_of_it:.0f} a second, the first {part:,} {first:.0f}, ", end="")
    print(f"the last {part:,} {last:.0f}; {load()}")
    cost = [sink.cost(0, number), sink.cost(part // 10, part), sink.cost(number - part, number)]
    print("  milliseconds of a processor for one, by the workers: {:.2f}, first {:.2f}, last {:.2f}".format(*cost))
    print(f"  once each: {account.states['sent'] == number and not account.wrong}")
    return all_of_it >= least and cost[2] <= SLOWER * cost[1] and account.states["sent"] == number and not account.wrong


def counting_sink():
    from tests.sink import Sink  # noqa: PLC0415 - Django is set up by now

    class Counting(Sink):
        """Notes when it took each mail and the workers' CPU time at that moment; stores no text."""

        def __init__(self):
            super().__init__()
            self.pids, self.moments, self.used, self.by_pid = [], [], {}, {}

        def watch(self, pids):
            self.pids = pids

        def take(self, envelope):
            super().take(envelope)
            self.mails.clear()
            self.moments.append(time.monotonic())
            if len(self.moments) % 100 == 0 or len(self.moments) == 1:
                self.by_pid |= {pid: seconds for pid in self.pids if (seconds := processor_seconds(pid))}
                self.used[len(self.moments)] = sum(self.by_pid.values())

        def speed(self, first, last):
            return (last - first - 1) / (self.moments[last - 1] - self.moments[first])

        def cost(self, first, last):
            """Return CPU milliseconds a mail between these two, to the nearest hundred mails."""
            known = sorted(each for each in self.used if first <= each <= last and self.used[each])
            return 1000 * (self.used[known[-1]] - self.used[known[0]]) / (known[-1] - known[0])

    return Counting()


def processor_seconds(pid):
    """Return CPU seconds of a process, 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load():
    return f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def write(number):
    """Create an issue of the usual length that is being sent to so many subscribers."""
    from bench.press_send import subscribe  # noqa: PLC0415 - Django is set up by now
    from newsletter import delivery  # noqa: PLC0415 - the same
    from newsletter.models import Issue  # noqa: PLC0415 - the same

    subscribe(number)
    paragraph = "We met upstairs, eight of us, and talked “of light” until the café closed. " * 5
    issue = Issue.objects.create(subject="“The Lamp”, and what comes next", introduction=f"{paragraph}\n\n" * 6)
    return delivery.send_issue(issue, None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=5000)
    parser.add_argument("--only", choices=["SQLite", "PostgreSQL"])
    given = parser.parse_args()
    if not is_within():
        module = "bench.letters_per_second"
        sys.exit(not (on_one(module, sys.argv[1:], given.only) if given.only else on_both(module, sys.argv[1:])))
    with empty_database():
        is_well = main(given.letters)
    sys.exit(not is_well)
