"""The backend's connections: they stay open, notice another file, never create one, and wait for a limited time."""

import shutil
import sqlite3
import time
from contextlib import closing

import pytest
from django.db import OperationalError, connections

from bookclub.core.database.lock_waiting import limit_lock_waiting
from bookclub.core.database.sqlite3.base import DatabaseWrapper

pytestmark = pytest.mark.django_db  # allows connections; these have their own file


@pytest.fixture
def file(tmp_path):
    return make_file(tmp_path / "club?a b%.sqlite3", "ours")


def make_file(path, name):
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode=WAL; CREATE TABLE club (name)")
        database.execute("INSERT INTO club VALUES (?)", [name])
        database.commit()
    return path


@pytest.fixture
def connection(file):
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    settings = connections.configure_settings(
        {"default": {"ENGINE": "bookclub.core.database.sqlite3", "NAME": str(file), "OPTIONS": options}}
    )["default"]
    wrapper = DatabaseWrapper(settings | {"CONN_MAX_AGE": None}, "default")
    yield wrapper
    wrapper.close()


def read_name(connection):
    with connection.cursor() as cursor:
        return cursor.execute("SELECT name FROM club").fetchone()[0]


def begin_request(connection):
    connection.close_if_unusable_or_obsolete()


def test_connection_stays_open_between_requests(connection):
    read_name(connection)
    opened = connection.connection

    begin_request(connection)

    assert connection.connection is opened


def test_replaced_file_is_read_from_the_next_request_on(connection, file, tmp_path):
    assert read_name(connection) == "ours"
    make_file(tmp_path / "backup", "restored").replace(file)

    assert read_name(connection) == "ours"
    begin_request(connection)
    assert read_name(connection) == "restored"


def test_deleted_file_is_an_error_and_is_not_created(connection, file, tmp_path):
    read_name(connection)
    saved = shutil.copy(file, tmp_path / "saved")
    file.unlink()

    begin_request(connection)
    with pytest.raises(OperationalError, match="unable to open database file"):
        read_name(connection)
    assert not file.exists()

    shutil.move(saved, file)
    begin_request(connection)
    assert read_name(connection) == "ours"


def test_file_that_is_gone_is_created_where_that_is_allowed(connection, file):
    file.unlink()
    connection.may_create_file = True

    connection.ensure_connection()

    assert file.exists()


def test_open_connection_reads_where_the_folder_can_no_longer_be_opened(connection, file):
    """As on a full disk: another connection would have to create files."""
    read_name(connection)
    file.parent.rename(file.parent.with_name("gone"))

    assert read_name(connection) == "ours"


@pytest.mark.parametrize("is_in_transaction", [True, False])
def test_writer_waits_for_the_lock_no_longer_than_its_limit(connection, file, is_in_transaction):
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()

        with limit_lock_waiting(began + 0.3):
            begin_request(connection)
            with pytest.raises(OperationalError, match="locked"):
                write(connection, is_in_transaction)

        assert 0.2 < time.monotonic() - began < 15, "the timeout of commands is 20 s"


def write(connection, is_in_transaction):
    connection.ensure_connection()
    if is_in_transaction:
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    else:
        connection.cursor().execute("INSERT INTO club VALUES ('new')")


def test_all_transactions_of_a_request_wait_together_no_longer_than_its_limit(connection):
    connection.ensure_connection()

    with limit_lock_waiting(time.monotonic() - 1):
        begin_request(connection)
        assert busy_timeout(connection) == 1
    begin_request(connection)
    assert busy_timeout(connection) == 20_000


def busy_timeout(connection):
    return connection.connection.execute("PRAGMA busy_timeout").fetchone()[0]
