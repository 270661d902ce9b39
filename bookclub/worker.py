"""The process that sends what the outbox holds and does the chores: `manage.py work`, any number of them.

Whatever fails it goes on: without a database it waits for one, without a mail server the mail waits. What it has sent
it marks before it does anything else, for as long as the database takes to come back.
"""

import datetime as dt
import logging
import secrets
import socket
import time
from collections import deque

from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone

from bookclub import mail
from bookclub.outbox import Fence, Outcome, OutgoingMail, Worker

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.3  # seconds: how soon a code is on its way
SEEN_EVERY = 10
LEASED = 20  # rows put aside at a time
MAILS_PER_CONNECTION = 100
IDLE = 5  # seconds that a connection to the mail server is kept without a mail
LONGEST_WAIT = 30  # seconds between tries to reach a database or a mail server that is away
# Mail that has waited so long before any worker was there may come out of a restored backup.
STALE = dt.timedelta(days=1)
FAILURES = (DatabaseError, InterfaceError, OSError)


class Post:
    """Sends what is due, the single mails first. `queues` are querysets of what is Posted, the most urgent first."""

    def __init__(self, queues, name=None):
        self.queues = queues
        self.name = name or secrets.token_hex(8)
        self.line = None  # to the mail server
        self.line_used = 0
        self.line_at = 0.0
        self.aside = [deque() for _ in queues]
        self.looked_at = float("-inf")

    def send_due(self, is_wanted=lambda: True) -> int:
        """Send until nothing is due or no longer wanted. Returns how many mails were tried.

        Raises MailServerDown where nothing can be sent now; all that waits still waits.
        """
        tried = 0
        while is_wanted() and (found := self._next()):
            tried += self._send(*found)
        return tried

    def _next(self):
        """A queue and the key of the next row to send from it, or None."""
        now = time.monotonic()
        if now - self.looked_at >= LOOK_EVERY or not any(self.aside):
            self.looked_at = now
            self._look()
        return next(
            ((queue, keys.popleft()) for queue, keys in zip(self.queues, self.aside, strict=True) if keys), None
        )

    def _look(self):
        """Put the due rows of the first queue that has any before those that are put aside already."""
        for queue, keys in zip(self.queues, self.aside, strict=True):
            if len(keys) < LEASED:
                keys.extend(queue.all().lease(self.name, LEASED))
            if keys:
                return

    def _send(self, queue, key):
        line = self._open_line()
        if not queue.all().start(key, self.name):
            return 0
        row = queue.all().get(pk=key)
        try:
            outcome, words = mail.send(row.as_message(line), line)
        except mail.MailServerRefusesUs:
            self._mark(row, Outcome.AGAIN, "The mail server refuses our name or password.")
            raise
        self._mark(row, outcome, words)
        self.line_used += 1
        if outcome is not Outcome.SENT:
            self.hang_up()
        return 1

    def _mark(self, row, outcome, words):
        """Until it is written down: a mail that is not marked would be unknown for ever."""
        for seconds in growing_waits():
            try:
                row.mark(outcome, words)
            except FAILURES:
                logger.exception("Mail %s: what became of it can't be written down; trying again", row.pk)
                reconnect()
                time.sleep(seconds)
            else:
                return

    def _open_line(self):
        if self.line_used >= MAILS_PER_CONNECTION:
            self.hang_up()
        if self.line is None:
            line = get_connection()
            with mail.connecting():
                line.open()
            self.line = line
        self.line_at = time.monotonic()
        return self.line

    def rest(self):
        """Nothing is due: let go of the mail server after a while."""
        if self.line and time.monotonic() - self.line_at > IDLE:
            self.hang_up()

    def hang_up(self):
        line, self.line, self.line_used = self.line, None, 0
        if line:
            try:
                line.close()
            except OSError as error:
                logger.info("The mail server had hung up before us: %s", error)

    def give_back(self):
        for queue, keys in zip(self.queues, self.aside, strict=True):
            keys.clear()
            queue.all().give_back(self.name)


