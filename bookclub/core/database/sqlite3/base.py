"""Django's SQLite backend with connections that stay open.

An open connection can still read when the disk is full or read-only, and opening one takes 2 ms. Before each request,
when Django asks whether a connection is obsolete, this backend checks that its file is still the one at the path:
somebody may have restored a backup.
"""

from pathlib import Path
from urllib.parse import quote

from django.db.backends.sqlite3 import base

from bookclub.core.database.lock_waiting import get_lock_wait_ms


class DatabaseWrapper(base.DatabaseWrapper):
    # False where an empty database would be wrong: in the web server and the worker.
    may_create_file = True
    # The (device, inode) of the open file; None in memory.
    file_id = None
    lock_wait_ms = None

    def get_connection_params(self):
        params = super().get_connection_params()
        if not self.may_create_file and not self.is_in_memory_db():
            params["database"] = f"file:{quote(str(params['database']))}?mode=rw"
        return params

    def connect(self):
        super().connect()
        self.limit_lock_waiting()

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        self.file_id, self.lock_wait_ms = self.find_file(), None
        return connection

    def find_file(self):
        """Return the (device, inode) of the file at the path, or None if there is none."""
        try:
            status = Path(self.settings_dict["NAME"]).stat()
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino

    def close_if_unusable_or_obsolete(self):
        super().close_if_unusable_or_obsolete()
        if self.connection is not None and self.file_id is not None and self.find_file() != self.file_id:
            self.close()
        if self.connection is not None:
            self.limit_lock_waiting()

    def _start_transaction_under_autocommit(self):
        self.limit_lock_waiting()
        super()._start_transaction_under_autocommit()

    def limit_lock_waiting(self):
        """Tell SQLite how long this thread may still wait for the write lock: see `limit_lock_waiting`."""
        milliseconds = get_lock_wait_ms()
        if milliseconds is None:
            milliseconds = self.settings_dict["OPTIONS"].get("timeout", 5) * 1000
        if milliseconds != self.lock_wait_ms:
            self.connection.execute(f"PRAGMA busy_timeout = {int(milliseconds)}")
            self.lock_wait_ms = milliseconds
