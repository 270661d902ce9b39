"""A limit on the time that the current thread waits for locks of the database.

Without one, the time-out of the connection applies.
"""

import threading
import time
from contextlib import contextmanager

_limits = threading.local()


@contextmanager
def limit_lock_waiting(deadline):
    """Let this thread wait for database locks until `deadline` (monotonic), whatever number of them it needs."""
    _limits.deadline = deadline
    try:
        yield
    finally:
        _limits.deadline = None


def get_lock_wait_ms():
    """Return the milliseconds that are left, at least 1, or None without a limit."""
    deadline = getattr(_limits, "deadline", None)
    return None if deadline is None else max(int((deadline - time.monotonic()) * 1000), 1)
