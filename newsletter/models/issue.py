import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from bookclub.fields import KeptField, RenderedField, TypedField
from bookclub.history import History
from bookclub.posted import Posted
from bookclub.publishing import Publishable, PublishableQuerySet
from books.models import Question, Quote
from meetups.models import Meetup, WriteUp
from newsletter.letter import Letter
from newsletter.models.subscriber import Topic, new_token

# A letter that nobody could send at its time waits for a person after so long: it may not be welcome any more.
LATEST = dt.timedelta(hours=2)


class IssueQuerySet(PublishableQuerySet):
    def unsent(self):
        return self.filter(frozen_at=None, cancelled_at=None)

    def to_send(self, at=None):
        """Scheduled ones whose moment has come, and is not too long ago."""
        at = at or timezone.now()
        return self.unsent().filter(paused_at=None, send_at__lte=at, send_at__gt=at - LATEST)

    def on_their_way(self):
        """Of which copies wait and may go out, the one that was sent first to the front."""
        waiting = self.copies().filter(state=Posted.State.QUEUED)
        return self.sent().filter(Exists(waiting), paused_at=None, cancelled_at=None).order_by("frozen_at", "pk")

    def late(self, at=None):
        """Sent at a moment of their own, and nobody's copy could leave since: they may not be welcome any more."""
        over = (at or timezone.now()) - LATEST
        waits, went = self.copies().due(at), self.copies().filter(sent_at__gt=over)
        running = self.sent().filter(paused_at=None, cancelled_at=None, send_at__lte=over)
        return running.filter(Exists(waits)).exclude(Exists(went))

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
        waiting = self.copies().filter(state__in=[Posted.State.QUEUED, Posted.State.SENDING])
        return self.annotate(is_open=Exists(waiting))

    def copies(self):
        """Those of the letter that a query is about: for its Exists."""
        return self.model._meta.get_field("deliveries").related_model.objects.filter(issue=OuterRef("pk"))

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

    secret = models.CharField(max_length=43, default=new_token, editable=False)  # nobody makes up a copy's Message-ID
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
    def is_note(self):
        """Whether it goes to those who asked for nothing but dates."""
        return self.topic == Topic.DATES

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
