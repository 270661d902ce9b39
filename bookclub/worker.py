"""The process that sends what the outbox holds and does the chores: `manage.py work`, any number of them.

Whatever fails it goes on: without a database it waits for one, without a mail server the mail waits. The chores are
done beside the mail, in a thread of their own, so that no code waits for them.
"""

import logging
import os
import socket
import threading
import time

from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from bookclub.mail import MailServerDown, MailServerRefusesUs, words_of
from bookclub.outbox import Fence, Worker
from bookclub.post import AWAY, LOOK_EVERY, Post, growing_waits, wait
from bookclub.restored import Memory, doubts

logger = logging.getLogger(__name__)

SEEN_EVERY = 10  # seconds
AGAIN_AFTER = 60  # seconds: a chore that failed
PATIENCE = 10  # seconds that a chore gets to end when the worker ends


class Rounds:
    """What a worker does, over and over: say that it is there, and send. `parent`, where given, is the number of the
    process that it ends with. `options` are those of Post.
    """

    def __init__(self, queues, chores, *, parent=None, **options):
        self.post = Post(queues, **options)
        self.chores = ChoreRounds(chores, self.is_wanted)
        self.memory = Memory()
        self.parent = parent
        self.is_told_to_stop = False
        self.seen_at = float("-inf")
        self.trouble = self.said_trouble = ""
        self.refusal = ""

    def stop(self, *_):
        self.is_told_to_stop = True

    def is_wanted(self):
        return not self.is_told_to_stop and self.parent in {None, os.getppid()}

    def run(self):
        """Until `stop`. What has been put aside and not begun is given back."""
        beside = threading.Thread(target=self.chores.run, daemon=True)
        beside.start()
        waits = growing_waits()
        while self.is_wanted():
            try:
                self._round()
                waits = growing_waits()
            except MailServerRefusesUs as error:
                self.refusal = str(error)
                self._wait(0, f"The mail server refuses us: {error}")
            except MailServerDown as error:
                self._wait(next(waits), f"The mail server can't be reached: {error}")
            except AWAY as error:
                self._wait(next(waits), f"The database does not answer: {error}")
                connection.close()
            except Exception as error:
                logger.exception("A worker can't go on as usual")
                self._wait(next(waits), f"Something went wrong: {words_of(error)}")
        self.leave()
        beside.join(PATIENCE)

    def once(self) -> int:
        """Everything that is due now, once: how many mails were tried. Raises what `Post.send_due` raises."""
        self.chores.do_due()
        return self.post.send_due()

    def _round(self):
        if self.refusal:
            Fence.put_up(Fence.Kind.LOGIN, self.refusal)
            self.refusal = ""
        self.say_we_are_here()
        tried = self.post.send_due(self._may_go_on)
        self.trouble = ""
        close_old_connections()
        if not tried:
            self.post.rest()
            wait(LOOK_EVERY, self.is_wanted)

    def _may_go_on(self):
        """Between two mails: whether to stay with the mail."""
        return self.is_wanted() and time.monotonic() - self.seen_at < SEEN_EVERY

    def say_we_are_here(self):
        trouble = self.trouble or self.chores.trouble
        if time.monotonic() - self.seen_at < SEEN_EVERY and trouble == self.said_trouble:
            return
        now = timezone.now()
        values = {"host": socket.gethostname()[:80], "seen_at": now, "trouble": trouble[:300], "left_at": None}
        with transaction.atomic():
            if self.seen_at == float("-inf"):
                Fence.objects.filter(kind=Fence.Kind.LOGIN).delete()  # the settings may have been put right
                Worker.objects.forgotten(now).delete()
            if doubt := doubts(self.memory.moment, now, queues=self.post.queues):
                Fence.put_up(Fence.Kind.RESTORED, doubt)
            Worker.objects.update_or_create(name=self.post.name, defaults=values)
        self.memory.keep(now)
        self.seen_at, self.said_trouble = time.monotonic(), trouble

    def _wait(self, seconds, trouble):
        if trouble != self.trouble:
            logger.error("%s. Trying again.", trouble)
        self.trouble = trouble
        self.post.hang_up()
        wait(seconds, self.is_wanted)

    def leave(self):
        self.post.hang_up()
        try:
            self.post.give_back()
            Worker.objects.filter(name=self.post.name).update(left_at=timezone.now())
        except AWAY:
            logger.exception("Left without a word to the database; what was put aside is free again in some minutes")


class ChoreRounds:
    """Each chore in its time. One that fails is in the log and on the desk, and stops no other."""

    def __init__(self, chores, is_wanted):
        self.chores = chores
        self.is_wanted = is_wanted
        self.due_at = {}  # seconds of the monotonic clock, by chore: the other clock may be set back
        self.failed = {}  # in words, by chore

    @property
    def trouble(self):
        return next(iter(self.failed.copy().values()), "")

    def run(self):
        while self.is_wanted():
            self.do_due()
            close_old_connections()
            wait(1, self.is_wanted)
        connection.close()

    def do_due(self):
        for chore in self.chores:
            if self.due_at.get(chore, 0) <= time.monotonic() and self.is_wanted():
                self._do(chore)

    def _do(self, chore):
        wait_for = chore.every_seconds
        try:
            chore.do()
            self.failed.pop(chore, None)
        except Exception as error:
            logger.exception("The chore “%s” failed", chore.name)
            self.failed[chore] = f"The chore “{chore.name}” failed: {words_of(error)}"
            wait_for = min(wait_for, AGAIN_AFTER)
            if isinstance(error, AWAY):
                connection.close()
        self.due_at[chore] = time.monotonic() + wait_for
