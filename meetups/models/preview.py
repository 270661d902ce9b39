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
        """The link, alive or expired, or None. Found by its digest: how long the search takes says nothing of it."""
        return self.filter(digest=digest_of(token)).select_related("writeup").first()

    def renew(self, writeup, days):
        """A new link to `writeup`, good for so many days; an earlier one is dead from now on."""
        token = secrets.token_urlsafe(16)
        fields = {
            "token": token,
            "digest": digest_of(token),
            "expires_at": timezone.now() + dt.timedelta(days=days),
        }
        return self.update_or_create(writeup=writeup, defaults=fields)[0]


class PreviewLink(models.Model):
    """A secret address of a draft, for a reader without an account. One a write-up; revoking it deletes it."""

    DAYS, DAYS_AT_MOST = 14, 90

    writeup = models.OneToOneField(WriteUp, on_delete=models.CASCADE, related_name="preview_link")
    # 128 random bits, and readable: organisers copy it again, and who reads this table reads the drafts themselves.
    token = models.CharField(max_length=22, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        default_permissions = ()  # whoever may change the write-up

    def __str__(self):
        return f"Preview of “{self.writeup}”"

    def get_absolute_url(self):
        return reverse("meetups:preview", args=[self.token])

    @property
    def full_address(self):
        return settings.SITE_URL + self.get_absolute_url()

    @property
    def is_alive(self):
        return timezone.now() < self.expires_at


def digest_of(token):
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
