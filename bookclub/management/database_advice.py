"""Advice for operators on errors of the database at the start, where no page can tell."""

from django.db.migrations.exceptions import MigrationSchemaMissing

from bookclub.core.database.errors import Fault, find_cause, find_fault
from bookclub.core.log_format import mask_secrets

LOCKED = "Another process keeps the database locked. Stop it, or wait until it has finished, then start again."
TOO_MANY = "The database server has no connection left. Stop other programs that use it, or raise its limit."
STARTING = "The database server is starting or stopping. Start again in a minute."
LOGIN = "The database server refuses the user or the password. Check both in DATABASE_URL."
NO_DATABASE = "The database server has no database of this name. Create it, or correct the name in DATABASE_URL."
NO_RIGHT = (
    "The database user lacks a right. Make it the owner of the database, or grant it CREATE on the schema, then start "
    "again."
)
NO_ANSWER = "The database server does not answer. Check that it runs, and that host and port in DATABASE_URL are right."
UNOPENABLE = (
    "The file of the database cannot be opened. Check that its folder exists, that the user of this process may write "
    "there, and that DATABASE_URL or DATA_DIR names the right place."
)
REFUSED = "The database server refuses the connection. Its own words, in brackets, say why."
INVALID_URL = "DATABASE_URL has an option that the database does not understand. Correct or remove it."
BY_FAULT = {
    Fault.BUSY: LOCKED,
    Fault.FULL: "The disk is full. Free some space, then start again.",
    Fault.READ_ONLY: (
        "The database cannot be written: its file, its folder or its disk is read-only, or belongs to another user. Give "
        "the user of this process the right to write there, then start again."
    ),
    Fault.DAMAGED: (
        "The database is damaged, or is not a database. Put the last backup in its place, as the operator's guide "
        "(docs/operators.md) says, or correct DATABASE_URL if it names another file."
    ),
    Fault.DISK_ERROR: "The disk reports an error. Check it and the space that is left on it, then start again.",
    Fault.UNREACHABLE: NO_ANSWER,
}
# By the beginning of an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
BY_CODE = {
    "28": LOGIN,
    "3D000": NO_DATABASE,
    "42501": NO_RIGHT,
    "53200": "The database server is out of memory. Free some, then start again.",
    "53300": TOO_MANY,
    "57014": "The database server has stopped a statement that took too long. Raise its statement_timeout for this user.",
    "57P": STARTING,
}
# libpq gives no code where it can't connect, only its own words or those of the server or of PgBouncer.
BY_WORDS = {
    "could not translate host name": NO_ANSWER,
    "server down": NO_ANSWER,  # PgBouncer
    "pg_hba.conf": LOGIN,
    "password": LOGIN,
    "authentication": LOGIN,
    'role "': LOGIN,
    "no such user": LOGIN,
    "no such database": NO_DATABASE,
    "permission denied": NO_RIGHT,
    'database "': NO_DATABASE,
    "starting up": STARTING,
    "shutting down": STARTING,
    "terminating connection": STARTING,
    "recovery": STARTING,
    "too many": TOO_MANY,
    "connection slots": TOO_MANY,
    "no more connections": TOO_MANY,
    "query_wait_timeout": TOO_MANY,
    "No space left": BY_FAULT[Fault.FULL],
    "invalid": INVALID_URL,
    "FATAL": REFUSED,
    "does not support SSL": REFUSED,
    "certificate": REFUSED,
}


def advise_on_database_error(error: BaseException) -> str:
    """Return one line: what is wrong, what to do, and the driver's words; "" for an error of no known kind."""
    while isinstance(error, MigrationSchemaMissing):
        error = error.__context__
    cause = find_cause(error)
    advice = cause and find_advice(cause)
    return f"{advice} ({mask_secrets(' '.join(str(cause).split()))})" if advice else ""


def find_advice(cause):
    fault = find_fault(cause)
    if hasattr(cause, "sqlite_errorcode"):
        return UNOPENABLE if fault is Fault.UNREACHABLE else BY_FAULT.get(fault)
    if code := getattr(cause, "pgcode", None):
        return next((advice for start, advice in BY_CODE.items() if code.startswith(start)), BY_FAULT.get(fault))
    words = str(cause)
    words = words.partition("failed: ")[2] or words  # before that stand host and port
    known = next((advice for part, advice in BY_WORDS.items() if part in words), None)
    if fault is Fault.UNREACHABLE:
        return known or NO_ANSWER
    return INVALID_URL if known == INVALID_URL and "dsn" in words else BY_FAULT.get(fault)
