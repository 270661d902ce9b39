"""The mail queue: one row per message; a worker claims it, sends it and records the result.

A row goes from QUEUED through SENDING to SENT:

- `claim` leases due rows to a worker for some minutes. A leased row is still queued: if the worker dies, the lease expires
  and another worker takes the row.
- `mark_sending` marks it as being sent. If the worker ends after that, it is unknown whether the message was sent.
- `record_outcome` stores the reply of the mail server. A deferred message is queued again, a rejected one has FAILED.

If it is unknown whether a message was sent (the worker died, or the connection broke after the text was handed over),
it becomes UNKNOWN, and an organiser decides: nothing is sent twice automatically. The machines' clocks may differ: a
lease that seems to have expired too early makes a message UNKNOWN for a moment, but it is never sent twice.
"""

import datetime as dt
import enum
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

from bookclub.core.models import Club
from bookclub.core.text import single_line

# The time a worker may take for one message; after that its outcome is UNKNOWN.
LEASE_DURATION = dt.timedelta(minutes=5)
# Delays between attempts, two days in all; after the last attempt the message has failed.
RETRY_DELAYS = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]


class Outcome(enum.Enum):
    """The result of one attempt, by the mail server's reply."""

    SENT = "sent"
    DEFERRED = "deferred"  # rejected for now (RFC 5321's 4yz replies)
    DISCONNECTED = "disconnected"  # before anything was handed over: like DEFERRED, but caused by the server
    NOT_ATTEMPTED = "not attempted"  # the server accepts no mail at all: counts as not started
    REJECTED = "rejected"  # permanently
    UNKNOWN = "unknown"  # handed over, then no reply


class QueuedMessageQuerySet(models.QuerySet):
    def due(self, at=None):
        """Return queued messages that don't wait for a later attempt.

        A `not_before` beyond our longest delay was written by a clock that was ahead, and is ignored.
        """
        at = at or timezone.now()
        may_go = Q(not_before=None) | Q(not_before__lte=at) | Q(not_before__gt=at + 2 * RETRY_DELAYS[-1])
        return self.filter(may_go, state=QueuedMessage.State.QUEUED)

    def sendable(self, at=None):
        """Return messages that may still be sent. Also a condition of the UPDATE in `mark_sending`."""
        return self

    def allowed_during(self, pause):
        """Return messages that may be sent despite the SendingPause `pause`."""
        return self.none()

    def count_possibly_sent(self, since, at) -> int:
        """Count messages due at `at` that another copy of this database may have sent after `since`."""
        return 0

    def in_send_order(self):
        return self.order_by("pk")

    def claim(self, worker: str, limit: int, at=None, lease=LEASE_DURATION) -> list:
        """Lease up to `limit` due rows to `worker`, and return them in send order.

        Sets their `club`, freshly read.
        """
        at = at or timezone.now()
        is_free = Q(lease_until=None) | lease_expired(at, lease)
        rows = self.due(at).sendable(at).filter(is_free).in_send_order()
        if not rows.exists():  # avoids SQLite's write lock, which every transaction takes
            return []
        with transaction.atomic(using=self.db):
            claimed = list(skip_locked(rows)[:limit])
            leased = self.model.objects.using(self.db).filter(pk__in=[row.pk for row in claimed])
            leased.update(worker=worker, lease_until=at + lease)
        club = Club.objects.current()
        for row in claimed:
            row.club = club
        return claimed

    def mark_sending(self, pk, worker: str, at=None, lease=LEASE_DURATION) -> bool:
        """Mark the row as being sent by `worker`; return whether it succeeded. Skips a row that is locked.

        One UPDATE, compiled by the ORM once for all rows. `update()` would compile it for each row: a mail then takes
        about 7.4 ms of a worker's CPU time instead of 5.2 on either database, and a third fewer mails are sent per
        second (measured with bench/mails_per_second.py).
        """
        at = at or timezone.now()
        with transaction.atomic(using=self.db, savepoint=False), connections[self.db].cursor() as cursor:
            sql, params = compile_mark_sending(self.model)
            values = {PK: pk, WORKER: worker, AT: to_db_value(at), LEASE_UNTIL: to_db_value(at + lease)}
            cursor.execute(sql, [values.get(param, param) for param in params])
            return cursor.rowcount == 1

    def release(self, worker: str):
        """Release the rows that `worker` has claimed but not started."""
        self.filter(worker=worker, state=QueuedMessage.State.QUEUED).update(worker="", lease_until=None)

    def requeue_unsent(self, worker: str):
        """Queue again the rows that `worker` has marked as being sent. Call it only while the worker sends nothing."""
        started = self.filter(worker=worker, state=QueuedMessage.State.SENDING)
        values = {"state": QueuedMessage.State.QUEUED, "worker": "", "lease_until": None}
        started.update(attempts=F("attempts") - 1, **values)

    def mark_lost(self, at=None, lease=LEASE_DURATION) -> int:
        """Mark rows as UNKNOWN whose lease expired while they were being sent. Return their number."""
        at = at or timezone.now()
        lost = self.filter(lease_expired(at, lease), state=QueuedMessage.State.SENDING)
        return lost.update(state=QueuedMessage.State.UNKNOWN, error="The worker ended while it was sending this.")

    def requeue(self) -> int:
        """Queue the rows again and reset their attempts. Return their number."""
        return self.update(
            state=QueuedMessage.State.QUEUED, attempts=0, not_before=None, worker="", lease_until=None, error=""
        )


