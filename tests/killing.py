"""Worker processes that tests kill, and a check of all mail afterwards."""

import datetime as dt
import os
import signal
import time
from collections import Counter

from django.db import connections

from bookclub.mail.periodic_tasks import PeriodicTask
from bookclub.mail.worker import WorkerLoop
from tests.racing import FORK

SHORT = {"lease": dt.timedelta(seconds=3), "retry_delays": [dt.timedelta(seconds=0.1)] * 20}


class Killable:
    """Start a worker process that sends `queue`, with a short lease and short retry delays."""

    def __init__(self, queue, **options):
        self.queue, self.options = queue, SHORT | options
        connections.close_all()
        self.process = FORK.Process(target=self.run)
        self.process.start()

    def run(self):
        settle = PeriodicTask("settle", 1, lambda: self.queue.all().mark_lost(lease=self.options["lease"]))
        worker = WorkerLoop([self.queue], [settle], **self.options)
        signal.signal(signal.SIGTERM, worker.stop)
        worker.run()
        os._exit(0)

    def kill(self, how=signal.SIGKILL):
        os.kill(self.process.pid, how)
        self.process.join(60)
        return self.process.exitcode


def point(settings, sink):
    """Send mail to `sink` from now on."""
    settings.EMAIL_BACKEND = "bookclub.mail.backends.SMTPBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port


def wait_until(asked, seconds=120):
    """Call `asked` until its result is true, or time is up; return the last result."""
    end = time.monotonic() + seconds
    while not (answer := asked()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def is_over(queue):
    """Return whether no mail is waiting or being sent."""
    return not queue.all().filter(state__in=["queued", "sending"]).exists()


class Account:
    """Compares the state of every row of `queue` with the mails that the server received."""

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
        """Return {fault: number}, empty if all is well."""
        faults = {"twice": self.twice, "lost": self.lost, "taken, and called failed": self.denied,
                  "of nobody": self.strange, "still open": self.open}  # fmt: skip
        return {what: len(found) for what, found in faults.items() if found}
