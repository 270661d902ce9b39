"""Django's PostgreSQL backend with a limit on the time that a thread of the web server waits for a lock."""

from django.conf import settings
from django.db.backends.postgresql import base

from bookclub.core.database.lock_waiting import get_lock_wait_ms


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self):
        super().init_connection_state()
        if get_lock_wait_ms() is not None:
            # For the life of the connection: it belongs to a thread of the web server.
            with self.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {int(settings.WEB_LOCK_WAIT_SECONDS * 1000)}")
