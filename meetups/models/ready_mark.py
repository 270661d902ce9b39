from django.conf import settings
from django.db import models
from django.utils import timezone

from meetups.models.writeup import WriteUp


class ReadyMark(models.Model):
    """An author's word that a draft is ready for the organisers. It goes when the draft is published or they take it back.

    A row of its own: it changes no text, so it makes no version and no open form stale.
    """

    writeup = models.OneToOneField(WriteUp, on_delete=models.CASCADE, related_name="ready_mark")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.writeup_id}, {self.at:%Y-%m-%d %H:%M}"
