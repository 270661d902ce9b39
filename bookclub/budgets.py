"""How much mail strangers may make us send: so much per address, per network they come from, and in all.

Kept for a day, as keyed hashes that say nothing without SECRET_KEY: no address and no IP address. Pages ask by
`bookclub.asking`, which also writes the mail.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from django.db import connections, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.origin import address_of

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
LOCK = 7_400_000_000  # of PostgreSQL's advisory locks those from here on are ours, one for each kind of mail


@dataclass(frozen=True)
class Budget:
    """At most so many mails of a kind within a time: pairs of a length of time and a number.

    Of an address and of the site count the mails that went; of a network, whatever it asked for.
    """

    per_address: tuple
    per_network: tuple = ((HOUR, 20), (DAY, 60))
    per_site: tuple = ((HOUR, 300),)


class MailRequestQuerySet(models.QuerySet):
    def over(self, at=None):
        """What counts in no budget any more; or was written by a clock that was ahead, and would count for ever."""
        at = at or timezone.now()
        return self.filter(Q(at__lt=at - DAY) | Q(at__gt=at + DAY))

    def within(self, limits, at, **whose):
        """Whether one more fits into `limits`, pairs of a length of time and a number."""
        return all(self.filter(at__gt=at - span, at__lt=at + span, **whose).count() < number for span, number in limits)

    def ask(self, kind: str, address: str, request, budget: Budget, at=None) -> bool:
        """Note that `request` asks for a mail to `address`; whether that is within the budget. Up to 6 queries.

        Those who ask for mails of the same kind at the same moment do so one after the other. Whoever goes on asking
        from a network that has had enough goes on being refused; that takes nothing from others, nor from the address.
        """
        at = at or timezone.now()
        keys = {"address_key": keyed("address", address.lower()), "network_key": keyed("network", network_of(request))}
        with transaction.atomic(using=self.db):
            self._wait_for_turn(kind)
            asked = self.filter(kind=kind)
            went = asked.filter(is_within=True)
            is_within = (
                asked.within(budget.per_network, at, network_key=keys["network_key"])
                and went.within(budget.per_address, at, address_key=keys["address_key"])
                and went.within(budget.per_site, at)
            )
            self.create(kind=kind, is_within=is_within, at=at, **keys)
        return is_within

    def _wait_for_turn(self, kind):
        """Until the end of the transaction. On SQLite its beginning has waited already."""
        connection = connections[self.db]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK + int(keyed("kind", kind)[:7], 16)])


class MailRequest(models.Model):
    """Somebody asked for a mail to an address: without the one or the other."""

    kind = models.CharField(max_length=40)
    address_key = models.CharField(max_length=64)
    network_key = models.CharField(max_length=64)
    is_within = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    objects = MailRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["kind", "at"], name="mail_request_by_kind"),
            models.Index(fields=["address_key", "at"], name="mail_request_by_address"),
            models.Index(fields=["network_key", "at"], name="mail_request_by_network"),
        ]

    def __str__(self):
        return f"{self.kind}, {self.at:%Y-%m-%d %H:%M}"


def keyed(purpose: str, value: str) -> str:
    return salted_hmac(f"bookclub.budgets.{purpose}", value, algorithm="sha256").hexdigest()


def network_of(request) -> str:
    """The reader's own network: /24 of IPv4, /56 of IPv6, which is what one household is given."""
    address = ipaddress.ip_address(address_of(request))
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))
