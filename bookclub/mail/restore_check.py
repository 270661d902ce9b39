"""Detect that the database is a restored backup, in which mail that was sent later is still queued.

Each machine stores in a file when one of its workers last wrote to the database. If the last worker in the database is
older than that, the database is a backup. If a machine has no such file, and there is queued mail that another machine
may have sent, it may be one. In both cases sending is paused until an organiser has checked.
"""

import datetime as dt
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookclub.mail.models import Worker

TOLERANCE = dt.timedelta(minutes=1)
# If no worker was seen for this long, no other machine is sending.
NO_OTHER_WORKER = dt.timedelta(minutes=10)
STALE = dt.timedelta(days=1)


class RestoreCheck:
    """`last_write_at` is the time of this machine's last write to the database, or None if unknown."""

    def __init__(self):
        self.path = Path(settings.DATA_DIR) / "worker-was-here"
        try:
            self.last_write_at = parse_datetime(self.path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            self.last_write_at = None

    def remember(self, moment):
        """Replace the file atomically. If the disk is full, the old file stays, and the worker goes on."""
        self.last_write_at = moment
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            new.write_text(moment.isoformat(), encoding="ascii")
            new.replace(self.path)
        except OSError:
            new.unlink(missing_ok=True)

    def find_suspicion(self, at=None, queues=()) -> str:
        """Return the reason why mail in `queues` may have been sent already, or "". A few queries."""
        at = at or timezone.now()
        seen_at, last_write_at = Worker.objects.last_seen_at(), self.last_write_at
        models = {queue.model for queue in queues}
        if seen_at is None and not any(model.objects.exists() for model in models):
            return ""  # a new database in place of a deleted one
        if last_write_at and (seen_at is None or seen_at < last_write_at - TOLERANCE):
            return f"This machine sent mail on {format_moment(last_write_at)}, and the database knows nothing of it."
        if seen_at is None or seen_at > at - (STALE if last_write_at else NO_OTHER_WORKER):
            return ""
        since = at - STALE if last_write_at else seen_at
        number = sum(model.objects.count_possibly_sent(since, at) for model in models)
        return f"Mail older than the last worker, of {format_moment(seen_at)}, waits: {number}." if number else ""


def format_moment(moment):
    return f"{moment:%-d %B %Y, %H:%M} UTC"
