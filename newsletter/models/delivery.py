import datetime as dt
import re
from functools import lru_cache

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.core.models import Club
from bookclub.mail.messages import NO_AUTOMATIC_REPLIES, Message
from bookclub.mail.one_click import build_unsubscribe_headers
from bookclub.mail.queue import LEASE_DURATION, RETRY_DELAYS, QueuedMessage, QueuedMessageQuerySet, skip_locked
from newsletter.bounce_codes import Bounce, classify_bounce
from newsletter.models.issue import Issue
from newsletter.models.subscriber import Subscriber, Topic

DROP_BATCH_SIZE = 5_000
NOT_SUBSCRIBED = "They have left, or the address takes no mail."
# An issue pauses after this number of deliveries in a row that were refused for a reason other than the address.
MAX_REFUSALS_IN_A_ROW = 5
FROZEN_FIELDS = ["frozen_subject", "frozen_text", "frozen_html"]
PLAIN_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)  # has only one notation in all mail programs


class DeliveryQuerySet(QueuedMessageQuerySet):
    def sendable(self, at=None):
        """Return deliveries of issues that are neither paused nor cancelled, to addresses that are still subscribed.

        Two scalar subqueries: with a join, both databases may scan the whole subscriber table for a single row.
        """
        readers = Subscriber.objects.subscribed().filter(pk=OuterRef("subscriber_id"))
        issues = Issue.objects.filter(pk=OuterRef("issue_id"), paused_at=None, cancelled_at=None)
        return self.filter(
            issue_id=Subquery(issues.order_by().values("pk")), subscriber_id=Subquery(readers.order_by().values("pk"))
        )

    def claim(self, worker, limit, at=None, lease=LEASE_DURATION):
        """Claim deliveries of one issue only, the one that was sent first; paused issues are skipped."""
        for issue_id in Issue.objects.being_sent().values_list("pk", flat=True):
            if rows := super(DeliveryQuerySet, self.filter(issue=issue_id)).claim(worker, limit, at, lease):
                return rows
        return []

    def count_possibly_sent(self, since, at):
        """Count what may have been sent since the backup: queued deliveries of earlier issues, and issues whose scheduled
        time passed while no worker ran. An issue that is still unsent counts as one.
        """
        scheduled = Issue.objects.filter(send_at__gt=since, send_at__lte=at)
        may_be_sent = Q(issue__frozen_at__lt=since) | Q(issue__in=scheduled)
        return self.due(at).filter(may_be_sent).count() + scheduled.due_to_send(at).count()

    def to_former_subscribers(self):
        """Return deliveries whose subscriber was erased or gets no mail any more."""
        has_ended = Q(subscriber__left_at__isnull=False) | Q(subscriber__suppressed_at__isnull=False)
        return self.filter(Q(subscriber=None) | Q(subscriber__confirmed_at=None) | has_ended)

    def dropped_on_leaving(self, at=None):
        """Return deliveries dropped because the subscriber had left, of issues of the last 24 hours."""
        day_ago = (at or timezone.now()) - dt.timedelta(days=1)
        recent_issues = Issue.objects.filter(cancelled_at=None, frozen_at__gt=day_ago)
        return self.filter(state=QueuedMessage.State.DROPPED, error=NOT_SUBSCRIBED, issue__in=recent_issues)

    def unwanted_by(self, subscriber):
        """Return deliveries of topics that `subscriber` has not chosen."""
        topics = [topic for topic in Topic.values if not getattr(subscriber, f"wants_{topic}")]
        return self.filter(issue__topic__in=topics)

    def drop(self, because) -> int:
        """Drop at most DROP_BATCH_SIZE queued deliveries, so that no other writer waits long; return their number."""
        queued = self.filter(state=QueuedMessage.State.QUEUED).order_by("pk").values("pk")
        with transaction.atomic():
            rows = Delivery.objects.filter(pk__in=skip_locked(queued)[:DROP_BATCH_SIZE])
            return rows.update(state=QueuedMessage.State.DROPPED, error=because, worker="", lease_until=None)

    def in_send_order(self):
        """Load what a mail needs, except the text of the issue, which `load_frozen_issue()` caches."""
        issues = Prefetch("issue", Issue.objects.only("frozen_at", "secret", "topic"))
        origin = ["asked_at", "confirmed_at", "confirmed_by"]
        readers = Prefetch("subscriber", Subscriber.objects.only("email", "name", "token", *origin))
        return super().in_send_order().prefetch_related(issues, readers)

    def with_copy_key(self, keys):
        """Return the delivery of the first genuine copy key, or None; the digest in it excludes forgeries."""
        for key in keys:
            row = self.select_related("subscriber", "issue").filter(pk=key.split("-")[1]).first()
            if row and row.copy_key == key:
                return row
        return None

    def with_message_id(self, text):
        """Return the delivery of the first genuine Message-ID in `text`, or None.

        Of any host: that of an older letter may be a former one.
        """
        return self.with_copy_key(re.findall(r"letter-(\d{1,18}-\d{1,18}-[0-9a-f]{16})@[\w.-]+", text))

    def newest_for(self, tokens):
        """Return the newest delivery that left for the subscriber of one of the secret `tokens`, or None."""
        subscribers = filter(None, map(Subscriber.objects.with_token, tokens))
        left = self.filter(
            subscriber__in=list(subscribers), state__in=[QueuedMessage.State.SENT, QueuedMessage.State.UNKNOWN]
        )
        return left.select_related("subscriber", "issue").order_by("-pk").first()


