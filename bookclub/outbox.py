"""Mail is a row: written in the transaction of what it tells of, sent by a worker, never by a page.

    OutgoingMail.objects.write(key="seat-saved:12:1", kind="seat-saved", to=member.email, **compose(...))

A row goes from QUEUED through SENDING to SENT. What the server refuses for now is queued again, what it refuses for
good has FAILED. Where nobody can know whether a mail went out (the worker died in the middle of it, the line broke
after the text was handed over), it is UNKNOWN, which a person settles: nothing is sent twice by itself.

`Posted` is all that there is to know about claiming and marking, for whatever is sent a row at a time.
"""

import datetime as dt
import enum
import secrets

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connections, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

# How long a worker may take for one mail before nobody can say any more what became of it.
LEASE = dt.timedelta(minutes=5)
# Between one try and the next; after the last one the mail has failed. Two days in all.
WAITS = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]


class Outcome(enum.Enum):
    """What became of one try, as the mail server tells it."""

    SENT = "sent"
    AGAIN = "again"  # refused for now
    REFUSED = "refused"  # for good
    UNKNOWN = "unknown"  # handed over, and then silence


class PostedQuerySet(models.QuerySet):
    def due(self, at=None):
        """What waits to be sent and may be sent now."""
        at = at or timezone.now()
        return self.filter(Q(not_before=None) | Q(not_before__lte=at), state=Posted.State.QUEUED)

    def sendable(self):
        """What may still be sent at this moment: asked once more in the very update that starts a mail."""
        return self

    def first_in_line(self):
        return self.order_by("pk")

    def lease(self, worker: str, limit: int, at=None) -> list[int]:
        """Put up to `limit` due rows aside for `worker`; their keys, in the order in which they are to go out.

        A row that is put aside is still queued: when the worker dies, its lease runs out and another takes the row.
        """
        at = at or timezone.now()
        with transaction.atomic(using=self.db):
            free = self.due(at).filter(Q(lease_until=None) | lapsed(at)).first_in_line()
            if connections[self.db].features.has_select_for_update_skip_locked:
                free = free.select_for_update(skip_locked=True)
            keys = list(free.values_list("pk", flat=True)[:limit])
            self.filter(pk__in=keys).update(worker=worker, lease_until=at + LEASE)
        return keys

    def start(self, pk, worker: str, at=None) -> bool:
        """Whether `worker` is the one to send this row now. From here on a silence means "unknown"."""
        at = at or timezone.now()
        own = self.sendable().filter(pk=pk, worker=worker, state=Posted.State.QUEUED)
        return own.update(state=Posted.State.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1) == 1

    def give_back(self, worker: str):
        """What `worker` has put aside and not begun, for others to take."""
        self.filter(worker=worker, state=Posted.State.QUEUED).update(worker="", lease_until=None)

    def settle(self, at=None) -> int:
        """Rows whose worker is gone in the middle of sending them: nobody knows, so say so. Returns their number."""
        at = at or timezone.now()
        gone = self.filter(lapsed(at), state=Posted.State.SENDING)
        return gone.update(state=Posted.State.UNKNOWN, error="The worker ended while it was sending this.")


def lapsed(at):
    """A Q for leases that are over, or lie so far ahead that the clock must have been set back since."""
    return Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * LEASE)


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

    def as_message(self, connection=None):
        """The mail as an EmailMessage. May ask the database."""
        raise NotImplementedError

    def mark(self, outcome: Outcome, error="", at=None):
        """Keep what became of the try that `start` began. A row that has been settled meanwhile stays as it is.

        Except that a certain answer is worth more than "unknown".
        """
        at = at or timezone.now()
        values = self._after(outcome, at) | {"error": error[:500], "lease_until": None, "worker": ""}
        rows = type(self).objects.filter(pk=self.pk, state__in=[self.State.SENDING, self.State.UNKNOWN])
        return rows.update(**values) == 1

    def _after(self, outcome, at):
        if outcome is Outcome.SENT:
            return {"state": self.State.SENT, "sent_at": at}
        if outcome is Outcome.UNKNOWN:
            return {"state": self.State.UNKNOWN}
        if outcome is Outcome.AGAIN and self.attempts < len(WAITS):
            return {"state": self.State.QUEUED, "not_before": at + WAITS[self.attempts]}
        return {"state": self.State.FAILED}


def new_message_id():
    """As RFC 5322 wants it, without its angle brackets: random, at our domain."""
    return f"{secrets.token_hex(16)}@{settings.SITE_HOST}"


