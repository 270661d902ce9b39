import datetime as dt
import re
from functools import lru_cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.mail.queue import LEASE_DURATION, RETRY_DELAYS, QueuedMessage, QueuedMessageQuerySet, skip_locked
from newsletter.bounce_codes import Bounce, classify_reply
from newsletter.models.issue import Issue
from newsletter.models.subscriber import Subscriber, Topic

DROP_BATCH_SIZE = 5_000
NOT_SUBSCRIBED = "They have left, or the address takes no mail."
# After so many copies in a row that were refused, and not for their address, the letter pauses by itself.
MAX_REFUSALS_IN_A_ROW = 5
FROZEN_FIELDS = ["frozen_subject", "frozen_text", "frozen_html"]
PLAIN_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)  # an address that every program writes in the same way


class DeliveryQuerySet(QueuedMessageQuerySet):
    def sendable(self, at=None):
        """To who is still subscribed at this moment, of a letter that is neither paused nor cancelled.

        Asked row by row: as a join either database may look through the whole list for a single row.
        """
        readers = Subscriber.objects.subscribed().filter(pk=OuterRef("subscriber_id"))
        issues = Issue.objects.filter(pk=OuterRef("issue_id"), paused_at=None, cancelled_at=None)
        return self.filter(
            issue_id=Subquery(issues.order_by().values("pk")), subscriber_id=Subquery(readers.order_by().values("pk"))
        )

    def claim(self, worker, limit, at=None, lease=LEASE_DURATION):
        """As every QueuedMessage, of one letter at a time: of one that is paused no copy is looked at."""
        for letter in Issue.objects.being_sent().values_list("pk", flat=True):
            if rows := super(DeliveryQuerySet, self.filter(issue=letter)).claim(worker, limit, at, lease):
                return rows
        return []

    def count_possibly_sent(self, since, at):
        """Copies from before, and letters whose moment came while no worker was there; one counts as one mail."""
        came = Issue.objects.filter(send_at__gt=since, send_at__lte=at)
        is_in_line = Q(issue__frozen_at__lt=since) | Q(issue__in=came)
        return self.due(at).filter(is_in_line).count() + came.due_to_send(at).count()

    def to_former_subscribers(self):
        """For who is not subscribed any more, or has been erased."""
        left = Q(subscriber__left_at__isnull=False) | Q(subscriber__suppressed_at__isnull=False)
        return self.filter(Q(subscriber=None) | Q(subscriber__confirmed_at=None) | left)

    def dropped_on_leaving(self, at=None):
        """Not sent because their readers had left, of letters of today."""
        young = (at or timezone.now()) - dt.timedelta(days=1)
        letters = Issue.objects.filter(cancelled_at=None, frozen_at__gt=young)
        return self.filter(state=QueuedMessage.State.DROPPED, error=NOT_SUBSCRIBED, issue__in=letters)

    def unwanted_by(self, subscriber):
        """Copies of what the one whose they are wants no more."""
        topics = [topic for topic in Topic.values if not getattr(subscriber, f"wants_{topic}")]
        return self.filter(issue__topic__in=topics)

    def drop(self, because) -> int:
        """Drop up to DROP_BATCH_SIZE that are queued, so that no other writer waits long; return how many."""
        queued = self.filter(state=QueuedMessage.State.QUEUED).order_by("pk").values("pk")
        with transaction.atomic():
            rows = Delivery.objects.filter(pk__in=skip_locked(queued)[:DROP_BATCH_SIZE])
            return rows.update(state=QueuedMessage.State.DROPPED, error=because, worker="", lease_until=None)

    def in_send_order(self):
        """With all that makes a mail of it but the letter itself, which is the same for all."""
        issues = Prefetch("issue", Issue.objects.only("frozen_at", "secret"))
        readers = Prefetch("subscriber", Subscriber.objects.only("email", "token"))
        return super().in_send_order().prefetch_related(issues, readers)

    def with_message_id(self, text):
        """The copy that bears the first Message-ID of ours in `text`; None unless every letter of it is: nobody makes one
        up.
        """
        for found in re.finditer(r"letter-\d{1,18}-(\d{1,18})-[0-9a-f]{16}@[\w.-]+", text):
            row = self.select_related("subscriber", "issue").filter(pk=found.group(1)).first()
            if row and row.message_id == found.group():
                return row
        return None


