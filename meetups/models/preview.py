import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from meetups.models.writeup import WriteUp


class PreviewLinkQuerySet(models.QuerySet):
    def with_token(self, token):
        """Return the link with this token, even if expired, or None. Found by hash, so that timing reveals nothing."""
        return self.filter(digest=hash_token(token)).select_related("writeup").first()

    def renew(self, writeup, days):
        """Return a new link to `writeup` that is valid for `days`; the earlier link stops working."""
        token = secrets.token_urlsafe(16)
        fields = {
            "token": token,
            "digest": hash_token(token),
            "expires_at": timezone.now() + dt.timedelta(days=days),
        }
        return self.update_or_create(writeup=writeup, defaults=fields)[0]


class PreviewLink(models.Model):
    """The secret URL of a draft, for a reader without an account. One per write-up; revoking deletes the row."""

    DEFAULT_DAYS, MAX_DAYS = 14, 90

    writeup = models.OneToOneField(WriteUp, on_delete=models.CASCADE, related_name="preview_link")
    # 128 random bits, not hashed: organisers copy the URL again, and anybody who can read this table can read drafts.
    token = models.CharField(max_length=22, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        default_permissions = ()  # permissions of the write-up apply

    def __str__(self):
        return f"Preview of “{self.writeup}”"

    def get_absolute_url(self):
        return reverse("meetups:preview", args=[self.token])

    @property
    def full_url(self):
        return settings.SITE_URL + self.get_absolute_url()

    @property
    def is_valid(self):
        return timezone.now() < self.expires_at


def hash_token(token):
    return hashlib.sha256(token.encode()).hexdigest()
