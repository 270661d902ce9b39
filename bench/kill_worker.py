"""Kill workers with -9 while they send 1,000 reminders, on SQLite and on PostgreSQL.

    python -m bench.kill_worker [--mails 1000] [--kills 50] [--seed N]

`manage.py work` is started and killed at a random moment, again and again; the mail server refuses every tenth mail for
now and hangs up on every twentieth, half of them after it has taken it. Where nobody is alive, the waits and the leases
are let run out. Exits with 1 where a mail is lost or came twice, where more are unknown than there were kills and lines
cut after a mail was taken, or where the numbers do not add up.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

from bench.databases import empty_database, is_within, on_both

PATIENCE = 60  # seconds without a mail, before something is thought to be stuck


def main(number, kills, seed):
    from bench.mails_per_second import write  # noqa: PLC0415 - after the settings
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - the same
    from tests.sink import Sink  # noqa: PLC0415 - the same

    die = random.Random(seed)  # noqa: S311 - of a trial
    write(number)
    began = time.monotonic()
    with Sink(defers=0.1, disconnects_before=0.025, disconnects_after=0.025, seed=seed) as sink:
        killed = sum(kill_one(sink, die, most=max(8 * number // (5 * kills), 1)) for _ in range(kills))
        finish(sink)
    states = dict(OutgoingMail.objects.values_list("message_id", "state"))
    counts = Counter(states.values())
    lost = [each for each, state in states.items() if state != "unknown" and each not in sink.taken]
    twice = [each for each, times in sink.taken.items() if times > 1]
    print(f"  {number} mails, {killed} kills, seed {seed}, {time.monotonic() - began:.0f} s")
    print(f"  lost {len(lost)}, sent twice {len(twice)}, unknown {counts['unknown']}"
          f" (at most {killed} kills + {sink.did['disconnects_after']} connections cut after the mail was taken)")  # fmt: skip
    print(f"  {dict(counts)}: {counts.total()} in all; the server took {len(sink.taken)}, refused"
          f" {sink.did['defers']} for now, cut {sink.did['disconnects_before']} before")  # fmt: skip
    adds_up = counts.total() == counts["sent"] + counts["unknown"] == number
    return not lost and not twice and adds_up and counts["unknown"] <= killed + sink.did["disconnects_after"]


def kill_one(sink, die, most):
    """Kill a worker at its start, or within one of its first `most` mails; return whether there was one to kill."""
    if not remains():
        return False
    let_time_pass()
    worker, until = start(sink), len(sink.mails) + die.randrange(most)
    if die.random() < 0.9:
        wait_for(lambda: len(sink.mails) >= until or not due())
    time.sleep(die.random() * 0.03)
    worker.kill()
    worker.wait()
    return True


def finish(sink):
    """Send the rest by a worker that is not killed."""
    while remains():
        let_time_pass()
        worker = start(sink)
        wait_for(lambda: not due())
        worker.terminate()
        worker.wait()


def remains():
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - after the settings

    return OutgoingMail.objects.filter(state__in=["queued", "sending"]).exists()


def due():
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - after the settings

    return OutgoingMail.objects.due().exists() or OutgoingMail.objects.filter(state="sending").exists()


def let_time_pass():
    """Change the rows as if a day had passed without a worker."""
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - after the settings
    from bookclub.mail.queue import LEASE_DURATION  # noqa: PLC0415 - the same

    OutgoingMail.objects.update(not_before=None)
    for mail in OutgoingMail.objects.exclude(lease_until=None).only("lease_until"):
        OutgoingMail.objects.filter(pk=mail.pk).update(lease_until=mail.lease_until - 2 * LEASE_DURATION)


def start(sink):
    from django.conf import settings  # noqa: PLC0415 - after the settings
    from django.db import connection  # noqa: PLC0415 - the same

    address = os.environ.get("TEST_DATABASE_URL", "")
    name = connection.settings_dict["NAME"]
    parts = urlsplit(address)
    url = f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}" if address else f"sqlite:///{name}"
    more = {"DATABASE_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}", "DEBUG": "0"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "work"], env=os.environ | more, cwd=settings.BASE_DIR, stderr=subprocess.DEVNULL
    )


def wait_for(asked):
    end = time.monotonic() + PATIENCE
    while not asked():
        if time.monotonic() > end:
            sys.exit("Nothing happens any more.")
        time.sleep(0.01)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    given = parser.parse_args()
    if not is_within():
        sys.exit(not on_both("bench.kill_worker", ["--mails", str(given.mails), "--kills", str(given.kills), "--seed", str(given.seed)]))  # fmt: skip
    with empty_database():
        is_well = main(given.mails, given.kills, given.seed)
    sys.exit(not is_well)