class Delivery(QueuedMessage):
    """One copy of an issue for one subscriber. Holds only what differs: the text is the issue's."""

    # No index of its own: three others begin with it.
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries")

    bounced_at = models.DateTimeField("came back", null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        verbose_name, verbose_name_plural = "copy", "copies"
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
        """The same for every try, and after a change of keys."""
        secret = self.issue.secret
        digest = salted_hmac("newsletter.delivery", str(self.pk), secret=secret, algorithm="sha256").hexdigest()[:16]
        return f"letter-{self.issue_id}-{self.pk}-{digest}@{settings.SITE_HOST}"

    def record_outcome(self, outcome, error="", at=None, retry_delays=RETRY_DELAYS):
        """Store the outcome, and treat an SMTP rejection of the address like a bounce that comes later."""
        at = at or timezone.now()
        is_marked = super().record_outcome(outcome, error, at, retry_delays)
        if is_marked and error:  # it may name an address that has been erased meanwhile
            type(self).objects.filter(pk=self.pk, subscriber=None).update(error="")
        if is_marked and self._fields_after(outcome, at, retry_delays)["state"] == self.State.FAILED:
            self.handle_failure(error)
        return is_marked

    def handle_failure(self, error):
        """It counts against the address; or, where it says nothing of that, against the letter."""
        kind = classify_reply(error)
        self.record_bounce(kind, error)
        if kind is None:
            self.pause_issue_if_refused(error)

    def record_bounce(self, kind, words):
        """Against the address it went to; a copy that has come back counts once, however often that is reported."""
        if kind is Bounce.SOFT and not self._mark_bounced():
            return
        if self.subscriber:
            self.subscriber.record_bounce(kind, words)

    def _mark_bounced(self):
        return type(self).objects.filter(pk=self.pk, bounced_at=None).update(bounced_at=timezone.now()) == 1

    def pause_issue_if_refused(self, error):
        """If nobody's copy is taken, and the addresses are not why, the others need not fail, too. Two queries."""
        is_over = ~Q(state__in=[self.State.QUEUED, self.State.SENDING, self.State.DROPPED])
        last = (
            type(self)
            .objects.filter(is_over, issue=self.issue_id, pk__lte=self.pk)
            .order_by("-pk")[:MAX_REFUSALS_IN_A_ROW]
        )
        refused = [row for row in last.values_list("state", "error") if row[0] == self.State.FAILED]
        if [classify_reply(words) for _, words in refused] == [None] * MAX_REFUSALS_IN_A_ROW:
            Issue.objects.filter(pk=self.issue_id, paused_at=None).pause_with_reason(error)

    def settle_as_sent(self):
        """Something has come of it, so that it is not unknown any more."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.UNKNOWN)
        rows.update(state=self.State.SENT, sent_at=timezone.now(), error="")

    def build_message(self):
        message = self.build_mail_to(self.subscriber.token, [self])
        message.extra_headers = self.build_headers()
        message.metadata = {"copy": self.message_id}  # comes back in a provider's reports
        return message

    def can_share_call(self, other, provider):
        """Two copies of one letter, if the provider takes nothing in it for a place holder but ours."""
        is_plain = all(PLAIN_ADDRESS.fullmatch(each.subscriber.email) for each in (self, other))
        return is_plain and self.issue_id == other.issue_id and not self.letter.contains(provider.placeholder_pattern)

    def build_shared_message(self, rows, placeholder):
        """One mail of which each of `rows` gets a copy with its own links and headers, by `placeholder`."""
        message = self.build_mail_to(placeholder, rows)
        message.merge_data = {row.subscriber.email: {"reader": row.subscriber.token} for row in rows}
        message.merge_metadata = {row.subscriber.email: {"copy": row.message_id} for row in rows}
        message.merge_headers = {row.subscriber.email: row.build_headers() for row in rows}
        for headers in message.merge_headers.values():
            del headers["Message-ID"]  # which of them take one for each reader, their documentation does not say
        return message

    def build_mail_to(self, token, rows):
        letter = self.letter.for_reader(token)
        message = EmailMultiAlternatives(
            letter.subject,
            letter.text,
            get_return_path() or self.club.sender,
            [row.subscriber.email for row in rows],
            reply_to=self.club.reply_to,
        )
        message.attach_alternative(letter.html, "text/html")
        return message

    @property
    def letter(self):
        return load_frozen_issue(self.issue_id, self.issue.frozen_at)

    def build_headers(self):
        sender = {"From": self.club.sender} if get_return_path() else {}
        return sender | {"Message-ID": f"<{self.message_id}>"} | build_list_headers(self.subscriber.token)


@lru_cache(maxsize=4)
def load_frozen_issue(issue_id, frozen_at):
    """The letter, read once for all copies: it never changes after `frozen_at`. One query."""
    return Issue.objects.only(*FROZEN_FIELDS).get(pk=issue_id, frozen_at=frozen_at).letter


def build_list_headers(token):
    """RFC 8058 and RFC 2919: leaving is one POST to the address that only the reader with this token has."""
    leave = f"<{settings.SITE_URL}{reverse('newsletter:leave', args=[token])}>"
    if settings.INBOUND_EMAIL:
        leave += f", <mailto:{get_inbound_address(f'leave-{token}')}?subject=leave>"
    return {
        "List-Id": f"<letter.{settings.SITE_HOST}>",
        "List-Unsubscribe": leave,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def get_inbound_address(detail):
    """Our address for incoming mail, with a detail: RFC 5233."""
    name, host = settings.INBOUND_EMAIL.split("@")
    return f"{name}+{detail}@{host}"


def get_return_path():
    """Return the address for bounces (the envelope sender, RFC 5321 section 4.4); empty for the sender itself."""
    return get_inbound_address("back") if settings.INBOUND_EMAIL and not settings.ANYMAIL else ""
