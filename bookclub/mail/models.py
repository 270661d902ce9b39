"""Outgoing mail as rows: written in the transaction of the change that they report, sent by a worker, never by a view.

    OutgoingMail.objects.enqueue(key="rsvp-going:12:1", kind="rsvp-going", to=member.email, **render_mail(...))

See `bookclub.mail.queue` for how a row is sent, and `bookclub.mail.rate_limits` for mail that strangers cause.
"""

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.db import IntegrityError, models
from django.db.models import Max, Q
from django.db.models.functions import Lower
from django.utils import timezone

from bookclub.core.email_addresses import filter_by_address, get_address_key, normalize_address
from bookclub.core.text import single_line
from bookclub.mail.messages import NO_AUTOMATIC_REPLIES, Message
from bookclub.mail.queue import QueuedMessage, QueuedMessageQuerySet
from bookclub.mail.rate_limits import MailRequest

__all__ = ["MailRequest", "OutgoingMail", "SendingPause", "Worker"]

# Older mails are deleted: docs/members-and-privacy.md.
KEEP_FOR = dt.timedelta(days=90)
# A worker seen within this time counts as running: a slow mail server may block it for two minutes.
ONLINE_WITHIN = dt.timedelta(minutes=3)
# A worker that has not reported for so long needs a look; cron may start `manage.py work --once` less often.
SILENT_AFTER, SILENT_AFTER_ONCE = dt.timedelta(minutes=1), dt.timedelta(hours=1)
ONCE = "once-"  # the name of a worker that cron starts begins so


def new_message_id():
    """Return a random Message-ID of our domain, without the angle brackets of RFC 5322."""
    return f"{secrets.token_hex(16)}@{settings.SITE_HOST}"


class OutgoingMailQuerySet(QueuedMessageQuerySet):
    def sendable(self, at=None):
        """Return mails that have an address and have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at or timezone.now())).exclude(to="")

    def allowed_during(self, pause):
        """Return urgent mail written since the pause began: no other copy of this database can have sent it."""
        return self.urgent().filter(written_at__gt=pause.since) if pause.allows_urgent_mail else self.none()

    def count_possibly_sent(self, since, at):
        return self.due(at).filter(written_at__lt=since).count()

    def in_send_order(self):
        """Order by priority, urgent mail first."""
        return self.order_by("priority", "pk")

    def urgent(self):
        """Return codes and confirmations, for which somebody is waiting."""
        return self.filter(priority=OutgoingMail.Priority.URGENT)

    def expired(self, at=None):
        """Return waiting mails that must not be sent any more."""
        is_over = Q(expires_at__lte=at or timezone.now()) | Q(to="")
        return self.filter(is_over, state__in=OutgoingMail.WAITING_STATES)

    def held(self, at=None):
        """Return mails that wait for an organiser and have not expired."""
        return self.sendable(at).filter(state=OutgoingMail.State.HELD)

    def deletable(self, at=None):
        """Return mails older than KEEP_FOR that are neither queued nor being sent."""
        on_its_way = [OutgoingMail.State.QUEUED, OutgoingMail.State.SENDING]
        return self.filter(written_at__lt=(at or timezone.now()) - KEEP_FOR).exclude(state__in=on_its_way)

    def drop(self) -> int:
        """Cancel these mails, and empty fields by their retention. Return their number. One query per retention."""
        return sum(
            self.filter(retention=retention).update(
                state=OutgoingMail.State.DROPPED, **OutgoingMail(retention=retention).emptied_fields()
            )
            for retention in OutgoingMail.Retention.values
        )

    def enqueue(self, *, key: str, to: str, **fields) -> bool:
        """Queue a mail, unless there is one with this `key`. Return whether it is new.

        Call it inside the transaction of the change that the mail reports.
        """
        mail = OutgoingMail(key=bounded_key(key), to=normalize_address(to), **fields)
        self.bulk_create([mail], ignore_conflicts=True)
        stored = self.filter(key=mail.key).values_list("message_id", flat=True).first()
        if stored is None:
            # SQLite's INSERT OR IGNORE also ignores rows that violate other constraints.
            raise IntegrityError(f"A mail could not be written: {key}")
        return stored == mail.message_id

    def to_any_of(self, addresses):
        return self.alias(lower_to=Lower("to")).filter(lower_to__in=[get_address_key(each) for each in addresses])

    def erase_address(self, address: str) -> int:
        """Empty every mail to `address`, and cancel those that are still waiting. Return their number."""
        rows = filter_by_address(self, address, "to")
        rows.filter(state__in=OutgoingMail.WAITING_STATES).update(state=OutgoingMail.State.DROPPED)
        return rows.update(retention=OutgoingMail.Retention.NOTHING, **OutgoingMail.EMPTY)


class OutgoingMail(QueuedMessage):
    """A mail to one person; its text is rendered when it is queued."""

    class Priority(models.IntegerChoices):
        URGENT = 0, "urgent"
        NORMAL = 1, "normal"

    class Retention(models.TextChoices):
        """The parts of a mail that are kept once it is sent, or can't be sent any more."""

        ALL = "all", "address and text"
        ADDRESS = "address", "the address"
        NOTHING = "nothing", "nothing"

    EMPTY_TEXT = {"subject": "", "text": "", "html": "", "calendar": "", "headers": {}}
    EMPTY = EMPTY_TEXT | {"to": "", "error": ""}

    key = models.CharField("what it is for", max_length=200, unique=True, editable=False)
    kind = models.CharField(max_length=40, editable=False)
    to = models.EmailField("to", max_length=254, blank=True, editable=False)
    subject = models.CharField(max_length=300, blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    html = models.TextField(blank=True, editable=False)
    calendar = models.TextField(blank=True, default="", editable=False)
    headers = models.JSONField(default=dict, editable=False)
    message_id = models.CharField(max_length=120, default=new_message_id, editable=False)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL, editable=False)
    retention = models.CharField(max_length=10, choices=Retention.choices, default=Retention.ALL, editable=False)
    written_at = models.DateTimeField("written", default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "outgoing mail"
        verbose_name_plural = "outgoing mail"
        indexes = [
            models.Index(fields=["priority", "id"], condition=Q(state="queued"), name="outgoing_mail_queued"),
            models.Index(fields=["state", "lease_until"], name="outgoing_mail_by_state"),
            models.Index(fields=["to"], name="outgoing_mail_by_address"),
            models.Index(fields=["kind", "written_at"], name="outgoing_mail_by_kind"),
        ]

    def __str__(self):
        return f"{self.kind} to {self.to or 'somebody'}"

    @property
    def is_secret(self):
        """Return whether only the recipient may see the text: it has a login code, or data of a deleted member."""
        return self.retention != self.Retention.ALL

    def build_message(self):
        headers = {name: single_line(value, 900) for name, value in self.headers.items()}
        message = Message(
            single_line(self.subject),
            self.text,
            self.club.sender,
            [self.to],
            headers={"Message-ID": f"<{self.message_id}>"} | NO_AUTOMATIC_REPLIES | headers,
            reply_to=self.club.reply_to,
        )
        if self.html:
            message.attach_alternative(self.html, "text/html")
        if self.calendar:
            message.attach("meetup.ics", self.calendar, "text/calendar; method=PUBLISH")
        return message

    def record_outcome(self, *args, **options):
        """Also empty fields by the retention, which may have changed while the mail was sent."""
        if super().record_outcome(*args, **options):
            return True
        retention = type(self).objects.filter(pk=self.pk).values_list("retention", flat=True).first()
        if retention in {None, self.retention}:
            return False
        self.retention = retention
        return super().record_outcome(*args, **options)

    def _current_attempt(self):
        return super()._current_attempt().filter(retention=self.retention)

    def _fields_after(self, outcome, at, retry_delays):
        values = super()._fields_after(outcome, at, retry_delays)
        is_over = values["state"] not in {*self.WAITING_STATES, self.State.UNKNOWN}
        return values | (self.emptied_fields() if is_over else {})

    def emptied_fields(self):
        """Return {field: empty value} of the fields to empty after the mail was sent or has failed."""
        retention = self.Retention
        return {retention.ALL: {}, retention.ADDRESS: self.EMPTY_TEXT, retention.NOTHING: self.EMPTY}[self.retention]


def bounded_key(key: str) -> str:
    """Return `key`; if it is too long for its column, its beginning and its hash, so that it stays unique."""
    max_length = OutgoingMail._meta.get_field("key").max_length
    if len(key) <= max_length:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: max_length - len(digest) - 1]}:{digest}"


