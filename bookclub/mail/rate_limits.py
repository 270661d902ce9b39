"""Rate limits on mail that strangers can request: per address, per network of the client, and in total.

Requests are stored for a day with keyed hashes, which are useless without SECRET_KEY, instead of addresses.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connections, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.core.email_addresses import get_address_key
from bookclub.core.same_origin import get_client_ip

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ADVISORY_LOCK = 7_400_000_000  # first of our PostgreSQL advisory locks, one for each kind of mail


@dataclass(frozen=True)
class RateLimit:
    """Maximum numbers of mails of a kind, as (timedelta, number) pairs.

    For an address and the site only mails within the limit count; for a network all requests.
    """

    per_address: tuple
    per_network: tuple = ((HOUR, 20), (DAY, 60))
    per_site: tuple = ((HOUR, 300),)


class MailRequestQuerySet(models.QuerySet):
    def deletable(self, at=None):
        """Return requests that count for no limit any more, and those from the future, by a clock that was ahead."""
        at = at or timezone.now()
        return self.filter(Q(requested_at__lt=at - DAY) | Q(requested_at__gt=at + DAY))

    def has_room(self, limits, at, **whose) -> bool:
        """Return whether one more request fits into `limits`, (timedelta, number) pairs."""
        return all(
            self.filter(requested_at__gt=at - span, requested_at__lt=at + span, **whose).count() < number
            for span, number in limits
        )

    def record(self, kind: str, address: str, request, rate_limit: RateLimit, at=None) -> "MailRequest":
        """Store that `request` asks for a mail to `address`. Return it, with `is_within` the limits. Up to 7 queries.

        `is_repeat` is set if only the limit of the address is reached.

        Concurrent requests for one kind are serialised. Requests above a network's limit extend that
        network's wait, and count for no other limit. Raises CacheUnavailable: no stranger is written to while the
        limits in the cache count nothing.
        """
        cache.check_available()
        at = at or timezone.now()
        hashes = {
            "address_hash": keyed_hash("address", get_address_key(address)),
            "network_hash": keyed_hash("network", network_of(request)),
        }
        with transaction.atomic(using=self.db):
            self._lock(kind)
            requests = self.filter(kind=kind)
            sent = requests.filter(is_within=True)
            is_usual = requests.has_room(
                rate_limit.per_network, at, network_hash=hashes["network_hash"]
            ) and sent.has_room(rate_limit.per_site, at)
            is_first = sent.has_room(rate_limit.per_address, at, address_hash=hashes["address_hash"])
            recorded = self.create(kind=kind, is_within=is_usual and is_first, requested_at=at, **hashes)
        recorded.is_repeat = is_usual and not is_first
        return recorded

    def _lock(self, kind):
        """Lock the kind until the end of the transaction. In SQLite the transaction already holds the only lock."""
        connection = connections[self.db]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK + int(keyed_hash("kind", kind)[:7], 16)]
                )


class MailRequest(models.Model):
    """A request for a mail to an address; stores only hashes of the address and the client's network."""

    kind = models.CharField(max_length=40)
    address_hash = models.CharField(max_length=64)
    network_hash = models.CharField(max_length=64)
    is_within = models.BooleanField(default=True)
    requested_at = models.DateTimeField(default=timezone.now)

    objects = MailRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["kind", "requested_at"], name="mail_request_by_kind"),
            models.Index(fields=["address_hash", "requested_at"], name="mail_request_by_address"),
            models.Index(fields=["network_hash", "requested_at"], name="mail_request_by_network"),
        ]

    def __str__(self):
        return f"{self.kind}, {self.requested_at:%Y-%m-%d %H:%M}"


def keyed_hash(purpose: str, value: str) -> str:
    """Return an HMAC of `value` as 64 hexadecimal digits; `purpose` separates hashes of the same value."""
    return salted_hmac(f"bookclub.mail.{purpose}", value, algorithm="sha256").hexdigest()


def network_of(request) -> str:
    """Return the reader's network: /24 of IPv4, /56 of IPv6, which is what one household gets."""
    address = ipaddress.ip_address(get_client_ip(request))
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))
