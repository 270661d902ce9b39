"""Workers in processes of their own, which end in the middle of what they do, and what became of the mail then."""

import datetime as dt
import os
import signal
import time
from collections import Counter

from django.db import connections

from bookclub.chores import Chore
from bookclub.worker import Rounds
from tests.racing import FORK

# Nobody waits for minutes to see what happens after a lease or a refusal.
SHORT = {"lease": dt.timedelta(seconds=1.5), "waits": [dt.timedelta(seconds=0.1)] * 20}


class Killable:
    """A worker that sends what lies in `queue`, with short waits."""

    def __init__(self, queue, **options):
        self.queue, self.options = queue, SHORT | options
        connections.close_all()
        self.process = FORK.Process(target=self.run)
        self.process.start()

    def run(self):
        settle = Chore("settle", 1, lambda: self.queue.all().settle(lasts=self.options["lease"]))
        rounds = Rounds([self.queue], [settle], **self.options)
        signal.signal(signal.SIGTERM, rounds.stop)
        rounds.run()
        os._exit(0)

    def kill(self, how=signal.SIGKILL):
        os.kill(self.process.pid, how)
        self.process.join(20)


def point(settings, sink):
    """Mail goes to `sink` from now on."""
    settings.EMAIL_BACKEND = "bookclub.mail.SMTPBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port


def soon(asked, seconds=30):
    """What `asked` answers, as soon as that is something; or its last answer."""
    end = time.monotonic() + seconds
    while not (answer := asked()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def is_over(queue):
    """Whether nothing waits or is being sent."""
    return not queue.all().filter(state__in=["queued", "sending"]).exists()


class Account:
    """What became of every row of `queue`, by the rows and by the mail server: its numbers, to be compared."""

    def __init__(self, queue, sink):
        self.ids = {row.message_id: row.state for row in queue.all()}
        self.states = Counter(self.ids.values())
        self.twice = [each for each, times in sink.taken.items() if times > 1]
        self.strange = set(sink.taken) - set(self.ids)
        self.lost = [each for each, state in self.ids.items() if state == "sent" and each not in sink.taken]
        self.denied = [each for each, state in self.ids.items() if state == "failed" and each in sink.taken]
        self.open = {state: self.states[state] for state in ("queued", "sending") if self.states[state]}

    @property
    def wrong(self):
        """In words; nothing, if all is well."""
        faults = {"twice": self.twice, "lost": self.lost, "taken, and called failed": self.denied,
                  "of nobody": self.strange, "still open": self.open}  # fmt: skip
        return {what: len(found) for what, found in faults.items() if found}
