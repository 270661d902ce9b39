import datetime as dt
import re
from functools import lru_cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.fields import KeptField, RenderedField, TypedField
from bookclub.history import History
from bookclub.lines import one_line
from bookclub.models import Club
from bookclub.posted import WAITS, Posted, PostedQuerySet
from bookclub.publishing import Publishable, PublishableQuerySet
from books.models import Question, Quote
from meetups.models import Meetup, WriteUp
from newsletter.letter import Letter
from newsletter.models.subscriber import Subscriber, Topic
from newsletter.replies import kind_of_reply

# A letter that nobody could send at its time waits for a person after so long: it may not be welcome any more.
LATEST = dt.timedelta(hours=2)
REFUSALS = 5  # copies in a row that were refused, and not for their address: then the letter pauses by itself
TEXTS = ["frozen_subject", "frozen_text", "frozen_html"]
PLAIN = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)  # an address that every program writes in the same way


class IssueQuerySet(PublishableQuerySet):
    def unsent(self):
        return self.filter(frozen_at=None, cancelled_at=None)

    def to_send(self, at=None):
        """Scheduled ones whose moment has come, and is not too long ago."""
        at = at or timezone.now()
        return self.unsent().filter(paused_at=None, send_at__lte=at, send_at__gt=at - LATEST)

    def missed(self, at=None):
        """Scheduled ones that waited for so long that a person decides."""
        return self.unsent().filter(paused_at=None, send_at__lte=(at or timezone.now()) - LATEST)

    def stopped(self):
        """Paused by themselves, and not by a person."""
        return self.filter(cancelled_at=None).exclude(paused_because="")

    def sent(self):
        return self.exclude(frozen_at=None)

    def saying_how_they_stand(self):
        """With `is_open`: whether some copy has still to go out. No further query."""
        waiting = Delivery.objects.filter(issue=OuterRef("pk"), state__in=[Posted.State.QUEUED, Posted.State.SENDING])
        return self.annotate(is_open=Exists(waiting))

    def newest_first(self):
        return self.order_by("-number")


class Issue(Publishable):
    """One mailing; readers call it a letter. Its text is frozen when it is sent, and published at that moment.

    What it holds of the club (a quote, questions, the next meetup) is chosen, and printed as it stands when it is
    frozen; the introduction and the closing words are typed.
    """

    topic = models.CharField(max_length=10, choices=Topic.choices, default=Topic.LETTER)
    number = models.PositiveIntegerField(null=True, unique=True, editable=False)
    subject = models.CharField(max_length=200)
    introduction = TypedField(blank=True, help_text="Markdown. The first words of the letter.")
    introduction_html = RenderedField("introduction", "prose")
    writeup = models.ForeignKey(
        WriteUp, null=True, blank=True, on_delete=models.SET_NULL, related_name="issues", verbose_name="write-up"
    )
    quote = models.ForeignKey(Quote, null=True, blank=True, on_delete=models.SET_NULL, related_name="issues")
    questions = models.ManyToManyField(Question, blank=True, related_name="issues")
    meetup = models.ForeignKey(
        Meetup,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="issues",
        help_text="The next one, which the letter invites to.",
    )
    closing = TypedField("closing words", blank=True, help_text="Markdown. After everything else.")
    closing_html = RenderedField("closing", "prose")

    send_at = models.DateTimeField("send", null=True, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    frozen_subject = models.CharField(max_length=300, blank=True, editable=False)
    frozen_text = models.TextField(blank=True, editable=False)
    frozen_html = models.TextField(blank=True, editable=False)
    frozen_body = KeptField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    paused_at = models.DateTimeField(null=True, editable=False)
    paused_because = models.CharField(max_length=500, blank=True, default="", editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)

    objects = IssueQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = "letter"
        ordering = ["-pk"]
        permissions = [("send_issue", "Can send a letter")]
        constraints = [
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | Q(number__isnull=False), name="issue_that_is_sent_has_a_number"
            )
        ]

    def __str__(self):
        return f"Letter {self.number}: {self.subject}" if self.number else self.subject

    def get_absolute_url(self):
        return reverse("newsletter:issue", args=[self.number])

    @property
    def is_missed(self):
        """Its moment has passed by more than what a reader would forgive."""
        waits = self.send_at and not (self.frozen_at or self.cancelled_at or self.paused_at)
        return bool(waits) and timezone.now() >= self.send_at + LATEST

    @property
    def is_held_back(self):
        """It was not fit to be sent when its moment came."""
        return bool(self.paused_because) and not self.frozen_at and not self.cancelled_at

    @property
    def letter(self):
        """As it was frozen."""
        return Letter(self.frozen_subject, self.frozen_text, self.frozen_html)