def is_silent(name, seen_at, at):
    """Return whether the worker, or another in its place, should have reported since."""
    return seen_at + (SILENT_AFTER_ONCE if name.startswith(ONCE) else SILENT_AFTER) <= at


class WorkerQuerySet(models.QuerySet):
    def online(self, at=None):
        """Return workers that were seen within ONLINE_WITHIN and have not stopped."""
        at = at or timezone.now()
        return self.filter(stopped_at=None, seen_at__range=(at - ONLINE_WITHIN, at + ONLINE_WITHIN))

    def last_seen_at(self):
        """Return the time at which a worker was last seen, or None without workers."""
        return self.aggregate(last=Max("seen_at"))["last"]

    def is_silent(self, at=None) -> bool:
        """Return whether no worker has reported for too long, or ever."""
        latest = self.latest().first()
        return latest is None or is_silent(latest.name, latest.seen_at, at or timezone.now())

    def latest(self):
        """Order by their last report, the latest first."""
        return self.order_by("-seen_at")

    def deletable(self, at=None):
        """Return workers last seen over a day ago, except the latest, which RestoreCheck needs."""
        newest = self.latest().values_list("pk", flat=True)[:1]
        return self.filter(seen_at__lt=(at or timezone.now()) - dt.timedelta(days=1)).exclude(pk__in=list(newest))


class Worker(models.Model):
    """A worker process, as it last reported."""

    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=80)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    objects = WorkerQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.name} on {self.host}"


class SendingPause(models.Model):
    """While this row exists, no mail is sent. An organiser ends the pause by deleting it. At most one row."""

    class Reason(models.TextChoices):
        RESTORED = "restored", "this may be a restored backup"
        LOGIN = "login", "the mail server refuses our name, password or sender"
        PAUSED = "paused", "an organiser has stopped it"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    since = models.DateTimeField(default=timezone.now)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ("view", "delete")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_sending_pause")]

    def __str__(self):
        return self.get_reason_display()

    @property
    def allows_urgent_mail(self):
        """Return whether login codes are still sent: an organiser needs one to sign in and end the pause."""
        return self.reason != self.Reason.LOGIN

    @classmethod
    def start(cls, reason, detail=""):
        """Start a pause. An existing pause stays unchanged."""
        detail = single_line(detail, cls._meta.get_field("detail").max_length)
        cls.objects.get_or_create(pk=1, defaults={"reason": reason, "detail": detail})