# Placeholders among the parameters of `compile_mark_sending`.
PK, WORKER = -1, "the worker"
AT, LEASE_UNTIL = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(1970, 1, 2, tzinfo=dt.UTC)


@cache
def compile_mark_sending(model):
    """Return (UPDATE that marks a row as being sent, parameters with placeholders). Call it in a transaction."""
    own = model.objects.sendable(AT).filter(pk=PK, worker=WORKER, state=QueuedMessage.State.QUEUED)
    chosen, params = skip_locked(own).order_by().values("pk").query.sql_with_params()
    values = "state = %s, lease_until = %s, attempts = attempts + 1"
    sql = f"UPDATE {model._meta.db_table} SET {values} WHERE id IN ({chosen})"  # noqa: S608 - our name, the ORM's SQL
    at = to_db_value(AT)
    return sql, [QueuedMessage.State.SENDING, LEASE_UNTIL, *(AT if param == at else param for param in params)]


def to_db_value(moment):
    return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(moment)


def lease_expired(at, lease=LEASE_DURATION):
    """Return a Q for leases that have expired, or end so late that the clock must have been set back since."""
    return Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * lease)


def skip_locked(rows):
    """Lock `rows`, except those that are locked already. In SQLite the transaction already holds the only lock."""
    if connections[rows.db].features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


class QueuedMessage(models.Model):
    """A row that is sent as one mail."""

    class State(models.TextChoices):
        HELD = "held", "waits for the organiser"
        QUEUED = "queued", "queued"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        UNKNOWN = "unknown", "unknown"
        DROPPED = "dropped", "not sent"

    WAITING_STATES = [State.HELD, State.QUEUED]

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=40, blank=True, default="", editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField("sent", null=True, editable=False)
    error = models.CharField("what the mail server said", max_length=500, blank=True, default="", editable=False)

    objects = QueuedMessageQuerySet.as_manager()

    class Meta:
        abstract = True

    @cached_property
    def club(self):
        """The club, for the mail's sender. `claim` sets it; otherwise one query."""
        return Club.objects.current()

    def build_message(self):
        """Return the mail as an EmailMessage. May query the database. An exception fails only this message."""
        raise NotImplementedError

    def can_share_call(self, other, provider) -> bool:
        """Return whether this message and `other` can be sent by one API call, made by `build_shared_message`."""
        return False

    def mark_sending(self, worker: str, at=None, lease=LEASE_DURATION) -> bool:
        """As the queryset's method; also updates this instance for `record_outcome`."""
        if not type(self).objects.mark_sending(self.pk, worker, at, lease):
            return False
        self.worker, self.attempts = worker, self.attempts + 1
        return True

    def release(self, worker: str):
        """Release the row if `worker` has claimed it."""
        type(self).objects.filter(pk=self.pk).release(worker)

    def record_outcome(self, outcome: Outcome, error="", at=None, retry_delays=RETRY_DELAYS) -> bool:
        """Store the result of the attempt that `mark_sending` began. Return whether the attempt was still open.

        A result replaces UNKNOWN. It does not replace a later decision of an organiser or attempt of another worker.
        """
        at = at or timezone.now()
        max_length = self._meta.get_field("error").max_length
        values = {"error": single_line(error, max_length), "lease_until": None, "worker": ""}
        return self._current_attempt().update(**values | self._fields_after(outcome, at, retry_delays)) == 1

    def _current_attempt(self):
        states = [self.State.SENDING, self.State.UNKNOWN]
        return type(self).objects.filter(pk=self.pk, state__in=states, worker=self.worker, attempts=self.attempts)

    def _fields_after(self, outcome, at, retry_delays):
        if outcome is Outcome.SENT:
            return {"state": self.State.SENT, "sent_at": at}
        if outcome is Outcome.UNKNOWN:
            return {"state": self.State.UNKNOWN}
        if outcome is Outcome.NOT_ATTEMPTED:
            return {"state": self.State.QUEUED, "attempts": self.attempts - 1}
        if outcome in {Outcome.DEFERRED, Outcome.DISCONNECTED} and self.attempts <= len(retry_delays):
            return {"state": self.State.QUEUED, "not_before": at + retry_delays[self.attempts - 1]}
        return {"state": self.State.FAILED}
