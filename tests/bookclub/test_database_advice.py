"""Advice at the start for faults of the database, each a real error of its driver."""

import os
import re
import socketserver
import sqlite3
import struct
import threading
from contextlib import closing, contextmanager

import pytest
from django.db import ConnectionHandler, connection

from bookclub.core.database.exclusive_transaction import LOCK_NUMBER, WAITING, StillLocked, exclusive_transaction
from bookclub.environment import env
from bookclub.management.database_advice import advise_on_database_error
from tests.databases import empty_database, query_database
from tests.serving import environment_in
from tests.small_project import run, write_small_project

NO_ENCRYPTION = (80877103, 80877104)  # what a client asks for first: SSLRequest, GSSENCRequest
REFUSALS = [
    (
        "28P01",
        'password authentication failed for user "olga"',
        "The database server refuses the user or the password.",
    ),
    ("28000", 'role "olga" does not exist', "The database server refuses the user or the password."),
    ("28000", 'no pg_hba.conf entry for host "10.0.0.9"', "The database server refuses the user or the password."),
    ("3D000", 'database "club" does not exist', "The database server has no database of this name."),
    ("42501", 'permission denied for database "club"', "The database user lacks a right."),
    ("53300", "sorry, too many clients already", "The database server has no connection left."),
    ("57P03", "the database system is starting up", "The database server is starting or stopping."),
    ("57P03", "the database system is shutting down", "The database server is starting or stopping."),
    ("08P01", "no such database: club", "The database server has no database of this name."),
    ("08P01", "query_wait_timeout", "The database server has no connection left."),
    ("08P01", "client_login_timeout (server down)", "The database server does not answer."),
    ("XX000", "something new", "The database server refuses the connection."),
]


@contextmanager
def refusing_server(code, message):
    """Yield the port of a PostgreSQL server that answers every login with this error."""
    fields = b"".join(kind + text.encode() + b"\0" for kind, text in ((b"S", "FATAL"), (b"C", code), (b"M", message)))

    class Refusal(socketserver.StreamRequestHandler):
        def handle(self):
            while True:
                length, version = struct.unpack("!II", self.rfile.read(8))
                if version not in NO_ENCRYPTION:
                    break
                self.wfile.write(b"N")
            self.rfile.read(length - 8)
            self.wfile.write(b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0")

    with socketserver.TCPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def advice_for(monkeypatch, url, statement="SELECT 1", **options):
    """Return the advice about the error of a connection to `url`, or of a statement."""
    monkeypatch.setenv("OWN_DATABASE_URL", url)
    settings = env.dj_db_url("OWN_DATABASE_URL")
    settings["OPTIONS"] = settings.get("OPTIONS", {}) | options
    own = ConnectionHandler({"default": settings})["default"]
    try:
        with own.cursor() as cursor:
            cursor.execute(statement)
    except Exception as error:
        return advise_on_database_error(error)
    finally:
        own.close()
    return None


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "message", "sentence"), REFUSALS)
def test_start_explains_why_postgresql_refuses(monkeypatch, code, message, sentence):
    with refusing_server(code, message) as port:
        advice = advice_for(monkeypatch, f"postgres://olga:between-us@127.0.0.1:{port}/club")

    assert advice.startswith(sentence)
    assert message in advice
    assert "between-us" not in advice


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgres://olga@127.0.0.1:1/club", "The database server does not answer."),
        ("postgres://olga@password.invalid/club", "The database server does not answer."),
        ("postgres://olga@127.0.0.1:1/club?colour=blue", "DATABASE_URL has an option that the database does not"),
        ("postgres://olga@127.0.0.1:1/club?sslmode=perhaps", "DATABASE_URL has an option that the database does not"),
    ],
)
def test_start_explains_a_wrong_address(monkeypatch, url, sentence):
    assert advice_for(monkeypatch, url).startswith(sentence)


@pytest.mark.django_db
def test_start_explains_faults_of_sqlite(monkeypatch, tmp_path):
    url = f"sqlite:///{tmp_path}/db.sqlite3"
    fill = "CREATE TABLE shelf AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) SELECT i FROM n"
    (tmp_path / "letters.txt").write_text("These are letters, and no database at all. " * 99)

    assert advice_for(monkeypatch, f"sqlite:///{tmp_path}/nowhere/db.sqlite3").startswith(
        "The file of the database cannot"
    )
    assert advice_for(monkeypatch, f"sqlite:///{tmp_path}/letters.txt", "SELECT * FROM sqlite_master").startswith(
        "The database is damaged, or is not a database."
    )
    assert advice_for(monkeypatch, url, fill, init_command="PRAGMA max_page_count = 9").startswith("The disk is full.")
    assert advice_for(monkeypatch, url, fill, init_command="PRAGMA query_only = 1").startswith(
        "The database cannot be written"
    )
    with closing(sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert advice_for(monkeypatch, url, fill, timeout=0).startswith("Another process keeps the database locked.")
    assert advice_for(monkeypatch, url, "SELECT nothing FROM nowhere") == ""


@pytest.mark.both_databases
def test_migrate_explains_a_missing_right(tmp_path):
    with empty_database(tmp_path) as url:
        if connection.vendor == "postgresql":
            name = re.search(r"//[^/]*/(\w+)", url)[1]
            query_database(url, f"CREATE ROLE reader_of_{name} LOGIN")
            own, sentence = re.sub("//[^/]*/", f"//reader_of_{name}@/", url), "The database user lacks a right."
            query_database(url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        else:
            own, sentence = url, "The database cannot be written"
        environment = environment_in(tmp_path, DATABASE_URL=own)
        write_small_project(environment, tmp_path, [""])
        if connection.vendor == "sqlite":
            with (tmp_path / "small_settings.py").open("a") as settings:
                settings.write('DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA query_only = 1"\n')
        code, _, errors = run(environment, "manage.py", "migrate", "-v0")
        if connection.vendor == "postgresql":
            query_database(os.environ["TEST_DATABASE_URL"], f"DROP ROLE reader_of_{name}")

    assert code == 1
    assert errors.startswith(f"CommandError: {sentence}"), errors
    assert errors.count("\n") == 1


@pytest.mark.both_databases
def test_exclusive_transaction_gives_up_in_the_end(transactional_db):
    said, is_sqlite = [], connection.vendor == "sqlite"
    take_lock = "BEGIN IMMEDIATE" if is_sqlite else f"SELECT pg_try_advisory_xact_lock({LOCK_NUMBER})"

    with closing(connection.get_new_connection(connection.get_connection_params())) as other:
        cursor = other.cursor()
        cursor.execute(take_lock)
        blocked = exclusive_transaction(connection, said.append, wait_seconds=1)
        with pytest.raises(StillLocked, match="Another process has kept the database locked for 1 s"):
            blocked.__enter__()
        other.rollback()

        with exclusive_transaction(connection, said.append):
            assert connection.in_atomic_block
        # Nothing stays with the connection, which may be PgBouncer's and serve others next.
        cursor.execute(take_lock)
        assert is_sqlite or cursor.fetchone() == (True,)
        other.rollback()

    assert said == [WAITING]
