"""A pending mailed code of a session, and the rules for accepting it."""

import datetime as dt
import secrets
import string

from allauth.account import app_settings
from allauth.core.ratelimit import consume
from django.utils import timezone

from members import emails

TOO_MANY_ATTEMPTS = "That was the third wrong code, so we take no more of them here. Ask for a new code."
EXPIRED = "The code has run out. Ask for a new one."
WRONG_CODE = "This is not the code, or it has been used. Look at the mail again."
RATE_LIMITED = "Too many wrong codes for this address. Wait a quarter of an hour, then try again."
IGNORED_CHARACTERS = str.maketrans("", "", string.punctuation + string.whitespace)


def get_initial_state(code_request: emails.CodeRequest, previous=None) -> dict:
    """Return the state of a code for the session. Keep the failed attempts if it is the same code as `previous`."""
    is_same = previous is not None and previous.code_request.key == code_request.key
    return {
        "email": code_request.address,
        "at": code_request.at.timestamp(),
        "is_new": code_request.is_new,
        "is_held": not code_request.is_within_limit,
        "failed_attempts": previous.state["failed_attempts"] if is_same else 0,
    }


def codes_match(typed: str, expected: str) -> bool:
    """Compare in constant time, ignoring case and punctuation (RFC 8628 section 6.1)."""
    typed, expected = (code.translate(IGNORED_CHARACTERS).lower().encode() for code in (typed, expected))
    return secrets.compare_digest(typed, expected)


class MailedCode:
    """Base class. A subclass has `request`, `state` (see `get_initial_state`), `purpose` and `persist()`."""

    @property
    def code_request(self) -> emails.CodeRequest:
        at = dt.datetime.fromtimestamp(self.state["at"], dt.UTC)
        return emails.CodeRequest(
            self.purpose, self.state["email"], at, self.state["is_new"], not self.state["is_held"]
        )

    @property
    def unusable_reason(self) -> str:
        """The reason why no code is accepted any more, as a message for the person; else empty."""
        if self.state["failed_attempts"] >= app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS:
            return TOO_MANY_ATTEMPTS
        return "" if timezone.now() < self.code_request.at + emails.CODE_LIFETIME else EXPIRED

    @property
    def valid_minutes(self) -> int:
        return emails.round_up_minutes(emails.CODE_LIFETIME)

    @property
    def minutes_until_resend(self) -> int:
        """Minutes until a new code can be sent; 0 if it can be sent now."""
        left = self.code_request.at + emails.RESEND_PAUSE - timezone.now()
        return emails.round_up_minutes(left) if left > dt.timedelta() else 0

    @property
    def is_unused(self) -> bool:
        return True

    def get_error(self, text: str) -> str:
        """Return the reason why `text` is not accepted, or "" if it is the code. Count failed attempts."""
        if self.unusable_reason:
            return self.unusable_reason
        if not consume(self.request, action="guess_code_of_address", key=f"{self.purpose}:{self.state['email']}"):
            return RATE_LIMITED
        if codes_match(text, self.code_request.code) and self.is_unused:
            return ""
        self.state["failed_attempts"] += 1
        self.persist()
        return self.unusable_reason or WRONG_CODE
