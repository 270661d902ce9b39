"""Send due messages one after the other, over one connection to the mail server.

The result of a message is stored before anything else that could fail, in the transaction that marks the next message
as being sent: one disk flush per message, and never more than one message with an unknown result. If the provider
supports it, several copies of a newsletter are sent by one call; then this is true of the call.
"""

import logging
import secrets
import time
from collections import deque

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, connection, transaction

from bookclub.mail.backends import MailServerDown, describe_error
from bookclub.mail.models import SendingPause
from bookclub.mail.providers import MAX_BATCH_SIZE, active_provider
from bookclub.mail.queue import LEASE_DURATION, RETRY_DELAYS, Outcome
from bookclub.mail.throttling import RateLimiter, backoff_delays, sleep_while
from bookclub.mail.transport import connection_errors, send_message

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.3  # the longest delay of a login code
CLAIM_SIZE = 20  # rows
MESSAGES_PER_CONNECTION = 100
IDLE_SECONDS = 5  # time that a connection is kept open without messages
MAX_DISCONNECTS = 3  # consecutive ones, after which the server is the cause and not the message
FINAL_TRIES = 5  # to store results while the worker is stopping
DATABASE_ERRORS = (DatabaseError, InterfaceError)


class MailSender:
    """Sends the due messages of `queues`, querysets of QueuedMessage models, the most urgent queue first."""

    def __init__(self, queues, *, lease=LEASE_DURATION, retry_delays=RETRY_DELAYS):
        self.queues, self.lease, self.retry_delays = queues, lease, retry_delays
        self.worker_name = secrets.token_hex(8)
        self.claimed = [deque() for _ in queues]
        self.polled_at = float("-inf")
        self.pause = None
        self.connection = None  # an open mail backend
        self.connection_uses = self.disconnects = 0
        self.connection_used_at = 0.0
        self.rate_limiter = RateLimiter(settings.EMAIL_PER_SECOND)
        self.provider = active_provider()
        self.pending_results = []  # (row, outcome, reply) of messages whose result is not stored yet
        self.singles_left = 0  # number of messages to send alone, after a shared call was rejected
        self.needs_reset = False  # after an error: another worker may have claimed our rows
        self.is_wanted = lambda: True

    def send_due(self, is_wanted=lambda: True) -> int:
        """Send until nothing is due or `is_wanted()` is false. Return the number of attempted messages.

        Raises MailServerDown if no mail can be sent now, and one of DATABASE_ERRORS without a database. Queued messages
        stay queued.
        """
        tried, self.is_wanted = 0, is_wanted
        try:
            while is_wanted() and (rows := self._next_batch()):
                self.rate_limiter.wait(self._store_results, len(rows))
                if started := self._start_batch(rows):
                    self._send_batch(started)
                    tried += len(started)
        except BaseException:
            self.needs_reset, self.polled_at = True, float("-inf")
            raise
        finally:
            self._store_results()
        return tried

    def _next_batch(self):
        """Return the claimed rows for the next call: usually one, or none if nothing is due."""
        now = time.monotonic()
        if now - self.polled_at >= POLL_SECONDS or not any(self.claimed):
            self.polled_at = now
            self._store_results()
            self._claim_due()
        claimed = next(filter(None, self.claimed), None)
        if claimed is None:
            return []
        rows = [claimed.popleft()]
        while claimed and len(rows) < self._batch_size() and claimed[0].can_share_call(rows[0], self.provider):
            rows.append(claimed.popleft())
        return rows

    def _batch_size(self):
        """Return the maximum number of messages per call; 1 after a failure, so that the reply is about one message."""
        is_single = self.singles_left or self.disconnects or not (self.provider and self.provider.placeholder)
        return 1 if is_single else self.rate_limiter.batch_size(MAX_BATCH_SIZE)

    def _claim_due(self):
        """Claim due rows of the first queue that has any. They go before rows claimed earlier from the other queues."""
        self._reset_after_error()
        pause = SendingPause.objects.first()
        if pause != self.pause:
            self.release_claims()
        self.pause = pause
        for queue, rows in zip(self.queues, self.claimed, strict=True):
            if len(rows) < CLAIM_SIZE:
                allowed = queue.all().allowed_during(pause) if pause else queue.all()
                # Sending may take longer than the lease: a row claimed twice would be sent with outdated `attempts`.
                free = allowed.exclude(pk__in=[row.pk for row in rows])
                rows.extend(free.claim(self.worker_name, max(CLAIM_SIZE, self._batch_size()), lease=self.lease))
            if rows:
                return

    def _reset_after_error(self):
        """After an error, requeue and release all our rows: none is being sent now."""
        if self.needs_reset:
            for queue in self.queues:
                queue.all().requeue_unsent(self.worker_name)
            self.release_claims()
            self.needs_reset = False

    def _start_batch(self, rows):
        """Store pending results and mark `rows` as being sent. Return the rows for which this succeeded."""
        if self.connection is None or self.connection_uses >= MESSAGES_PER_CONNECTION:
            self._store_results()  # before a connection attempt, which may take long
            self._open_connection()
        with transaction.atomic():
            self._record_outcomes()
            started = [row for row in rows if row.mark_sending(self.worker_name, lease=self.lease)]
        self.pending_results = []
        for row in rows:
            if row not in started:
                row.release(self.worker_name)
        return started

    def _send_batch(self, rows):
        self.pending_results = [(row, Outcome.NOT_ATTEMPTED, "") for row in rows]
        message = self._build_message(rows)
        if message is None:
            return
        results = send_message(message, self.connection)
        if results[0][0] is Outcome.DISCONNECTED and self.connection_uses:
            # The server may only have closed an idle connection: try the same message at once on a new one.
            self._open_connection()
            results = send_message(message, self.connection)
        outcomes = {outcome for outcome, _ in results}
        self.singles_left = max(self.singles_left - len(rows), 0)
        if outcomes == {Outcome.REJECTED} and len(rows) > 1:
            self.singles_left = len(rows)  # one of them may be the reason
        else:
            self.pending_results = [(row, *result) for row, result in zip(rows, results, strict=True)]
        self._check_connection(outcomes)

    def _build_message(self, rows):
        try:
            if len(rows) == 1:
                return rows[0].build_message()
            return rows[0].build_shared_message(rows, self.provider.placeholder)
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            logger.exception("Mail %s can't be built", ", ".join(str(row.pk) for row in rows))
            reply = f"The mail can't be built: {describe_error(error)}"
            self.pending_results = [(row, Outcome.REJECTED, reply) for row in rows]

    def _check_connection(self, outcomes):
        self.connection_uses += 1
        self.connection_used_at = time.monotonic()
        is_broken = bool(outcomes & {Outcome.DISCONNECTED, Outcome.UNKNOWN})
        self.disconnects = self.disconnects + 1 if is_broken else 0
        if is_broken:
            self.close_connection()
        if self.disconnects >= MAX_DISCONNECTS:
            raise MailServerDown("it disconnects at every mail")

    def _record_outcomes(self):
        for row, outcome, reply in self.pending_results:
            row.record_outcome(outcome, reply, retry_delays=self.retry_delays)

    def _store_results(self):
        """Store pending results, and retry until it succeeds: a message without a result would stay UNKNOWN.

        While the worker is stopping, give up after FINAL_TRIES: the rows then become UNKNOWN after some minutes.
        """
        final_tries, delays = FINAL_TRIES, backoff_delays()
        while self.pending_results:
            try:
                with transaction.atomic():
                    self._record_outcomes()
                self.pending_results = []
            except DATABASE_ERRORS:
                results = ", ".join(f"{row.pk} is {outcome.value}" for row, outcome, _ in self.pending_results)
                logger.exception("Mail %s: this can't be stored; trying again", results)
                connection.close()
                final_tries -= not self.is_wanted()
                if not final_tries:
                    logger.critical("Mail %s: this could not be stored", results)
                    return
                sleep_while(self.is_wanted, next(delays))

    def _open_connection(self):
        """Replace the connection by a new one."""
        self.close_connection()
        opened = get_connection()
        try:
            with connection_errors():
                opened.open()
        except MailServerDown:
            opened.close()
            raise
        self.connection = opened

    def close_idle_connection(self):
        if self.connection and time.monotonic() - self.connection_used_at > IDLE_SECONDS:
            self.close_connection()

    def close_connection(self):
        closing, self.connection, self.connection_uses = self.connection, None, 0
        if closing:
            try:
                closing.close()
            except OSError as error:
                logger.info("The mail server had closed the connection before: %s", error)

    def release_claims(self):
        for queue, rows in zip(self.queues, self.claimed, strict=True):
            rows.clear()
            queue.all().release(self.worker_name)
