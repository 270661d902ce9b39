"""DATA_DIR as a whole: that it is there, that it holds a club, and that one site at a time is served from it."""

import fcntl
import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

LOCK_NAME = "serve.lock"
LOCK_TRIES = 10
SET_IT = "in the environment or in .env"


def create_data_folder(folder):
    """Create the folder for a new club, readable by its owner only, unless it exists; return whether it is new.

    Its parent must exist, so that a disk which is not mounted is noticed.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    except OSError as error:
        raise CommandError(
            f"DATA_DIR is {folder}, which is not there and can't be created ({error.strerror}). Is its disk mounted?"
            f" Else create the folder above it, or set DATA_DIR to another folder, {SET_IT}."
        ) from error
    return True


def find_folder_problem(folder):
    """Return a sentence about a folder that can't be used, or ""."""
    if not folder.is_dir():
        return (
            f"DATA_DIR is {folder}, and there is no such folder. Is its disk mounted? Else set DATA_DIR to the folder of"
            f" your site, {SET_IT}; `manage.py prepare` creates a new one."
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"DATA_DIR is {folder}, and this process may not write to it. Change the folder's owner or permissions."
    return ""


def find_club_problem():
    """Return a sentence if the database, which answers, holds no club; or ""."""
    if is_database_missing() or "django_migrations" not in connection.introspection.table_names():
        return (
            f"There is no club in the database {connection.settings_dict['NAME']}. Set DATA_DIR or DATABASE_URL to those"
            f" of your site, {SET_IT}; `manage.py prepare` creates a new club."
        )
    return ""


def check_database_is_lasting():
    """Raise CommandError for a database in memory, which ends with this process. Checks and tests may use one."""
    if connection.settings_dict["NAME"] == ":memory:":
        raise CommandError(
            "DATABASE_URL names a database in memory, and nothing in it would last. Remove DATABASE_URL to use a file in"
            f" DATA_DIR, or set it to an address such as postgres://user:password@host/name, {SET_IT}."
        )


def is_database_missing():
    """Return whether SQLite's file does not exist: a connection would create it."""
    name = str(connection.settings_dict["NAME"])
    return connection.vendor == "sqlite" and not name.startswith(("file:", ":memory:")) and not Path(name).exists()


def check_site(folder):
    """Raise CommandError if the folder can't be used or the database holds no club; not if the database is away."""
    problem = find_folder_problem(folder)
    try:
        problem = problem or find_club_problem()
    except DatabaseError:
        return
    if problem:
        raise CommandError(problem)


@contextmanager
def explain_missing_club():
    """End the process with a sentence if a command fails because of the folder, or because there is no club."""
    try:
        yield
    except DatabaseError:
        connection.close()
        try:
            check_site(Path(settings.DATA_DIR))
        except CommandError as problem:
            sys.exit(f"{problem}")
        raise


@contextmanager
def lock_data_folder(folder):
    """Hold the lock of the folder; raise CommandError if another process holds it, or if files can't be locked.

    The lock ends with this process, also if that is killed. Processes that this one starts don't inherit it.
    """
    with (folder / LOCK_NAME).open("a+", encoding="ascii") as file:
        acquire_lock(file, fcntl.LOCK_EX, folder)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def check_is_not_served(folder):
    """Raise CommandError if the site runs from this folder."""
    path = folder / LOCK_NAME
    if path.exists():
        with path.open(encoding="ascii") as file:
            acquire_lock(file, fcntl.LOCK_SH, folder)


def acquire_lock(file, kind, folder):
    try:
        lock_soon(file, kind)
    except BlockingIOError as error:
        file.seek(0)
        raise CommandError(
            f"The site runs already from DATA_DIR, {folder} (process {file.read() or 'unknown'}). Stop it first, or set"
            f" DATA_DIR to another folder, {SET_IT}."
        ) from error
    except OSError as error:
        raise CommandError(f"DATA_DIR is {folder}, and its disk can't lock files: {error.strerror}.") from error


def lock_soon(file, kind):
    """Lock the file; wait a moment for a process that only looks whether it is locked."""
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError):
            return fcntl.flock(file, kind | fcntl.LOCK_NB)
        time.sleep(0.05)
    return fcntl.flock(file, kind | fcntl.LOCK_NB)
