"""Recognise errors of the database or of the disk that mean “not now”, and name them in plain words.

Other errors, such as IntegrityError or “no such table”, are bugs or rules of the data.
"""

import errno
import sqlite3
from enum import Enum

from django import db

from bookclub.core.log_format import mask_secrets


class Fault(Enum):
    """A kind of error: a sentence that names it, and the seconds after which to try again."""

    BUSY = "The database is busy.", 5
    FULL = "The disk is full.", 30
    READ_ONLY = "The database or the disk is read-only.", 30
    DAMAGED = "The database is damaged, or is not a database.", 60
    DISK_ERROR = "The disk reports an error.", 60
    UNREACHABLE = "The database can't be opened or reached.", 30

    def __init__(self, sentence, retry_after_seconds):
        self.sentence = sentence
        self.retry_after_seconds = retry_after_seconds


# https://www.sqlite.org/rescode.html: the last eight bits of an extended code are its primary code.
SQLITE_FAULTS = {
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_INTERRUPT: Fault.BUSY,
    sqlite3.SQLITE_PROTOCOL: Fault.BUSY,  # too many attempts to lock the WAL
    sqlite3.SQLITE_SCHEMA: Fault.BUSY,  # a migration at the same time
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
    sqlite3.SQLITE_IOERR: Fault.DISK_ERROR,
    sqlite3.SQLITE_CANTOPEN: Fault.UNREACHABLE,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: whole codes, or their class (two characters).
POSTGRESQL_FAULTS = {
    "08": Fault.UNREACHABLE,  # connection exceptions, also those of PgBouncer
    "28": Fault.UNREACHABLE,  # the name or the password is refused
    "3D000": Fault.UNREACHABLE,  # no such database
    "53": Fault.BUSY,  # insufficient resources: memory, too many connections
    "53100": Fault.FULL,
    "57": Fault.UNREACHABLE,  # shut down, starting up, ended by an administrator
    "57014": Fault.BUSY,  # statement_timeout
    "25006": Fault.READ_ONLY,
    "25P03": Fault.BUSY,  # idle_in_transaction_session_timeout
    "25P04": Fault.BUSY,  # transaction_timeout
    "40001": Fault.BUSY,  # serialization failure
    "40003": Fault.BUSY,
    "40P01": Fault.BUSY,  # deadlock
    "55P03": Fault.BUSY,  # lock_timeout
    "58": Fault.DISK_ERROR,
    "XX001": Fault.DAMAGED,
    "XX002": Fault.DAMAGED,
}
SYSTEM_FAULTS = {
    errno.ENOSPC: Fault.FULL,
    errno.EDQUOT: Fault.FULL,
    errno.EFBIG: Fault.FULL,  # the limit of a process
    errno.EROFS: Fault.READ_ONLY,
    errno.EIO: Fault.DISK_ERROR,
}


def find_fault(error: BaseException | None) -> Fault | None:
    """Return the fault behind an error, also one raised because of another; None for other errors.

    Django's sessions, for one, raise SessionInterrupted where the database is full.
    """
    cause = find_cause(error)
    return cause and classify_error(cause)


def describe_database_error(error: BaseException) -> str:
    """Return a sentence without secrets for an error of the database or of the disk, with the driver's own first line."""
    cause = find_cause(error) or error
    fault = classify_error(cause)
    words = mask_secrets((str(cause).strip() or type(cause).__name__).splitlines()[0])
    return f"{fault.sentence if fault else 'The database reports an error.'} ({words})"


def find_cause(error):
    """Return the first error of a database driver or of the disk in a chain of exceptions, or None."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if is_from_driver(error):
            return error
        error = error.__cause__ or error.__context__
    return None


def is_from_driver(error):
    if isinstance(error, db.Error):  # usually Django's class around the driver's
        return error.__cause__ is None
    return is_driver_error(error) or (isinstance(error, OSError) and error.errno in SYSTEM_FAULTS)


def is_driver_error(error):
    return isinstance(error, sqlite3.Error) or hasattr(error, "pgcode") or hasattr(error, "sqlstate")


def classify_error(error):
    if isinstance(error, OSError):
        return SYSTEM_FAULTS.get(error.errno)
    if isinstance(error, sqlite3.Error):
        return SQLITE_FAULTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if not is_driver_error(error):  # raised by Django itself, such as “connection already closed”
        return Fault.UNREACHABLE if isinstance(error, (db.InterfaceError, db.OperationalError)) else None
    code = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
    if code:
        return POSTGRESQL_FAULTS.get(code) or POSTGRESQL_FAULTS.get(code[:2])
    return Fault.UNREACHABLE if is_connection_error(error) else None


def is_connection_error(error):
    """Return whether an error without a code comes from the connection: refused, broken off, or closed."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"OperationalError", "InterfaceError"}) or type(error).__name__ == "DatabaseError"
