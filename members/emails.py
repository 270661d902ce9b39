"""Account mails, queued in the outbox: codes, links, and notices of changes.

Each mail has a template under allauth's name for it, such as account/email/login_code.html; all notices share
account/email/notice.html.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookclub.core.email_addresses import get_address_key
from bookclub.core.models import Club
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import DAY, HOUR, MailRequest, RateLimit, keyed_hash
from bookclub.mail.rendering import render_mail

# At most one mail per purpose and address in this time, whoever requests it.
RESEND_PAUSE = dt.timedelta(minutes=3)
RATE_LIMIT = RateLimit(per_address=((HOUR, 6), (DAY, 20)), per_network=((HOUR, 30), (DAY, 100)))
CODE_LIFETIME = dt.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
# How long the code or link in a mail is valid; later the mail is not sent any more.
CONTENT_LIFETIMES = {
    "login_code": CODE_LIFETIME,
    "reauthentication_code": CODE_LIFETIME,
    "email_confirmation": CODE_LIFETIME,
    "password_reset_key": dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
}
# RFC 8628 section 6.1: no vowels, so that no code is a word and no letter looks like a digit.
CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
# Mails about a change of the account: (subject, text) by allauth's name, with placeholders for `club` and allauth's
# template context.
NOTICES = {
    "email_changed": (
        "Your address is changed",
        (
            "Your account at {club} had the address {from_email}. From now on it has {to_email}: you sign in with that "
            "one, and our mail goes there."
        ),
    ),
    "password_changed": (
        "Your password is changed",
        "The password of your account is changed. Wherever else you were signed in, you are signed out.",
    ),
    "password_reset": (
        "Your password is changed",
        "You have chosen a new password, by the link that we sent. Wherever you were signed in, you are signed out.",
    ),
    "password_set": (
        "You have a password",
        "Your account has a password from now on. You can still sign in by a code.",
    ),
    "totp_activated": (
        "You have set up an authenticator app",
        "From now on the app on your phone is asked for when you sign in.",
    ),
    "totp_deactivated": (
        "Your authenticator app is off",
        "The app on your phone is no longer asked for when you sign in.",
    ),
    "webauthn_added": ("You have added a passkey", "A passkey was added to your account."),
    "webauthn_removed": (
        "You have removed a passkey",
        "A passkey of your account was removed. It opens nothing here any more.",
    ),
    "recovery_codes_generated": (
        "You have new recovery codes",
        "New recovery codes were made for your account. The old ones work no more.",
    ),
    "account_connected": (
        "You can sign in with {provider.name}",
        "From now on you can sign in to your account with {provider.name}, too.",
    ),
    "account_disconnected": (
        "You can no longer sign in with {provider.name}",
        "You have taken {provider.name} off your account.",
    ),
}


@dataclass(frozen=True)
class CodeRequest:
    """A request for a mail to an address, made at `at`. If not `is_new`, the mail of that earlier request is used."""

    purpose: str
    address: str
    at: dt.datetime
    is_new: bool
    is_within_limit: bool = True

    @property
    def key(self) -> str:
        """The mail's unique key; equal within RESEND_PAUSE, so that concurrent requests queue one mail."""
        return f"{self.purpose}:{keyed_hash('address', self.address)[:40]}:{self._time_slot}"

    @property
    def code(self) -> str:
        """The code, derived from SECRET_KEY, the address and the time of the request. It is not stored."""
        digest = salted_hmac("members.emails", self.key, algorithm="sha256").digest()
        number, letters = int.from_bytes(digest), ""
        while len(letters) < 8:
            number, place = divmod(number, len(CODE_ALPHABET))
            letters += CODE_ALPHABET[place]
        return f"{letters[:4]}-{letters[4:]}"

    @property
    def _time_slot(self):
        return int(self.at.timestamp() // RESEND_PAUSE.total_seconds())

    def queue_mail(self, template: str, **context) -> bool:
        """Queue the mail with the code if the request is new. Above the rate limit it is HELD for an organiser."""
        if not self.is_new:
            return False
        state = OutgoingMail.State.QUEUED if self.is_within_limit else OutgoingMail.State.HELD
        return queue_mail(template, self.address, context | {"code": self.code}, key=self.key, state=state)


def request_mail(purpose: str, address: str, request) -> CodeRequest:
    """Record that `request` asks for a mail for `purpose` to `address`, in the transaction that queues the mail."""
    now = timezone.now()
    requests = MailRequest.objects.filter(kind=purpose, address_hash=keyed_hash("address", get_address_key(address)))
    earlier = (
        requests.filter(requested_at__gt=now - RESEND_PAUSE, requested_at__lte=now).order_by("requested_at").last()
    )
    if earlier:
        return CodeRequest(purpose, get_address_key(address), earlier.requested_at, is_new=False)
    is_within_limit = MailRequest.objects.record(purpose, address, request, RATE_LIMIT).is_within
    return CodeRequest(
        purpose, get_address_key(address), requests.order_by("requested_at").last().requested_at, True, is_within_limit
    )


def queue_mail(template: str, to: str, context: dict, *, key=None, state=OutgoingMail.State.QUEUED) -> bool:
    """Queue the mail `template`, such as "account/email/login_code". Return whether `key` was new."""
    name = template.rpartition("/")[2]
    lifetime = CONTENT_LIFETIMES.get(name)
    context = context | {"to": to, "minutes": round_up_minutes(CODE_LIFETIME)}
    return OutgoingMail.objects.enqueue(
        key=key or f"{name}:{secrets.token_hex(16)}",
        kind=name.replace("_", "-"),
        to=to,
        state=state,
        priority=OutgoingMail.Priority.URGENT,
        retention=OutgoingMail.Retention.ADDRESS,
        expires_at=lifetime and timezone.now() + lifetime,
        **render_account_mail(template, context),
    )


def render_account_mail(template: str, context: dict) -> dict:
    """Render the mail; notices share one template."""
    notice = NOTICES.get(template.rpartition("/")[2])
    if notice is None:
        return render_mail(template, context)
    words = {"club": Club.objects.current().name} | context
    title, text = (part.format(**words) for part in notice)
    return render_mail("account/email/notice", context | {"title": title, "text": text})


def round_up_minutes(span: dt.timedelta) -> int:
    """Return whole minutes, at least 1."""
    return max(1, -int(-span.total_seconds() // 60))
