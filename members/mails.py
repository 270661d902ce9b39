"""The mails of an account: codes, links, and what has been changed. Written as rows, in our words, for the worker.

Each is a pair of templates by the name that allauth gives it: templates/account/email/login_code.txt and .html.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.budgets import DAY, HOUR, Budget, MailRequest, keyed
from bookclub.compose import compose
from bookclub.outbox import OutgoingMail

# One mail of a kind to an address in this time, whoever asks for it and however often.
PAUSE = dt.timedelta(minutes=3)
BUDGET = Budget(per_address=((HOUR, 6), (DAY, 20)), per_network=((HOUR, 30), (DAY, 100)))
CODES = dt.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
# How long what a mail holds is good for: afterwards it is not sent any more.
GOOD_FOR = {
    "login_code": CODES,
    "same_person_code": CODES,
    "email_confirmation": CODES,
    "password_reset_key": dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
}
# RFC 8628 section 6.1: without vowels no code is a word, and no letter looks like a figure.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True)
class Asked:
    """Somebody wants a mail to an address. Where it is not new, the one written at that moment will do."""

    purpose: str
    address: str
    at: dt.datetime
    is_new: bool
    is_within_budget: bool = True

    @property
    def key(self) -> str:
        """The same for all who ask within the pause: at the same instant, the database keeps one of them."""
        return f"{self.purpose}:{keyed('address', self.address)[:40]}:{self._turn}"

    @property
    def code(self) -> str:
        """Kept nowhere: it follows from SECRET_KEY, from the address and from when it was asked for."""
        digest = salted_hmac("members.mails", self.key, algorithm="sha256").digest()
        number, letters = int.from_bytes(digest), ""
        while len(letters) < 8:
            number, place = divmod(number, len(LETTERS))
            letters += LETTERS[place]
        return f"{letters[:4]}-{letters[4:]}"

    @property
    def _turn(self):
        return int(self.at.timestamp() // PAUSE.total_seconds())

    def write(self, prefix: str, **context) -> bool:
        """The mail `prefix`, with the `code`, unless there is one already. Over the budget it waits for an organiser."""
        if not self.is_new:
            return False
        state = OutgoingMail.State.QUEUED if self.is_within_budget else OutgoingMail.State.HELD
        return write(prefix, self.address, context | {"code": self.code}, key=self.key, state=state)


def ask(purpose: str, address: str, request) -> Asked:
    """Note that `request` wants a mail for `purpose` to `address`. To be called in the transaction of what follows."""
    now = timezone.now()
    requests = MailRequest.objects.filter(kind=purpose, address_key=keyed("address", address.lower()))
    before = requests.filter(at__gt=now - PAUSE, at__lte=now).order_by("at").last()
    if before:
        return Asked(purpose, address.lower(), before.at, is_new=False)
    is_within = MailRequest.objects.ask(purpose, address, request, BUDGET)
    return Asked(purpose, address.lower(), requests.order_by("at").last().at, True, is_within)


def write(prefix: str, to: str, context: dict, *, key=None, state=OutgoingMail.State.QUEUED) -> bool:
    """Queue the mail `prefix`, such as "account/email/login_code". Whether it is a new one, as `key` tells it."""
    name = prefix.rpartition("/")[2]
    good_for = GOOD_FOR.get(name)
    return OutgoingMail.objects.write(
        key=key or f"{name}:{secrets.token_hex(16)}",
        kind=name.replace("_", "-"),
        to=to,
        state=state,
        rank=OutgoingMail.Rank.AT_ONCE,
        keeps=OutgoingMail.Keeps.ADDRESS,
        expires_at=good_for and timezone.now() + good_for,
        **compose(prefix, context | {"to": to, "minutes": minutes(CODES)}),
    )


def minutes(span: dt.timedelta) -> int:
    """Whole ones, and never none: “in 1 minute”."""
    return max(1, -int(-span.total_seconds() // 60))
