import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from bookclub.core.history import History
from bookclub.core.markdown_fields import FrozenHTMLField, MarkdownField, RenderedHTMLField
from bookclub.core.text import single_line
from bookclub.core.visibility import PublishableModel, PublishableQuerySet
from bookclub.mail.queue import QueuedMessage
from books.models import Question, Quote
from meetups.models import Meetup, WriteUp
from newsletter.models.subscriber import Topic, generate_token
from newsletter.rendering import RenderedIssue

# The reasons that a mail gives: the reader asked for the topic, or an organiser imported the address.
ASKED = {Topic.LETTER: "you asked for its letter", Topic.DATES: "you asked for a note when a date is set"}
PUT_ON_LIST = "an organiser put you on its list"
# An issue that could not be sent for this long after its scheduled time is not sent automatically any more.
MAX_DELAY = dt.timedelta(hours=2)


class IssueQuerySet(PublishableQuerySet):
    def unsent(self):
        return self.filter(frozen_at=None, cancelled_at=None)

    def due_to_send(self, at=None):
        """Return scheduled issues whose time has come less than MAX_DELAY ago."""
        at = at or timezone.now()
        return self.unsent().filter(paused_at=None, send_at__lte=at, send_at__gt=at - MAX_DELAY)

    def being_sent(self):
        """Return issues with queued deliveries, neither paused nor cancelled, in the order of sending."""
        waiting = self.deliveries_subquery().filter(state=QueuedMessage.State.QUEUED)
        return self.sent().filter(Exists(waiting), paused_at=None, cancelled_at=None).order_by("frozen_at", "pk")

    def late(self, at=None):
        """Return scheduled issues with due deliveries of which none could be sent within MAX_DELAY."""
        limit = (at or timezone.now()) - MAX_DELAY
        due, recently_sent = self.deliveries_subquery().due(at), self.deliveries_subquery().filter(sent_at__gt=limit)
        running = self.sent().filter(paused_at=None, cancelled_at=None, send_at__lte=limit)
        return running.filter(Exists(due)).exclude(Exists(recently_sent))

    def missed(self, at=None):
        """Return scheduled issues MAX_DELAY or more past their time: an organiser decides about them."""
        return self.unsent().filter(paused_at=None, send_at__lte=(at or timezone.now()) - MAX_DELAY)

    def paused_with_reason(self):
        """Return issues that a program has paused, not an organiser."""
        return self.filter(cancelled_at=None).exclude(pause_reason="")

    def sent(self):
        return self.exclude(frozen_at=None)

    def with_is_open(self):
        """Annotate `is_open`: whether some delivery is still to be sent."""
        waiting = self.deliveries_subquery().filter(state__in=[QueuedMessage.State.QUEUED, QueuedMessage.State.SENDING])
        return self.annotate(is_open=Exists(waiting))

    def deliveries_subquery(self):
        """Return the deliveries of the outer query's issue, for use in Exists()."""
        return self.model._meta.get_field("deliveries").related_model.objects.filter(issue=OuterRef("pk"))

    def pause_with_reason(self, reason):
        """Pause the issues and store the reason, cut to its column; `paused_with_reason()` finds them."""
        max_length = Issue._meta.get_field("pause_reason").max_length
        return self.update(paused_at=timezone.now(), pause_reason=single_line(reason, max_length))

    def newest_first(self):
        return self.order_by("-number")


class Issue(PublishableModel):
    """One mailing, called a letter on pages. Its text is frozen and published when it is sent.

    Until then the chosen parts (write-up, quote, questions, next meetup) are rendered from their current rows.
    """

    topic = models.CharField(max_length=10, choices=Topic.choices, default=Topic.LETTER)
    number = models.PositiveIntegerField(null=True, unique=True, editable=False)
    subject = models.CharField(max_length=200)
    introduction = MarkdownField(blank=True, help_text="Markdown. The first words of the letter.")
    introduction_html = RenderedHTMLField("introduction", "prose")
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
    closing = MarkdownField("closing words", blank=True, help_text="Markdown. After everything else.")
    closing_html = RenderedHTMLField("closing", "prose")

    # The key of the digest in each delivery's Message-ID, so that none can be forged.
    secret = models.CharField(max_length=43, default=generate_token, editable=False)
    send_at = models.DateTimeField("send", null=True, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    frozen_subject = models.CharField(max_length=300, blank=True, editable=False)
    frozen_text = models.TextField(blank=True, editable=False)
    frozen_html = models.TextField(blank=True, editable=False)
    frozen_body = FrozenHTMLField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    paused_at = models.DateTimeField(null=True, editable=False)
    pause_reason = models.CharField(max_length=500, blank=True, default="", editable=False)
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
    def is_date_note(self):
        """Return whether it goes to the subscribers of dates instead of those of the letter."""
        return self.topic == Topic.DATES

    @property
    def is_missed(self):
        """Return whether its scheduled time passed MAX_DELAY ago or earlier, and it was not sent."""
        is_scheduled = self.send_at and not (self.frozen_at or self.cancelled_at or self.paused_at)
        return bool(is_scheduled) and timezone.now() >= self.send_at + MAX_DELAY

    @property
    def is_held_back(self):
        """Return whether a check has prevented sending at the scheduled time."""
        return bool(self.pause_reason) and not self.frozen_at and not self.cancelled_at

    def get_reason_for(self, subscriber=None):
        """Return the reason for which `subscriber`, by default one who asked, gets it. Imports add nobody to date notes."""
        is_put_on_list = subscriber is not None and subscriber.is_imported and not self.is_date_note
        return PUT_ON_LIST if is_put_on_list else ASKED[self.topic]

    @property
    def rendered(self):
        """Return the RenderedIssue as it was sent."""
        return RenderedIssue(self.frozen_subject, self.frozen_text, self.frozen_html)
