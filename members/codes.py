"""A code that a session waits for, and when it is taken."""

import datetime as dt

from allauth.account import app_settings
from allauth.core.internal.cryptokit import compare_user_code
from allauth.core.ratelimit import consume
from django.utils import timezone

from members import mails

THIRD_WRONG = "That was the third wrong code, so we take no more of them here. Ask for a new code."
RUN_OUT = "The code has run out. Ask for a new one."
NOT_THE_CODE = "This is not the code, or it has been used. Look at the mail again."
TOO_MANY = "Too many wrong codes for this address. Wait a quarter of an hour, then try again."


def first_state(asked: mails.Asked, before=None) -> dict:
    """What a session keeps of it. Wrong tries count on where it is the code of `before`, another MailedCode, again."""
    is_same = before is not None and before.asked.key == asked.key
    return {
        "email": asked.address,
        "at": asked.at.timestamp(),
        "is_new": asked.is_new,
        "is_held": not asked.is_within_budget,
        "failed_attempts": before.state["failed_attempts"] if is_same else 0,
    }


class MailedCode:
    """Needs `request`, `state` as above, `purpose`, and `persist()`."""

    @property
    def asked(self) -> mails.Asked:
        at = dt.datetime.fromtimestamp(self.state["at"], dt.UTC)
        return mails.Asked(self.purpose, self.state["email"], at, self.state["is_new"], not self.state["is_held"])

    @property
    def trouble(self) -> str:
        """Why no code is taken any more, in words; nothing while one is."""
        if self.state["failed_attempts"] >= app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS:
            return THIRD_WRONG
        return "" if timezone.now() < self.asked.at + mails.CODES else RUN_OUT

    @property
    def minutes(self) -> int:
        """For how long a code is good."""
        return mails.minutes(mails.CODES)

    @property
    def minutes_to_wait(self) -> int:
        """Until a new code is sent; 0 where one would be sent at once."""
        left = self.asked.at + mails.PAUSE - timezone.now()
        return mails.minutes(left) if left > dt.timedelta() else 0

    @property
    def is_unused(self) -> bool:
        return True

    def refusal(self, text: str) -> str:
        """Why `text` is not taken, in words; nothing where it is the code. A wrong one counts."""
        if self.trouble:
            return self.trouble
        if not consume(self.request, action="guess_code", key=f"{self.purpose}:{self.state['email']}"):
            return TOO_MANY
        if compare_user_code(actual=text, expected=self.asked.code) and self.is_unused:
            return ""
        self.state["failed_attempts"] += 1
        self.persist()
        return self.trouble or NOT_THE_CODE
