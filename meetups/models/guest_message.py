import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from meetups.models.meetup import Meetup


class GuestMessageQuerySet(models.QuerySet):
    def sent(self):
        return self.exclude(sent_at=None).order_by("-sent_at", "-pk")

    def unsent(self):
        return self.filter(sent_at=None)


class GuestMessage(models.Model):
    """What an organiser writes to the guests of a meetup, and to whom: fixed when the preview was made."""

    class Whom(models.TextChoices):
        ALL = "all", "Everybody who comes or waits"
        GOING = "going", "Those who come"
        WAITING = "waiting", "Those who wait for a seat"
        CAME = "came", "Those who came"

    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="guest_messages")
    whom = models.CharField("to", max_length=10, choices=Whom.choices)
    subject = models.CharField(max_length=120)
    text = MarkdownField(help_text="Markdown.")
    text_html = RenderedHTMLField("text", "prose")
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", editable=False)
    recipient_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = GuestMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["meetup", "sent_at"], condition=Q(sent_at__isnull=False), name="guest_message_sent")
        ]

    def __str__(self):
        return self.subject

    @property
    def digest(self):
        """Return what two messages of the same words share: nobody gets the same words about a meetup twice."""
        return hashlib.sha256(f"{self.subject}\n{self.text}".encode()).hexdigest()[:16]