class DeliveryQuerySet(PostedQuerySet):
    def sendable(self, at=None):
        """To who is still subscribed at this moment, of a letter that is neither paused nor cancelled.

        Asked row by row: as a join either database may look through the whole list for a single row.
        """
        readers = Subscriber.objects.subscribed().filter(pk=OuterRef("subscriber_id"))
        issues = Issue.objects.filter(pk=OuterRef("issue_id"), paused_at=None, cancelled_at=None)
        return self.filter(
            issue_id=Subquery(issues.order_by().values("pk")), subscriber_id=Subquery(readers.order_by().values("pk"))
        )

    def left_over(self, since, at):
        """Copies from before, and letters whose moment came while no worker was there; one counts as one mail."""
        came = Issue.objects.filter(send_at__gt=since, send_at__lte=at)
        is_in_line = Q(issue__frozen_at__lt=since) | Q(issue__in=came)
        return self.due(at).filter(is_in_line).count() + came.to_send(at).count()

    def unwanted(self):
        """For who is not subscribed any more, or has been erased."""
        left = Q(subscriber__left_at__isnull=False) | Q(subscriber__suppressed_at__isnull=False)
        return self.filter(Q(subscriber=None) | Q(subscriber__confirmed_at=None) | left)

    def first_in_line(self):
        """With all that makes a mail of it but the letter itself, which is the same for all."""
        issues = Prefetch("issue", Issue.objects.only("frozen_at"))
        readers = Prefetch("subscriber", Subscriber.objects.only("email", "token"))
        return super().first_in_line().prefetch_related(issues, readers)

    def with_message_id(self, text):
        """The copy that bears the Message-ID in `text`; None unless every letter of it is ours: nobody makes one up."""
        found = re.search(r"letter-\d{1,18}-(\d{1,18})-[0-9a-f]{16}@[\w.-]+", text)
        row = self.select_related("subscriber").filter(pk=found.group(1)).first() if found else None
        return row if row and row.message_id == found.group() else None


