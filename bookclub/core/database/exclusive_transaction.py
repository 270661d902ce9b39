"""A transaction that only one process at a time can have: for migrations and for the sample club."""

import time
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, transaction

from bookclub.core.database.errors import Fault, find_fault
from bookclub.core.database.lock_waiting import limit_lock_waiting

LOCK_NUMBER = 4_726_531_908  # of PostgreSQL's advisory locks; any number that no other program uses
WAIT_SECONDS = 600
# For this transaction only. A server may limit statements and pauses to less than a large table needs; readers must not
# queue for ever behind a change that waits for a table which somebody else keeps.
POSTGRESQL_TIMEOUTS = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "lock_timeout": "30s"}
WAITING = "Another process is changing the database. Waiting until it has finished ..."


class StillLocked(Exception):
    """Another process has kept the lock for the whole time. The text is for an operator."""

    def __init__(self, seconds):
        super().__init__(f"Another process has kept the database locked for {seconds} s. Stop it, then start again.")


@contextmanager
def exclusive_transaction(connection, report, *, foreign_keys=True, wait_seconds=WAIT_SECONDS):
    """Wait until no other process is in such a transaction, then begin one; call `report(WAITING)` once before waiting.

    SQLite's own write lock does it. PostgreSQL's advisory lock belongs to the transaction, because a lock of the session
    would stay with a connection of PgBouncer that other clients use. Both end with the process, even if it is killed.

    Without `foreign_keys`, SQLite doesn't enforce them: only so can it change tables.

    Raises StillLocked after `wait_seconds`.
    """
    deadline, has_reported = time.monotonic() + wait_seconds, False
    with ExitStack() as stack:
        while not try_to_begin(connection, stack, foreign_keys):
            stack.close()
            if not has_reported:
                report(WAITING)
                has_reported = True
            if time.monotonic() > deadline:
                raise StillLocked(wait_seconds)
            time.sleep(0.2)
        yield


def try_to_begin(connection, stack, foreign_keys):
    """Begin a transaction, which `stack` ends; return False if another process has the lock."""
    if connection.vendor == "sqlite":
        return try_to_begin_sqlite(connection, stack, foreign_keys)
    return try_to_begin_postgresql(connection, stack)


def try_to_begin_sqlite(connection, stack, foreign_keys):
    try:
        if not foreign_keys:
            stack.enter_context(foreign_keys_off(connection))
        # A person is soon told about the wait.
        with limit_lock_waiting(time.monotonic() + 1):
            stack.enter_context(transaction.atomic(using=connection.alias))
    except OperationalError as error:
        if find_fault(error) is not Fault.BUSY:
            raise
        return False
    connection.limit_lock_waiting()
    return True


@contextmanager
def foreign_keys_off(connection):
    """SQLite ignores this pragma within a transaction."""
    connection.disable_constraint_checking()
    try:
        yield
    finally:
        connection.enable_constraint_checking()


def try_to_begin_postgresql(connection, stack):
    stack.enter_context(transaction.atomic(using=connection.alias))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_NUMBER])
        [(is_ours,)] = cursor.fetchall()
        if is_ours:
            for name, value in POSTGRESQL_TIMEOUTS.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    return is_ours
