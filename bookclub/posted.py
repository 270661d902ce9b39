"""Sending a row at a time: who claims it, when it may go, what became of it. The same for single mails and letters.

A row goes from QUEUED through SENDING to SENT:

- `lease` puts due rows aside for a worker, for some minutes. A row that is put aside is still queued: where the worker
  dies, its lease runs out and another takes the row.
- `start` says that this one is on its way now. From here on a silence means that nobody knows.
- `mark` keeps what the mail server said. Refused for now is queued again, refused for good has FAILED.

Where nobody can know whether a mail went out (the worker died in the middle of it, the line broke after the text was
handed over), it is UNKNOWN, and a person settles it: nothing is sent twice by itself. The clocks of the machines need
not agree: a lease that one sees run out too soon makes a mail UNKNOWN for a moment, and never sends it twice.
"""

import datetime as dt
import enum
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from bookclub.lines import one_line

# How long a worker may take for one mail before nobody can say any more what became of it.
LEASE = dt.timedelta(minutes=5)
# Between one try and the next; after the last one the mail has failed. Two days in all.
WAITS = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]


class Outcome(enum.Enum):
    """What became of one try, as the mail server tells it."""

    SENT = "sent"
    AGAIN = "again"  # refused for now
    CUT = "cut"  # nothing was handed over before the line broke: as AGAIN, but it says more of the server
    NOT_TRIED = "not tried"  # the server takes nothing at all: as if the mail had not been started
    REFUSED = "refused"  # for good
    UNKNOWN = "unknown"  # handed over, and then silence


class PostedQuerySet(models.QuerySet):
    def due(self, at=None):
        """What waits to be sent and may be sent now.

        A wait that is longer than any of ours was written when the clock was ahead, and counts no more.
        """
        at = at or timezone.now()
        may = Q(not_before=None) | Q(not_before__lte=at) | Q(not_before__gt=at + 2 * WAITS[-1])
        return self.filter(may, state=Posted.State.QUEUED)

    def sendable(self, at=None):
        """What may still be sent at this moment: asked once more in the very update that starts a mail."""
        return self

    def let_through(self, fence):
        """What may leave while `fence` stands."""
        return self.none()

    def left_over(self, since, at) -> int:
        """How many mails would leave at `at` that may have left already in a life of this database after `since`."""
        return 0

    def first_in_line(self):
        return self.order_by("pk")

    def lease(self, worker: str, limit: int, at=None, lasts=LEASE) -> list:
        """Put up to `limit` due rows aside for `worker`; these rows, in the order in which they are to go out."""
        at = at or timezone.now()
        free = self.due(at).sendable(at).filter(Q(lease_until=None) | lapsed(at, lasts)).first_in_line()
        if not free.exists():  # without the lock that SQLite takes for a transaction
            return []
        with transaction.atomic(using=self.db):
            rows = list(skip_locked(free)[:limit])
            keys = [row.pk for row in rows]
            self.model.objects.using(self.db).filter(pk__in=keys).update(worker=worker, lease_until=at + lasts)
        return rows

    def start(self, pk, worker: str, at=None, lasts=LEASE) -> bool:
        """Whether `worker` is the one to send this row now. Waits for no lock: who holds the row is to change it.

        One UPDATE, which the ORM puts together once for all mails: for each it would take half the time of the mail.
        """
        at = at or timezone.now()
        with transaction.atomic(using=self.db, savepoint=False), connections[self.db].cursor() as cursor:
            sql, slots = starting(self.model)
            given = {PK: pk, WORKER: worker, AT: adapted(at), UNTIL: adapted(at + lasts)}
            cursor.execute(sql, [given.get(slot, slot) for slot in slots])
            return cursor.rowcount == 1

    def give_back(self, worker: str):
        """What `worker` has put aside and not begun, for others to take."""
        self.filter(worker=worker, state=Posted.State.QUEUED).update(worker="", lease_until=None)

    def take_back(self, worker: str):
        """Called by `worker` when nothing of its is on the way: what it seems to be sending was never begun."""
        began = self.filter(worker=worker, state=Posted.State.SENDING)
        began.update(state=Posted.State.QUEUED, attempts=F("attempts") - 1, worker="", lease_until=None)

    def settle(self, at=None, lasts=LEASE) -> int:
        """Rows whose worker is gone in the middle of sending them: nobody knows, so say so. Returns their number."""
        at = at or timezone.now()
        gone = self.filter(lapsed(at, lasts), state=Posted.State.SENDING)
        return gone.update(state=Posted.State.UNKNOWN, error="The worker ended while it was sending this.")

    def queue_again(self) -> int:
        """From the beginning, as if nothing had been tried. Returns their number."""
        return self.update(
            state=Posted.State.QUEUED, attempts=0, not_before=None, worker="", lease_until=None, error=""
        )