class OutgoingMailQuerySet(PostedQuerySet):
    def sendable(self):
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))

    def first_in_line(self):
        """Codes and confirmations, which somebody sits and waits for, before the rest."""
        return self.order_by("rank", "pk")

    def at_once(self):
        return self.filter(rank=OutgoingMail.Rank.AT_ONCE)

    def expired(self, at=None):
        waiting = [Posted.State.QUEUED, Posted.State.HELD]
        return self.filter(expires_at__lte=at or timezone.now(), state__in=waiting)

    def write(self, *, key: str, to: str, **fields) -> bool:
        """Queue a mail, unless there is one for the same `key` already. Says whether it is a new one.

        To be called inside the transaction that writes what the mail tells of.
        """
        rows = self.bulk_create([OutgoingMail(key=key, to=to, **fields)], ignore_conflicts=True)
        return self.filter(key=key, message_id=rows[0].message_id).exists()

    def forget(self, address: str):
        """Nothing about this address stays; what was still to be sent to it is not sent. Returns the rows touched."""
        rows = self.filter(to__iexact=address)
        rows.filter(state__in=[Posted.State.QUEUED, Posted.State.HELD]).update(state=Posted.State.DROPPED)
        return rows.update(**OutgoingMail.NOTHING)


class OutgoingMail(Posted):
    """One mail to one person, its text frozen when it was written."""

    class Rank(models.IntegerChoices):
        AT_ONCE = 0, "at once"
        SOON = 1, "soon"

    class Keeps(models.TextChoices):
        """What stays of it here once it has gone out, or can't any more."""

        ALL = "all", "address and text"
        ADDRESS = "address", "the address"
        NOTHING = "nothing", "nothing"

    TEXTLESS = {"subject": "", "text": "", "html": "", "calendar": ""}
    NOTHING = TEXTLESS | {"to": "", "error": ""}

    key = models.CharField("what it is for", max_length=200, unique=True, editable=False)
    kind = models.CharField(max_length=40, editable=False)
    to = models.EmailField("to", max_length=254, blank=True, editable=False)
    subject = models.CharField(max_length=300, blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    html = models.TextField(blank=True, editable=False)
    calendar = models.TextField(blank=True, default="", editable=False)
    headers = models.JSONField(default=dict, editable=False)
    message_id = models.CharField(max_length=120, default=new_message_id, editable=False)
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, default=Rank.SOON, editable=False)
    keeps = models.CharField(max_length=10, choices=Keeps.choices, default=Keeps.ALL, editable=False)
    written_at = models.DateTimeField("written", default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "outgoing mail"
        verbose_name_plural = "outgoing mail"
        indexes = [
            models.Index(fields=["rank", "id"], condition=Q(state="queued"), name="outgoing_mail_in_line"),
            models.Index(fields=["state", "lease_until"], name="outgoing_mail_by_state"),
            models.Index(fields=["to"], name="outgoing_mail_by_address"),
        ]

    def __str__(self):
        return f"{self.kind} to {self.to or 'somebody'}"

    @property
    def is_secret(self):
        """Nobody but its reader may see the text: it lets somebody in, or tells of who has gone."""
        return self.keeps != self.Keeps.ALL

    def as_message(self, connection=None):
        headers = {"Message-ID": f"<{self.message_id}>", "Auto-Submitted": "auto-generated"} | self.headers
        message = EmailMultiAlternatives(
            self.subject, self.text, settings.DEFAULT_FROM_EMAIL, [self.to], headers=headers, connection=connection
        )
        if self.html:
            message.attach_alternative(self.html, "text/html")
        if self.calendar:
            message.attach("meetup.ics", self.calendar, "text/calendar; method=PUBLISH")
        return message

    def _after(self, outcome, at):
        values = super()._after(outcome, at)
        is_over = values["state"] not in {self.State.QUEUED, self.State.HELD, self.State.UNKNOWN}
        return values | (self.scrubbed() if is_over else {})

    def scrubbed(self):
        """The fields that are emptied when it is over."""
        return {self.Keeps.ALL: {}, self.Keeps.ADDRESS: self.TEXTLESS, self.Keeps.NOTHING: self.NOTHING}[self.keeps]


class Worker(models.Model):
    """A process that sends, as it last said of itself."""

    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=80)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    trouble = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.name} on {self.host}"


class Fence(models.Model):
    """Stands between the outbox and the mail server while a person has to look first. At most one."""

    class Kind(models.TextChoices):
        RESTORED = "restored", "this may be a restored backup"
        LOGIN = "login", "the mail server refuses our name or password"
        PAUSED = "paused", "an organiser has stopped it"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    since = models.DateTimeField(default=timezone.now)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ("view", "delete")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_fence")]

    def __str__(self):
        return self.get_kind_display()

    @classmethod
    def put_up(cls, kind, detail=""):
        """Nothing leaves until it is deleted. One that stands already stays as it is."""
        cls.objects.get_or_create(pk=1, defaults={"kind": kind, "detail": detail[:300]})
