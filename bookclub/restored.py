"""Whether this database has gone back in time: a backup that was restored knows nothing of what was sent since.

Each machine remembers in a file when one of its workers last wrote to the database. Where the database's own memory
ends before that, it is an older one; where a machine remembers nothing, and mail waits that may have been sent from
elsewhere, nobody can tell. Then a person has to look before anything leaves.
"""

import datetime as dt
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookclub.outbox import OutgoingMail, Worker

SLACK = dt.timedelta(minutes=1)
# Since so long no worker was there: then nobody else is just sending what waits.
ALONE = dt.timedelta(minutes=10)
STALE = dt.timedelta(days=1)


class Memory:
    """When this machine, as far as it knows, last wrote to the database."""

    def __init__(self):
        self.path = Path(settings.DATA_DIR) / "worker-was-here"
        self.moment = self.read()

    def read(self):
        try:
            return parse_datetime(self.path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return None

    def keep(self, moment):
        """The whole file or, where the disk is full, the old one; a worker goes on without."""
        self.moment = moment
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            new.write_text(moment.isoformat(), encoding="ascii")
            new.replace(self.path)
        except OSError:
            new.unlink(missing_ok=True)


def doubts(remembered, at=None, queues=(OutgoingMail.objects,)) -> str:
    """Why what waits in this database may have been sent already; nothing, if all is well. A few queries.

    `remembered` is when this machine last wrote to it, or None. `queues` hold what is Posted.
    """
    at = at or timezone.now()
    seen = Worker.objects.last_seen_at()
    models = {queue.model for queue in queues}
    if seen is None and not any(model.objects.exists() for model in models):
        return ""  # a new database, in the place of one that was thrown away
    if remembered and (seen is None or seen < remembered - SLACK):
        return f"This machine sent mail on {in_words(remembered)}, and the database knows nothing of it."
    if seen is None or seen > at - (STALE if remembered else ALONE):
        return ""
    since = at - STALE if remembered else seen
    old = sum(model.objects.left_over(since, at) for model in models)
    return f"Mail waits that is older than the last worker, of {in_words(seen)}: {old}." if old else ""


def in_words(moment):
    return f"{moment:%-d %B %Y, %H:%M} UTC"