class Delivery(Posted):
    """One copy of an issue for one subscriber. Holds only what differs: the text is the issue's."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.ForeignKey(Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["issue", "subscriber"], name="delivery_is_one_copy_for_one_subscriber")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="queued"), name="delivery_in_line"),
            models.Index(fields=["issue", "state"], name="delivery_by_state"),
        ]

    def __str__(self):
        return f"{self.issue_id} to {self.subscriber_id}"

    @property
    def message_id(self):
        """The same for every try."""
        digest = salted_hmac("newsletter.delivery", str(self.pk), algorithm="sha256").hexdigest()[:16]
        return f"letter-{self.issue_id}-{self.pk}-{digest}@{settings.SITE_HOST}"

    def mark(self, outcome, error="", at=None, waits=WAITS):
        """What the mail server says of the address while we speak to it counts like what comes back later."""
        at = at or timezone.now()
        is_marked = super().mark(outcome, error, at, waits)
        if is_marked and error:  # it may name an address that has been erased meanwhile
            type(self).objects.filter(pk=self.pk, subscriber=None).update(error="")
        if is_marked and self._after(outcome, at, waits)["state"] == self.State.FAILED:
            self.has_failed(error)
        return is_marked

    def has_failed(self, error):
        """It counts against the address; or, where it says nothing of that, against the letter."""
        if (kind := kind_of_reply(error)) and self.subscriber:
            self.subscriber.record_bounce(kind, error)
        elif kind is None:
            self.stop_the_rest(error)

    def stop_the_rest(self, error):
        """If nobody's copy is taken, and the addresses are not why, the others need not fail, too. Two queries."""
        is_over = ~Q(state__in=[self.State.QUEUED, self.State.SENDING, self.State.DROPPED])
        last = type(self).objects.filter(is_over, issue=self.issue_id, pk__lte=self.pk).order_by("-pk")[:REFUSALS]
        refused = [row for row in last.values_list("state", "error") if row[0] == self.State.FAILED]
        if [kind_of_reply(words) for _, words in refused] == [None] * REFUSALS:
            rows = Issue.objects.filter(pk=self.issue_id, paused_at=None)
            rows.update(paused_at=timezone.now(), paused_because=one_line(error, 500))

    def went_out(self):
        """Something has come of it, so that it is not unknown any more."""
        rows = type(self).objects.filter(pk=self.pk, state=self.State.UNKNOWN)
        rows.update(state=self.State.SENT, sent_at=timezone.now(), error="")

    def as_message(self):
        message = self.addressed(self.subscriber.token, [self])
        message.extra_headers = self.headers()
        message.metadata = {"copy": self.message_id}  # comes back in a provider's reports
        return message

    def goes_with(self, other, provider):
        """Two copies of one letter, if the provider takes nothing in it for a place holder but ours."""
        is_plain = all(PLAIN.fullmatch(each.subscriber.email) for each in (self, other))
        return is_plain and self.issue_id == other.issue_id and not self.letter.holds(provider.reads)

    def as_message_to(self, rows, place_holder):
        """One mail of which each of `rows` gets a copy with its own links and headers, by `place_holder`."""
        message = self.addressed(place_holder, rows)
        message.merge_data = {row.subscriber.email: {"reader": row.subscriber.token} for row in rows}
        message.merge_metadata = {row.subscriber.email: {"copy": row.message_id} for row in rows}
        message.merge_headers = {row.subscriber.email: row.headers() for row in rows}
        for headers in message.merge_headers.values():
            del headers["Message-ID"]  # which of them take one for each reader, their documentation does not say
        return message

    def addressed(self, token, rows):
        letter, club = frozen_letter(self.issue_id, self.issue.frozen_at)
        letter = letter.for_reader(token)
        message = EmailMultiAlternatives(
            letter.subject,
            letter.text,
            returned_to() or club.sender,
            [row.subscriber.email for row in rows],
            reply_to=club.answers_go_to,
        )
        message.attach_alternative(letter.html, "text/html")
        return message

    @property
    def letter(self):
        return frozen_letter(self.issue_id, self.issue.frozen_at)[0]

    def headers(self):
        club = frozen_letter(self.issue_id, self.issue.frozen_at)[1]
        sender = {"From": club.sender} if returned_to() else {}
        return sender | {"Message-ID": f"<{self.message_id}>"} | list_headers(self.subscriber.token)


@lru_cache(maxsize=4)
def frozen_letter(issue_id, frozen_at):
    """The letter and the club, read once for all copies: the one never changes after `frozen_at`. Two queries."""
    return Issue.objects.only(*TEXTS).get(pk=issue_id, frozen_at=frozen_at).letter, Club.objects.current()


def list_headers(token):
    """RFC 8058 and RFC 2919: leaving is one POST to the address that only the reader with this token has."""
    leave = f"<{settings.SITE_URL}{reverse('newsletter:leave', args=[token])}>"
    if settings.INBOUND_EMAIL:
        leave += f", <mailto:{plus(f'leave-{token}')}?subject=leave>"
    return {
        "List-Id": f"<letter.{settings.SITE_HOST}>",
        "List-Unsubscribe": leave,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def plus(detail):
    """Our address for incoming mail, with a detail: RFC 5233."""
    name, host = settings.INBOUND_EMAIL.split("@")
    return f"{name}+{detail}@{host}"


def returned_to():
    """Where the mail server sends a mail that it can't deliver: RFC 5321 section 4.4. Empty: to the sender."""
    return plus("back") if settings.INBOUND_EMAIL and not settings.ANYMAIL else ""
