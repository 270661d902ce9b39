import datetime as dt

from django.db import models
from django.utils import timezone

from bookclub.mail.rate_limits import keyed_hash


class ProviderReportQuerySet(models.QuerySet):
    def record(self, key: str, kept_for: dt.timedelta) -> bool:
        """Remember a report for `kept_for`; return whether it is new. A concurrent repetition waits for this one.

        Call it in the transaction of what the report changes: if that fails, the provider's next try counts.
        """
        expires_at = timezone.now() + kept_for
        return self.get_or_create(key=keyed_hash("report", key), defaults={"expires_at": expires_at})[1]

    def expired(self, at=None):
        return self.filter(expires_at__lte=at or timezone.now())


class ProviderReport(models.Model):
    """A mail provider's report that was accepted, as a keyed hash, so that it is not accepted again."""

    key = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = ProviderReportQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.key[:8]