# Stand in `starting` for what is another thing with every mail.
PK, WORKER = -1, "the worker"
AT, UNTIL = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(1970, 1, 2, tzinfo=dt.UTC)


def adapted(moment):
    """As the database is told of it."""
    return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(moment)


@cache
def starting(model):
    """The SQL that starts a row of `model`, and its parameters, some of which are to be replaced. In a transaction."""
    own = model.objects.sendable(AT).filter(pk=PK, worker=WORKER, state=Posted.State.QUEUED)
    chosen, params = skip_locked(own).order_by().values("pk").query.sql_with_params()
    values = "state = %s, lease_until = %s, attempts = attempts + 1"
    sql = f"UPDATE {model._meta.db_table} SET {values} WHERE id IN ({chosen})"  # noqa: S608 - our name, the ORM's SQL
    at = adapted(AT)
    return sql, [Posted.State.SENDING, UNTIL, *(AT if param == at else param for param in params)]


def lapsed(at, lasts=LEASE):
    """A Q for leases that are over, or lie so far ahead that the clock must have been set back since."""
    return Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * lasts)


def skip_locked(rows):
    if connections[rows.db].features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


class Posted(models.Model):
    """Something that is sent as one mail."""

    class State(models.TextChoices):
        HELD = "held", "waits for the organiser"
        QUEUED = "queued", "queued"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        UNKNOWN = "unknown", "unknown"
        DROPPED = "dropped", "not sent"

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=40, blank=True, default="", editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField("sent", null=True, editable=False)
    error = models.CharField("what the mail server said", max_length=500, blank=True, default="", editable=False)

    objects = PostedQuerySet.as_manager()

    class Meta:
        abstract = True

    def as_message(self):
        """The mail as an EmailMessage. May ask the database. What it raises, fails this mail alone."""
        raise NotImplementedError

    def goes_with(self, other, provider) -> bool:
        """Whether `provider` can be given this and `other` by one call, as `as_message_to` puts them together."""
        return False

    def start(self, worker: str, at=None, lasts=LEASE) -> bool:
        """As the queryset's, and this row knows of it: `mark` is for who has started it."""
        if not type(self).objects.start(self.pk, worker, at, lasts):
            return False
        self.worker, self.attempts = worker, self.attempts + 1
        return True

    def let_go(self, worker: str):
        """It was put aside for `worker`, who is not to send it now."""
        type(self).objects.filter(pk=self.pk).give_back(worker)

    def mark(self, outcome: Outcome, error="", at=None, waits=WAITS) -> bool:
        """Keep what became of the try that `start` began: whether that was still open.

        A certain answer is worth more than "unknown". What a person has settled meanwhile, or another has begun anew,
        stays as it is.
        """
        at = at or timezone.now()
        values = {"error": one_line(error, 500), "lease_until": None, "worker": ""} | self._after(outcome, at, waits)
        return self._this_try().update(**values) == 1

    def _this_try(self):
        states = [self.State.SENDING, self.State.UNKNOWN]
        return type(self).objects.filter(pk=self.pk, state__in=states, worker=self.worker, attempts=self.attempts)

    def _after(self, outcome, at, waits):
        if outcome is Outcome.SENT:
            return {"state": self.State.SENT, "sent_at": at}
        if outcome is Outcome.UNKNOWN:
            return {"state": self.State.UNKNOWN}
        if outcome is Outcome.NOT_TRIED:
            return {"state": self.State.QUEUED, "attempts": self.attempts - 1}
        if outcome in {Outcome.AGAIN, Outcome.CUT} and self.attempts <= len(waits):
            return {"state": self.State.QUEUED, "not_before": at + waits[self.attempts - 1]}
        return {"state": self.State.FAILED}
