"""Errors that are faults, and others. tests/test_database_faults.py has real ones of each engine."""

import errno
import sqlite3
from contextlib import suppress

import psycopg2
import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from bookclub.core.database.errors import Fault, describe_database_error, find_fault
from bookclub.core.models import Club
from tests.factories import make_mail, make_member

pytestmark = pytest.mark.both_databases


def error_of(sql):
    with pytest.raises(DatabaseError) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return raised.value


@pytest.mark.parametrize("sql", ["SELECT * FROM no_such_table", "SELECT no_such_column FROM members_member", "SELEKT"])
def test_mistake_in_a_query_is_no_fault(db, sql):
    error = error_of(sql)

    assert isinstance(error, (OperationalError, ProgrammingError))
    assert find_fault(error) is None


def test_broken_constraint_is_no_fault(db, alice):
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        make_member(email=alice.email)

    assert find_fault(raised.value) is None


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        PermissionError(errno.EACCES, "Permission denied"),
        FileNotFoundError(errno.ENOENT, "No such file"),
        DatabaseError("Save with update_fields did not affect any rows."),
        DataError("too long"),
        sqlite3.ProgrammingError("Cannot operate on a closed database."),
        psycopg2.ProgrammingError("no results to fetch"),
        None,
    ],
)
def test_other_error_is_no_fault(error):
    assert find_fault(error) is None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), Fault.FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), Fault.FULL),
        (OSError(errno.EROFS, "Read-only file system"), Fault.READ_ONLY),
        (OSError(errno.EIO, "Input/output error"), Fault.DISK_ERROR),
        (InterfaceError("connection already closed"), Fault.UNREACHABLE),
        (psycopg2.OperationalError("server closed the connection unexpectedly"), Fault.UNREACHABLE),
        (psycopg2.DatabaseError("error with status PGRES_TUPLES_OK and no message from the libpq"), Fault.UNREACHABLE),
    ],
)
def test_fault_without_a_code_of_the_database(error, fault):
    assert find_fault(error) is fault


def raise_chain(*errors):
    """Raise each error while the one before it is handled, and return the last."""
    error = errors[0]
    for following in errors[1:]:
        following.__context__ = error
        error = following
    return error


def test_fault_is_found_behind_the_errors_that_followed():
    full = OSError(errno.ENOSPC, "No space left on device")

    assert find_fault(raise_chain(full, RuntimeError(), SessionInterrupted())) is Fault.FULL


READ_ONLY = {"sqlite": "PRAGMA query_only = 1", "postgresql": "SET TRANSACTION READ ONLY"}[connection.vendor]


@pytest.mark.django_db(transaction=True)
def test_query_after_a_swallowed_fault_in_a_transaction_is_a_fault_as_well():
    """Django refuses it with a TransactionManagementError, which is no fault by its class."""
    with pytest.raises(transaction.TransactionManagementError) as raised, transaction.atomic():  # noqa: PT012
        with connection.cursor() as cursor:
            cursor.execute(READ_ONLY)
        with suppress(DatabaseError):
            make_mail()
        Club.objects.exists()
    connection.close()  # and with it the setting

    assert find_fault(raised.value) is Fault.READ_ONLY


def test_broken_constraint_after_a_handled_fault_is_no_fault(db, alice):
    with pytest.raises(IntegrityError) as raised:  # noqa: PT012 - the second of two errors
        try:
            raise OperationalError
        except OperationalError:
            with transaction.atomic():
                make_member(email=alice.email)

    assert find_fault(raised.value) is None


def test_description_is_one_line_without_secrets():
    error = psycopg2.OperationalError(
        'no server at "postgres://club:correct-horse@db.example.org/club"\n\tIs it running?'
    )

    assert describe_database_error(error) == (
        'The database can\'t be opened or reached. (no server at "postgres://***@db.example.org/club")'
    )


def test_description_of_a_mistake_says_what_the_database_says(db):
    assert "no_such_table" in describe_database_error(error_of("SELECT * FROM no_such_table"))
