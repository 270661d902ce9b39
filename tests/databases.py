"""Databases other than that of the tests, on the same engine."""

import fcntl
import os
import re
import secrets
import shutil
import sqlite3
from contextlib import closing, contextmanager

import psycopg2
from django.core.management import call_command
from django.db import connection

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


@contextmanager
def empty_database(folder):
    """Yield the URL of an empty database: in `folder`, or on the server that TEST_DATABASE_URL names."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{folder}/db.sqlite3"
        return
    name = f"own_{secrets.token_hex(8)}"
    query_database(server, f"CREATE DATABASE {name}")
    try:
        yield re.sub(r"(//[^/]*/)[^?]*", rf"\g<1>{name}", server)
    finally:
        query_database(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def changed_settings(**values):
    """Connect with other settings for a while."""
    before = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(values)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def copy_migrated_database(shared, target):
    """Copy a migrated SQLite database to the path `target`; the first test process migrates it, the others wait."""
    migrated, unfinished = shared / "migrated.sqlite3", shared / "migrated.unfinished"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not migrated.exists():
            with changed_settings(NAME=str(unfinished)):
                call_command("migrate", verbosity=0)
            unfinished.rename(migrated)
    shutil.copy(migrated, target)


def query_database(url, query):
    """Run one statement in a connection of its own; return its rows."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            return connection.execute(query).fetchall()
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []


def list_tables(url):
    vendor = "sqlite" if url.startswith("sqlite:") else "postgresql"
    return sorted(name for (name,) in query_database(url, TABLES[vendor]))


def list_rows():
    """Yield the table and the values of each row that the tests' database holds.

    SQLite can't list the rows of FTS5 tables without content; what they hold stands in tables of their own.
    """
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM pragma_table_list WHERE type = 'virtual'")
            tables -= {name for (name,) in cursor.fetchall()}
        for table in sorted(tables):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - the database's own names
            for row in cursor.fetchall():
                yield table, row
