"""How much mail strangers may make us send: so much per address, per network they come from, and in all.

Kept for a day, as keyed hashes that say nothing without SECRET_KEY: no address and no IP address.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.origin import address_of

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Budget:
    """At most so many mails of a kind within a time: pairs of a length of time and a number."""

    per_address: tuple
    per_network: tuple = ((HOUR, 20), (DAY, 60))
    per_site: tuple = ((HOUR, 300),)


class MailRequestQuerySet(models.QuerySet):
    def over(self, at=None):
        """What counts in no budget any more."""
        return self.filter(at__lt=(at or timezone.now()) - DAY)

    def within(self, limits, **whose):
        """Whether one more fits into `limits`, pairs of a length of time and a number."""
        now = timezone.now()
        return all(self.filter(at__gt=now - span, **whose).count() < number for span, number in limits)

    def ask(self, kind: str, address: str, request, budget: Budget) -> bool:
        """Note that `request` asks for a mail to `address`; whether that is within the budget. Up to 5 queries.

        What is refused counts too, so that trying again and again does not help.
        """
        whose = {"address_key": keyed("address", address.lower()), "network_key": keyed("network", network_of(request))}
        asked = self.filter(kind=kind)
        is_within = (
            asked.within(budget.per_address, address_key=whose["address_key"])
            and asked.within(budget.per_network, network_key=whose["network_key"])
            and asked.within(budget.per_site)
        )
        self.create(kind=kind, **whose)
        return is_within


class MailRequest(models.Model):
    """Somebody asked for a mail to an address: without the one or the other."""

    kind = models.CharField(max_length=40)
    address_key = models.CharField(max_length=64)
    network_key = models.CharField(max_length=64)
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