class Rounds:
    """What a worker does, over and over: send, say that it is there, and the chores that are due."""

    def __init__(self, queues, chores):
        self.post = Post(queues)
        self.chores = chores
        self.is_wanted = True
        self.due_at = {}  # seconds of the monotonic clock, by chore: the other clock may be set back
        self.seen_at = float("-inf")
        self.trouble = ""

    def stop(self, *_):
        self.is_wanted = False

    def run(self):
        """Until `stop`. What has been put aside and not begun is given back."""
        waits = growing_waits()
        while self.is_wanted:
            try:
                waits = self._round() or growing_waits()
            except mail.MailServerRefusesUs as error:
                self._wait(0, f"The mail server refuses our name or password: {error}")
                Fence.put_up(Fence.Kind.LOGIN, str(error))
            except mail.MailServerDown as error:
                self._wait(next(waits), f"The mail server can't be reached: {error}")
            except FAILURES as error:
                self._wait(next(waits), f"The database does not answer: {error}")
                reconnect()
        self.leave()

    def once(self) -> int:
        """Everything that is due now, once: for tests, and for whoever has only a timetable of the system's."""
        self.do_chores()
        return 0 if is_fenced() else self.post.send_due()

    def _round(self):
        self.say_we_are_here()
        self.do_chores()
        if not is_fenced():
            self.post.send_due(self._may_go_on)
        self.trouble = ""
        self.post.rest()
        close_old_connections()
        self._sleep(LOOK_EVERY)

    def _may_go_on(self):
        """Between two mails: whether to stay with the mail."""
        is_busy_elsewhere = any(moment <= time.monotonic() for moment in self.due_at.values())
        return self.is_wanted and not is_busy_elsewhere and time.monotonic() - self.seen_at < SEEN_EVERY

    def say_we_are_here(self):
        if time.monotonic() - self.seen_at < SEEN_EVERY and not self.trouble:
            return
        now = timezone.now()
        values = {"host": socket.gethostname()[:80], "seen_at": now, "trouble": self.trouble[:300]}
        is_first = self.seen_at == float("-inf")
        with transaction.atomic():
            if is_first:
                Fence.objects.filter(kind=Fence.Kind.LOGIN).delete()  # the settings may have been put right
                fence_what_was_restored(now)
            Worker.objects.update_or_create(name=self.post.name, defaults=values)
            Worker.objects.filter(seen_at__lt=now - dt.timedelta(days=7)).delete()
        self.seen_at = time.monotonic()

    def do_chores(self):
        """Those whose time has come. One that fails is in the log, and stops no other."""
        for chore in self.chores:
            if self.due_at.get(chore, 0) > time.monotonic():
                continue
            self.due_at[chore] = time.monotonic() + chore.every_seconds
            try:
                chore.do()
            except FAILURES:
                raise
            except Exception:
                logger.exception("The chore “%s” failed", chore.name)

    def _wait(self, seconds, trouble):
        if trouble != self.trouble:
            logger.error("%s. Trying again.", trouble)
        self.trouble = trouble
        self.post.hang_up()
        self._sleep(seconds)

    def _sleep(self, seconds):
        end = time.monotonic() + seconds
        while self.is_wanted and time.monotonic() < end:
            time.sleep(min(0.1, seconds))

    def leave(self):
        self.post.hang_up()
        try:
            self.post.give_back()
            Worker.objects.filter(name=self.post.name).delete()
        except FAILURES:
            logger.exception("Left without a word to the database; what was put aside is free again in some minutes")


def is_fenced():
    return Fence.objects.exists()


def fence_what_was_restored(now):
    """Mail that has waited since before any worker was seen may have been sent in another life of this database."""
    last_seen = Worker.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if last_seen is None or now - last_seen < STALE:
        return
    if old := OutgoingMail.objects.due(now).filter(written_at__lt=now - STALE).count():
        Fence.put_up(Fence.Kind.RESTORED, f"{old} mails are older than a day, and no worker has been here since.")


def reconnect():
    connection.close()


def growing_waits():
    """Seconds: 0.5, 1, 2 … and the longest one for ever."""
    seconds = 0.5
    while True:
        yield seconds
        seconds = min(seconds * 2, LONGEST_WAIT)
