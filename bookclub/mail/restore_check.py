"""Detect that the database is a restored backup, which doesn't know what was sent after it was made.

Each machine stores in a file when one of its workers last wrote to the database. If the last worker that the database
knows of is older than that, it is a backup. If a machine has no such file, and mail waits that another machine may have
sent, nobody can tell. In both cases a person has to look before anything is sent.
"""

import datetime as dt
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookclub.mail.models import Worker

TOLERANCE = dt.timedelta(minutes=1)
# Without a worker for so long, no other machine is sending what waits.
NO_OTHER_WORKER = dt.timedelta(minutes=10)
STALE = dt.timedelta(days=1)


class RestoreCheck:
    """`last_write_at` is when this machine last wrote to the database, or None where it doesn't know."""

    def __init__(self):
        self.path = Path(settings.DATA_DIR) / "worker-was-here"
        try:
            self.last_write_at = parse_datetime(self.path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            self.last_write_at = None

    def remember(self, moment):
        """Replace the file as a whole. Where the disk is full the old one stays, and the worker goes on."""
        self.last_write_at = moment
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            new.write_text(moment.isoformat(), encoding="ascii")
            new.replace(self.path)
        except OSError:
            new.unlink(missing_ok=True)

    def find_suspicion(self, at=None, queues=()) -> str:
        """Return why mail in `queues` may have been sent already, or nothing. A few queries."""
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
