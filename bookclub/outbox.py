"""Mail is a row: written in the transaction of what it tells of, sent by a worker, never by a page.

    OutgoingMail.objects.write(key="seat-saved:12:1", kind="seat-saved", to=member.email, **compose(...))

How it leaves stands in `bookclub.posted`; pages that strangers use to make us send mail write it with
`bookclub.asking`.
"""

import datetime as dt
import secrets

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, models
from django.db.models import Max, Q
from django.utils import timezone

from bookclub.lines import one_line
from bookclub.posted import Posted, PostedQuerySet

# Afterwards nobody will ask any more what became of a mail: docs/members-and-privacy.md.
KEPT = dt.timedelta(days=90)
# A worker that was seen so long ago is there: a mail server that answers slowly may keep it for two minutes.
IS_THERE = dt.timedelta(minutes=3)
WAITING = [Posted.State.QUEUED, Posted.State.HELD]


def new_message_id():
    """As RFC 5322 wants it, without its angle brackets: random, at our domain."""
    return f"{secrets.token_hex(16)}@{settings.SITE_HOST}"


class OutgoingMailQuerySet(PostedQuerySet):
    def sendable(self, at=None):
        """To somebody, who can still do something with it."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at or timezone.now())).exclude(to="")

    def let_through(self, fence):
        """What somebody sits and waits for, asked for since: it can't have been sent in another life of this database."""
        return self.at_once().filter(written_at__gt=fence.since) if fence.lets_answers_through else self.none()

    def left_over(self, since, at):
        return self.due(at).filter(written_at__lt=since).count()

    def first_in_line(self):
        """Codes and confirmations, which somebody sits and waits for, before the rest."""
        return self.order_by("rank", "pk")

    def at_once(self):
        return self.filter(rank=OutgoingMail.Rank.AT_ONCE)

    def expired(self, at=None):
        """What waits, and is not to be sent any more."""
        return self.filter(Q(expires_at__lte=at or timezone.now()) | Q(to=""), state__in=WAITING)

    def waiting_for_organiser(self, at=None):
        """Held back, and still of use."""
        return self.sendable(at).filter(state=Posted.State.HELD)

    def over(self, at=None):
        """What was written long ago and is not on its way."""
        on_its_way = [Posted.State.QUEUED, Posted.State.SENDING]
        return self.filter(written_at__lt=(at or timezone.now()) - KEPT).exclude(state__in=on_its_way)

    def drop(self) -> int:
        """They are not sent, and lose what they do not keep. Returns their number. A query for each way of keeping."""
        return sum(
            self.filter(keeps=keeps).update(state=Posted.State.DROPPED, **OutgoingMail(keeps=keeps).scrubbed())
            for keeps in OutgoingMail.Keeps.values
        )

    def write(self, *, key: str, to: str, **fields) -> bool:
        """Queue a mail, unless there is one for the same `key` already. Says whether it is a new one.

        To be called inside the transaction that writes what the mail tells of.
        """
        mail = OutgoingMail(key=key, to=to, **fields)
        self.bulk_create([mail], ignore_conflicts=True)
        kept = self.filter(key=key).values_list("message_id", flat=True).first()
        if kept is None:
            # What SQLite can't keep it leaves out without a word, where it is told to leave out what is there already.
            raise IntegrityError(f"A mail could not be written: {key}")
        return kept == mail.message_id

    def forget(self, address: str):
        """Nothing about this address stays; what was still to be sent to it is not sent. Returns the rows touched."""
        rows = self.filter(to__iexact=address)
        rows.filter(state__in=WAITING).update(state=Posted.State.DROPPED)
        return rows.update(keeps=OutgoingMail.Keeps.NOTHING, **OutgoingMail.NOTHING)


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

    TEXTLESS = {"subject": "", "text": "", "html": "", "calendar": "", "headers": {}}
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

    @property
    def is_whole(self):
        """Whether all of it is still here, so that it could be sent."""
        return bool(self.to and self.text)

    def as_message(self):
        """One query, for the club's name and its person to answer to."""
        headers = {name: one_line(value, 900) for name, value in self.headers.items()}
        club = apps.get_model("bookclub", "Club").objects.current()  # a module that imports this one
        message = EmailMultiAlternatives(
            one_line(self.subject),
            self.text,
            club.sender,
            [self.to],
            headers={"Message-ID": f"<{self.message_id}>", "Auto-Submitted": "auto-generated"} | headers,
            reply_to=club.answers_go_to,
        )
        if self.html:
            message.attach_alternative(self.html, "text/html")
        if self.calendar:
            message.attach("meetup.ics", self.calendar, "text/calendar; method=PUBLISH")
        return message

    def mark(self, *args, **options):
        """As every Posted, and what it does not keep goes: by what `keeps` says at that moment."""
        if super().mark(*args, **options):
            return True
        keeps = type(self).objects.filter(pk=self.pk).values_list("keeps", flat=True).first()
        if keeps in {None, self.keeps}:
            return False
        self.keeps = keeps
        return super().mark(*args, **options)

    def _this_try(self):
        return super()._this_try().filter(keeps=self.keeps)

    def _after(self, outcome, at, waits):
        values = super()._after(outcome, at, waits)
        is_over = values["state"] not in {*WAITING, self.State.UNKNOWN}
        return values | (self.scrubbed() if is_over else {})

    def scrubbed(self):
        """The fields that are emptied when it is over."""
        return {self.Keeps.ALL: {}, self.Keeps.ADDRESS: self.TEXTLESS, self.Keeps.NOTHING: self.NOTHING}[self.keeps]


class WorkerQuerySet(models.QuerySet):
    def there(self, at=None):
        """Those that have been seen just now, and have not said goodbye."""
        at = at or timezone.now()
        return self.filter(left_at=None, seen_at__range=(at - IS_THERE, at + IS_THERE))

    def last_seen_at(self):
        """When any of them was seen last; None, if there never was one."""
        return self.aggregate(last=Max("seen_at"))["last"]

    def forgotten(self, at=None):
        """Long gone. The one that was seen last stays: it tells how old this database is."""
        newest = self.order_by("-seen_at").values_list("pk", flat=True)[:1]
        return self.filter(seen_at__lt=(at or timezone.now()) - dt.timedelta(days=1)).exclude(pk__in=list(newest))


class Worker(models.Model):
    """A process that sends, as it last said of itself."""

    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=80)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, default="")

    objects = WorkerQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.name} on {self.host}"


class Fence(models.Model):
    """Stands between the outbox and the mail server while a person has to look first. At most one."""

    class Kind(models.TextChoices):
        RESTORED = "restored", "this may be a restored backup"
        LOGIN = "login", "the mail server refuses our name, password or sender"
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

    @property
    def lets_answers_through(self):
        """Codes to sign in are asked for by who may lift the fence."""
        return self.kind != self.Kind.LOGIN

    @classmethod
    def put_up(cls, kind, detail=""):
        """Nothing leaves until it is deleted. One that stands already stays as it is."""
        cls.objects.get_or_create(pk=1, defaults={"kind": kind, "detail": one_line(detail)})