class Delivery(QueuedMessage):
    """One copy of an issue for one subscriber; the text is stored with the issue."""

    # Needs no index of its own: three others begin with this column.
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries")

    bounced_at = models.DateTimeField("came back", null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["issue", "subscriber"], name="delivery_is_unique_for_issue_and_subscriber")
        ]
        indexes = [
            models.Index(fields=["issue", "id"], condition=Q(state="queued"), name="delivery_queued_of_issue"),
            models.Index(fields=["issue", "state"], name="delivery_by_state"),
        ]

    def __str__(self):
        return f"{self.issue_id} to {self.subscriber_id}"

    @property
    def message_id(self):
        """Return the same Message-ID at every attempt, also after SECRET_KEY or SITE_URL has changed.

        One query, or none for a row that the queue has given its `club`.
        """
        club = getattr(self, "club", None) or Club.objects.current()
        return f"letter-{self.copy_key}@{club.lasting_host}"

    @property
    def copy_key(self):
        """What stands for this copy in its Message-ID and return address; its digest can't be guessed."""
        secret = self.issue.secret
        digest = salted_hmac("newsletter.delivery", str(self.pk), secret=secret, algorithm="sha256").hexdigest()[:16]
        return f"{self.issue_id}-{self.pk}-{digest}"

    def record_outcome(self, outcome, error="", at=None, retry_delays=RETRY_DELAYS):
        """Store the outcome, and treat an SMTP rejection of the address like a bounce that comes later."""
        at = at or timezone.now()
        is_marked = super().record_outcome(outcome, error, at, retry_delays)
        if is_marked and error:  # may contain an address that was erased meanwhile
            type(self).objects.filter(pk=self.pk, subscriber=None).update(error="")
        if is_marked and self._fields_after(outcome, at, retry_delays)["state"] == self.State.FAILED:
            self.handle_failure(error)
        return is_marked

    def handle_failure(self, error):
        """Count the failure against the address or, if the reply is not about the address, against the issue."""
        kind = classify_bounce(error)
        self.record_bounce(kind, error)
        if kind is None:
            self.pause_issue_if_refused(error)

    def record_bounce(self, kind, reply):
        """Count a bounce against the address; a soft bounce once per delivery, even if it is reported several times."""
        if kind is Bounce.SOFT and not self._mark_bounced():
            return
        if self.subscriber:
            self.subscriber.record_bounce(kind, reply)

    def _mark_bounced(self):
        return type(self).objects.filter(pk=self.pk, bounced_at=None).update(bounced_at=timezone.now()) == 1

    def pause_issue_if_refused(self, error):
        """Pause the issue if the last deliveries all failed for a reason other than the address. Up to two queries."""
        is_settled = ~Q(state__in=[self.State.QUEUED, self.State.SENDING, self.State.DROPPED])
        last = (
            type(self)
            .objects.filter(is_settled, issue=self.issue_id, pk__lte=self.pk)
            .order_by("-pk")[:MAX_REFUSALS_IN_A_ROW]
        )
        refused = [row for row in last.values_list("state", "error") if row[0] == self.State.FAILED]
        if [classify_bounce(reply) for _, reply in refused] == [None] * MAX_REFUSALS_IN_A_ROW:
            Issue.objects.filter(pk=self.issue_id, paused_at=None).pause_with_reason(error)

    def settle_as_sent(self):
        """Mark an unknown delivery as sent: a report about it has arrived."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.UNKNOWN)
        rows.update(state=self.State.SENT, sent_at=timezone.now(), error="")

    def build_message(self):
        message = self.build_mail_to(self.subscriber.token, [self], self.subscriber.name)
        message.extra_headers = self.build_headers()
        message.metadata = {"copy": self.message_id}  # comes back in a provider's reports
        return message

    def can_share_call(self, other, provider):
        """Allow one API call for two deliveries of an issue in which the provider finds no placeholder but ours."""
        both = [each.subscriber for each in (self, other)]
        is_plain = all(PLAIN_ADDRESS.fullmatch(each.email) and not each.name for each in both)
        return (
            is_plain
            and self.issue_id == other.issue_id
            and self.reason == other.reason
            and not self.rendered_issue.contains(provider.placeholder_pattern)
        )

    def build_shared_message(self, rows, placeholder):
        """Return one message for all `rows`; the provider fills in each subscriber's token at `placeholder`."""
        message = self.build_mail_to(placeholder, rows)
        message.merge_data = {row.subscriber.email: {"reader": row.subscriber.token} for row in rows}
        message.merge_metadata = {row.subscriber.email: {"copy": row.message_id} for row in rows}
        message.merge_headers = {row.subscriber.email: row.build_headers() for row in rows}
        for headers in message.merge_headers.values():
            del headers["Message-ID"]  # no provider documents whether it may differ between recipients
        return message

    def build_mail_to(self, token, rows, name=""):
        rendered = self.rendered_issue.for_reader(token, self.reason, name)
        message = Message(
            rendered.subject,
            rendered.text,
            self.return_path or self.club.sender,
            [row.subscriber.email for row in rows],
            reply_to=self.club.reply_to,
        )
        message.attach_alternative(rendered.html, "text/html")
        return message

    @property
    def return_path(self):
        """The address for bounces (the envelope sender, RFC 5321 section 4.4), one for each copy; or an empty string.

        A bounce is then known even if the report has none of the mail's headers, or a service has replaced them.
        """
        return get_inbound_address(f"back-{self.copy_key}") if settings.INBOUND_EMAIL and not settings.ANYMAIL else ""

    @property
    def reason(self):
        """Return the reason for which the subscriber gets this copy, as the mail tells it."""
        return self.issue.get_reason_for(self.subscriber)

    @property
    def rendered_issue(self):
        return load_frozen_issue(self.issue_id, self.issue.frozen_at)

    def build_headers(self):
        sender = {"From": self.club.sender} if self.return_path else {}
        list_headers = build_list_headers(self.subscriber.token, self.club.lasting_host)
        # The services of providers each have headers that they refuse.
        precedence = {} if settings.ANYMAIL else {"Precedence": "list"}
        own = {"Message-ID": f"<{self.message_id}>"} | NO_AUTOMATIC_REPLIES | precedence
        return sender | own | list_headers


@lru_cache(maxsize=4)
def load_frozen_issue(issue_id, frozen_at):
    """Return the RenderedIssue, cached for all deliveries: it never changes after `frozen_at`. One query."""
    return Issue.objects.only(*FROZEN_FIELDS).get(pk=issue_id, frozen_at=frozen_at).rendered


def build_list_headers(token, host):
    """Return the headers of RFC 2919 and RFC 8058 (one-click unsubscribe) with the subscriber's `token`.

    `host` is the club's `lasting_host`: readers' filters go by the List-Id.
    """
    by_mail = [f"mailto:{get_inbound_address(f'leave-{token}')}?subject=leave"] if settings.INBOUND_EMAIL else []
    leave = build_unsubscribe_headers(reverse("newsletter:leave", args=[token]), *by_mail)
    return {"List-Id": f"<letter.{host}>"} | leave


def get_inbound_address(detail):
    """Return our address for incoming mail with a subaddress: name+detail@host (RFC 5233)."""
    name, host = settings.INBOUND_EMAIL.split("@")
    return f"{name}+{detail}@{host}"
