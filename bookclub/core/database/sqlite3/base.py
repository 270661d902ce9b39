"""Django's SQLite backend with connections that stay open.

An open connection can still read when the disk is full or read-only, and opening one takes 2 ms. Before each request,
when Django asks whether a connection is obsolete, this backend checks that its file is still the one at the path:
somebody may have restored a backup.
"""

import time
from pathlib import Path
from urllib.parse import quote

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from bookclub.core.database.errors import Fault, find_fault
from bookclub.core.database.lock_waiting import get_lock_wait_ms

FIRST_TRY_SECONDS, LAST_TRY_SECONDS = 0.02, 0.001  # between two tries to get the write lock: at first, and after 1 s


class DatabaseWrapper(base.DatabaseWrapper):
    # Only `migrate` makes this True. Else, where the database is away for a while, an empty one would take its place.
    may_create_file = False
    # The (device, inode) of the open file; None in memory.
    file_id = None
    busy_timeout_ms = None

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
        self.file_id, self.busy_timeout_ms = self.find_file(), None
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
        """Begin a transaction, which takes the write lock, and wait for the lock in a fair order.

        SQLite tries less often the longer it waits, so that newcomers overtake. Here, who has waited longer tries more
        often.
        """
        began, wait_seconds = time.monotonic(), self.get_lock_wait_ms() / 1000
        self.set_busy_timeout(0)
        try:
            while True:
                try:
                    return super()._start_transaction_under_autocommit()
                except OperationalError as error:
                    waited = time.monotonic() - began
                    if find_fault(error) is not Fault.BUSY or waited >= wait_seconds:
                        raise
                    time.sleep(max(FIRST_TRY_SECONDS - waited / 50, LAST_TRY_SECONDS))
        finally:
            self.limit_lock_waiting()

    def get_lock_wait_ms(self):
        milliseconds = get_lock_wait_ms()
        return self.settings_dict["OPTIONS"].get("timeout", 5) * 1000 if milliseconds is None else milliseconds

    def limit_lock_waiting(self):
        """Tell SQLite how long statements outside of a transaction wait for the write lock."""
        self.set_busy_timeout(int(self.get_lock_wait_ms()))

    def set_busy_timeout(self, milliseconds):
        if milliseconds != self.busy_timeout_ms:
            self.connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
            self.busy_timeout_ms = milliseconds
