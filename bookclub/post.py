"""Sending what is due, one mail after the other over one line to the mail server.

What has become of a mail is written down before anything else is done that could fail, and together with the word that
the next one is on its way: so there is one wait for the disk a mail, and never more than one mail of which nobody
would know. A provider that can is given some copies of a letter by one call; then it is that call of which nobody
would know.
"""

import logging
import secrets
import time
from collections import deque

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, connection, transaction

from bookclub import providers
from bookclub.mail import MailServerDown, words_of
from bookclub.outbox import Fence
from bookclub.posted import LEASE, WAITS, Outcome
from bookclub.sending import connecting, send

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.3  # seconds: how soon a code is on its way
LEASED = 20  # rows put aside at a time
MAILS_PER_LINE = 100
IDLE = 5  # seconds that a line is kept without a mail
CUTS = 3  # calls and lines that break in a row before we think that it is not the mail's fault
LONGEST_WAIT = 30  # seconds between tries to reach a database or a mail server that is away
LAST_TRIES = 5  # to write down what became of a mail, when the worker is to end
AWAY = (DatabaseError, InterfaceError)


class Post:
    """Sends what is due, the single mails first. `queues` are querysets of what is Posted, the most urgent first."""

    def __init__(self, queues, *, lease=LEASE, waits=WAITS):
        self.queues, self.lease, self.waits = queues, lease, waits
        self.name = secrets.token_hex(8)
        self.aside = [deque() for _ in queues]
        self.looked_at = float("-inf")
        self.fence = None
        self.line = None  # to the mail server
        self.line_used = self.cuts = 0
        self.line_at = 0.0
        self.pace = Pace(settings.EMAIL_PER_SECOND)
        self.provider = providers.in_use()
        self.sent = []  # (row, outcome, words) of each mail that is not written down yet
        self.singly = 0  # so many of the next mails go out alone: together they were refused
        self.is_sure = True  # that what we hold, by the database's word, is what lies here
        self.is_wanted = lambda: True

    def send_due(self, is_wanted=lambda: True) -> int:
        """Send until nothing is due or no longer wanted. Returns how many mails were tried.

        Raises MailServerDown where nothing can be sent now, and one of AWAY without a database; all that waits still
        waits.
        """
        tried, self.is_wanted = 0, is_wanted
        try:
            while is_wanted() and (rows := self._next()):
                self.pace.wait(self._write_down, len(rows))
                if begun := self._begin(rows):
                    self._send(begun)
                    tried += len(begun)
        except BaseException:
            self.is_sure, self.looked_at = False, float("-inf")
            raise
        finally:
            self._write_down()
        return tried

    def _next(self):
        """The rows that go out by the next call, of those that are put aside: nearly always one; or none."""
        now = time.monotonic()
        if now - self.looked_at >= LOOK_EVERY or not any(self.aside):
            self.looked_at = now
            self._write_down()
            self._look()
        waiting = next(filter(None, self.aside), None)
        if waiting is None:
            return []
        rows = [waiting.popleft()]
        while waiting and len(rows) < self._mails_a_call() and waiting[0].goes_with(rows[0], self.provider):
            rows.append(waiting.popleft())
        return rows

    def _mails_a_call(self):
        """One, where one call has just failed: of a single mail more can be told."""
        is_alone = self.singly or self.cuts or not (self.provider and self.provider.place_holder)
        return 1 if is_alone else self.pace.at_once(providers.MAILS_PER_CALL)

    def _look(self):
        """Put the due rows of the first queue that has any before those that are put aside already."""
        self._make_sure()
        self._heed(Fence.objects.first())
        for queue, rows in zip(self.queues, self.aside, strict=True):
            if len(rows) < LEASED:
                rows.extend(self._due(queue).lease(self.name, max(LEASED, self._mails_a_call()), lasts=self.lease))
            if rows:
                return

    def _make_sure(self):
        """After an error what we seem to hold is free again: nothing of ours is on its way now."""
        if not self.is_sure:
            for queue in self.queues:
                queue.all().take_back(self.name)
            self.give_back()
            self.is_sure = True

    def _heed(self, fence):
        if fence != self.fence:
            self.give_back()
        self.fence = fence

    def _due(self, queue):
        return queue.all().let_through(self.fence) if self.fence else queue.all()

    def _begin(self, rows):
        """Those of `rows` that are ours to send now. Writes down what became of those before."""
        if not self._has_line():
            self._write_down()  # who knows how long the server takes to answer
            self._open_line()
        with transaction.atomic():
            self._mark()
            begun = [row for row in rows if row.start(self.name, lasts=self.lease)]
        self.sent = []
        for row in rows:
            if row not in begun:
                row.let_go(self.name)
        return begun

    def _send(self, rows):
        self.sent = [(row, Outcome.NOT_TRIED, "") for row in rows]
        message = self._put_together(rows)
        if message is None:
            return
        answers = send(message, self.line)
        if answers[0][0] is Outcome.CUT and self.line_used:
            # It may only have been tired of this line; on a new one the same mail may be tried at once.
            self._open_line()
            answers = send(message, self.line)
        outcomes = {outcome for outcome, _ in answers}
        self.singly = max(self.singly - len(rows), 0)
        if outcomes == {Outcome.REFUSED} and len(rows) > 1:
            # One of them may have been the reason: each is tried by itself.
            self.singly = len(rows)
        else:
            self.sent = [(row, *answer) for row, answer in zip(rows, answers, strict=True)]
        self._judge(outcomes)

    def _put_together(self, rows):
        try:
            return rows[0].as_message() if len(rows) == 1 else rows[0].as_message_to(rows, self.provider.place_holder)
        except AWAY:
            raise
        except Exception as error:
            logger.exception("Mail %s can't be put together", ", ".join(str(row.pk) for row in rows))
            words = f"It can't be put together: {words_of(error)}"
            self.sent = [(row, Outcome.REFUSED, words) for row in rows]

    def _judge(self, outcomes):
        """What the end of one call says of the line and of the server."""
        self.line_used += 1
        self.line_at = time.monotonic()
        is_broken = bool(outcomes & {Outcome.CUT, Outcome.UNKNOWN})
        self.cuts = self.cuts + 1 if is_broken else 0
        if is_broken:
            self.hang_up()
        if self.cuts >= CUTS:
            raise MailServerDown("it breaks off at every mail")

    def _mark(self):
        for row, outcome, words in self.sent:
            row.mark(outcome, words, waits=self.waits)

    def _write_down(self):
        """Until it is written down: a mail that is not marked would be unknown for ever.

        Not for ever, though, when the worker is to end: then the rows say in some minutes that nobody knows.
        """
        last_tries, waits = LAST_TRIES, growing_waits()
        while self.sent:
            try:
                with transaction.atomic():
                    self._mark()
                self.sent = []
            except AWAY:
                mails = ", ".join(f"{row.pk} is {outcome.value}" for row, outcome, _ in self.sent)
                logger.exception("Mail %s, which can't be written down; trying again", mails)
                connection.close()
                last_tries -= not self.is_wanted()
                if not last_tries:
                    logger.critical("Mail %s, and the database does not know", mails)
                    return
                wait(next(waits), self.is_wanted)

    def _has_line(self):
        return self.line is not None and self.line_used < MAILS_PER_LINE

    def _open_line(self):
        """A new one, in place of any that there was."""
        self.hang_up()
        line = get_connection()
        try:
            with connecting():
                line.open()
        except MailServerDown:
            line.close()
            raise
        self.line = line

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
        for queue, rows in zip(self.queues, self.aside, strict=True):
            rows.clear()
            queue.all().give_back(self.name)


class Pace:
    """So many mails a second and no more, where there is such a limit."""

    def __init__(self, per_second):
        self.seconds = 1 / per_second if per_second else 0
        self.next_at = float("-inf")

    def wait(self, before, number=1):
        """Until the next `number` of mails may go; `before` is called first where that takes a while."""
        now = time.monotonic()
        if self.seconds and now < self.next_at:
            before()
            time.sleep(max(self.next_at - time.monotonic(), 0))
        self.next_at = max(now, self.next_at) + self.seconds * number

    def at_once(self, limit):
        """How many may go by one call: what a second takes, and no more than `limit`."""
        return max(1, min(limit, int(1 / self.seconds))) if self.seconds else limit


def growing_waits():
    """Seconds: 0.5, 1, 2 … and the longest one for ever."""
    seconds = 0.5
    while True:
        yield seconds
        seconds = min(seconds * 2, LONGEST_WAIT)


def wait(seconds, is_wanted):
    """At most so long; where it is no longer wanted a tenth of a second."""
    end = time.monotonic() + seconds
    time.sleep(min(0.1, seconds))
    while is_wanted() and time.monotonic() < end:
        time.sleep(0.1)
