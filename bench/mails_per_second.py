"""Measure the mails sent per second from the outbox to a local mail server that replies at once.

    python -m bench.mails_per_second [--mails 2000]

On SQLite with one worker, on PostgreSQL with two, both waiting for the disk as they do in production. Exits with 1
where it is less than 100 and 300 a second, or where a mail is missing or came twice.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time

from bench.databases import IN_HERE, empty_database, is_within, on_both, send_everything, wait_for_the_disk

AT_LEAST = {"sqlite": (1, 100), "postgresql": (2, 300)}  # workers, mails per second
FORK = multiprocessing.get_context("fork")


def main(number):
    from django.conf import settings  # noqa: PLC0415 - after the settings
    from django.db import connection, connections  # noqa: PLC0415 - the same

    from tests.sink import Sink  # noqa: PLC0415 - the same

    wait_for_the_disk()
    workers, least = AT_LEAST[connection.vendor]
    write(number)
    with Sink() as sink:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
            "bookclub.mail.backends.SMTPBackend", "127.0.0.1", sink.port,
        )  # fmt: skip
        connections.close_all()
        processes = [FORK.Process(target=send_everything) for _ in range(workers)]
        for process in processes:
            process.start()
        watched = watch(sink, number, processes)
    speed = number / (watched[-1] - watched[0])
    print(f"  {number} mails, {workers} worker{'s' if workers > 1 else ''}: {speed:.0f} a second;"
          f" once each: {is_each_once(sink, number)}; a wait for the disk: {flush_milliseconds():.1f} ms")  # fmt: skip
    return speed >= least and is_each_once(sink, number)


def flush_milliseconds():
    """Measure one disk flush: with one flush a mail, no worker can be faster."""
    with tempfile.TemporaryFile(dir=os.environ[IN_HERE]) as file:
        began = time.monotonic()
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
    return (time.monotonic() - began) / 50 * 1000


def write(number):
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - after the settings

    text, html = (
        "We meet on Wednesday at seven, upstairs.\n" * 40,
        "<p>We meet on Wednesday at seven, upstairs.</p>\n" * 80,
    )
    rows = [
        OutgoingMail(key=f"reminder:{each}", kind="reminder", to=f"reader{each}@example.org", subject="On Wednesday",
                     text=text, html=html)
        for each in range(number)
    ]  # fmt: skip
    OutgoingMail.objects.bulk_create(rows, batch_size=500)


def watch(sink, number, processes):
    """Return the times of its start and end."""
    while not sink.mails:
        time.sleep(0.001)
    began = time.monotonic()
    while any(process.is_alive() for process in processes):
        time.sleep(0.005)
    return [began, time.monotonic()]


def is_each_once(sink, number):
    return len(sink.taken) == number and set(sink.taken.values()) == {1}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=2000)
    given = parser.parse_args()
    if not is_within():
        sys.exit(not on_both("bench.mails_per_second", sys.argv[1:]))
    with empty_database():
        is_well = main(given.mails)
    sys.exit(not is_well)
