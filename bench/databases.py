"""Run a command on SQLite and on PostgreSQL, each in a process with an empty database of its own."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.serving import environment_in

IN_HERE = "BENCH_FOLDER"


def on_both(module: str, arguments: list[str]) -> bool:
    """Run `python -m MODULE` with `arguments` on each database; return whether both succeeded."""
    results = [on_one(module, arguments, name) for name in ("SQLite", "PostgreSQL")]
    return all(results)


def on_one(module, arguments, name):
    print(f"{name}:", flush=True)
    beside = [] if name == "SQLite" else ["-W", "ignore", "-m", "tests.postgres", sys.executable]
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_in(folder, **{IN_HERE: folder})
        return subprocess.run([sys.executable, *beside, "-m", module, *arguments], env=environment).returncode == 0


def is_within():
    """Return whether `on_both` has started this process."""
    return IN_HERE in os.environ


@contextmanager
def empty_database():
    """Set up Django on a database that is created for this and dropped afterwards."""
    import django  # noqa: PLC0415 - the settings read what is said here
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    if "TEST_DATABASE_URL" in os.environ:
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
    else:
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(Path(os.environ[IN_HERE], "bench.sqlite3"))
    django.setup()
    name = settings.DATABASES["default"]["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def wait_for_the_disk():
    """Make PostgreSQL flush each commit, as in production; the tests' server doesn't."""
    from django.db import connection  # noqa: PLC0415 - Django is set up by now

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in ("ALTER SYSTEM RESET fsync", "ALTER SYSTEM RESET synchronous_commit"):
                cursor.execute(statement)
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()


def send_everything():
    """Send mail as a worker does, until none is due."""
    from bookclub.mail.sender import MailSender  # noqa: PLC0415 - Django is set up by now
    from bookclub.management.commands.work import QUEUES  # noqa: PLC0415 - the same

    MailSender(QUEUES).send_due()
