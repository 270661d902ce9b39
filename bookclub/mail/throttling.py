"""Delays between mails, for the mail server's rate limit, and between attempts to reach a server."""

import time

MAX_BACKOFF_SECONDS = 30


class RateLimiter:
    """Limits sending to `per_second` mails; 0 means no limit."""

    def __init__(self, per_second):
        self.interval = 1 / per_second if per_second else 0
        self.next_at = float("-inf")

    def wait(self, before_waiting, number=1):
        """Sleep until `number` more mails may be sent; if that takes time, call `before_waiting` first."""
        now = time.monotonic()
        if self.interval and now < self.next_at:
            before_waiting()
            time.sleep(max(self.next_at - time.monotonic(), 0))
        self.next_at = max(now, self.next_at) + self.interval * number

    def batch_size(self, limit):
        """Return the number of mails per call: those of one second, at most `limit`."""
        return max(1, min(limit, int(1 / self.interval))) if self.interval else limit


def backoff_delays():
    """Yield seconds: 0.5, 1, 2 … MAX_BACKOFF_SECONDS, which repeats."""
    seconds = 0.5
    while True:
        yield seconds
        seconds = min(seconds * 2, MAX_BACKOFF_SECONDS)


def sleep_while(is_wanted, seconds):
    """Sleep for `seconds`, or until `is_wanted()` is false; checked ten times a second."""
    end = time.monotonic() + seconds
    time.sleep(min(0.1, seconds))
    while is_wanted() and time.monotonic() < end:
        time.sleep(0.1)
