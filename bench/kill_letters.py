"""Send an issue while workers are killed at random and the mail server misbehaves: which copies are lost or sent twice?

    python -m bench.kill_letters [--letters 1000] [--kills 50] [--stall 2] [--seed 1]

On SQLite and on PostgreSQL, two workers at a time. The mail server defers, rejects, disconnects before and
after it has taken a mail, and stalls, some longer than a worker's lease lasts. With `--stall 30` it takes as long as a
worker waits for an answer. Exits with 1 where a copy is lost or came twice, where more are unknown than there were
kills, cuts and stalls too long, or where the numbers do not add up.
"""

import argparse
import random
import signal
import sys
import time

from bench.databases import empty_database, is_within, on_both, wait_for_the_disk

MANNERS = {"defers": 0.08, "rejects": 0.02, "disconnects_before": 0.03, "disconnects_after": 0.02, "stalls": 0.01}
WORKERS = 2


def main(given):
    from django.conf import settings  # noqa: PLC0415 - Django is set up by now

    from bench.letters_per_second import write  # noqa: PLC0415 - the same
    from newsletter import delivery  # noqa: PLC0415 - the same
    from newsletter.models import Delivery  # noqa: PLC0415 - the same
    from tests.killing import Account, is_over, point, wait_until  # noqa: PLC0415 - the same
    from tests.sink import Sink  # noqa: PLC0415 - the same

    wait_for_the_disk()
    settings.EMAIL_PER_SECOND = 30  # so that there is something left to be killed at
    issue = write(given.letters)
    queue, die = Delivery.objects.all(), random.Random(given.seed)  # noqa: S311 - a bench's
    began = time.monotonic()
    with Sink(seed=given.seed, stall_seconds=given.stall, **MANNERS) as sink:
        point(settings, sink)
        kills = kill(queue, given.kills, die, lambda: is_over(queue))
        settings.EMAIL_PER_SECOND = 0
        last = [start(queue) for _ in range(WORKERS)]
        wait_until(lambda: is_over(queue), seconds=600)
        for worker in last:
            worker.kill(signal.SIGTERM)
        account, did = Account(queue, sink), dict(sink.did)
    unknown, most = account.states["unknown"], kills + sink.did["disconnects_after"]
    most += sink.did["stalls"] if given.stall >= patience() else 0
    print(f"  {kills} kills in {time.monotonic() - began:.0f} s; the mail server: {did}")
    print(f"  lost {len(account.lost)}, twice {len(account.twice)}, unknown {unknown} (at most {most})")
    print(
        f"  {dict(account.states)}: {sum(account.states.values())} of {given.letters}; wrong: {account.wrong or 'none'}"
    )
    adds_up = delivery.count_states(issue)["all"] == given.letters == sum(account.states.values())
    return adds_up and not account.wrong and unknown <= most and kills == given.kills


def patience():
    from bookclub.mail.backends import REPLY_TIMEOUT_SECONDS  # noqa: PLC0415 - Django is set up by now

    return REPLY_TIMEOUT_SECONDS


def start(queue):
    from tests.killing import Killable  # noqa: PLC0415 - Django is set up by now

    return Killable(queue)


def kill(queue, number, die, is_over):
    """Kill up to so many workers, one after the other, each at a random moment; return how many."""
    workers = [start(queue) for _ in range(WORKERS)]
    kills = 0
    while kills < number and not is_over():
        time.sleep(die.uniform(0.02, 0.7))
        workers.pop(die.randrange(WORKERS)).kill()
        kills += 1
        workers.append(start(queue))
    for worker in workers:
        worker.kill(signal.SIGTERM)
    return kills


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--stall", type=float, default=2, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not is_within():
        sys.exit(not on_both("bench.kill_letters", sys.argv[1:]))
    with empty_database():
        is_well = main(given)
    sys.exit(not is_well)
