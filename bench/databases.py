"""For commands that try the same on SQLite and on PostgreSQL: an empty database of its own for each, in a process."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.serving import environment_in

IN_HERE = "BENCH_FOLDER"


def on_both(module: str, arguments: list[str]) -> bool:
    """Run `python -m MODULE` with `arguments` on one database and then on the other. Whether both ended well."""
    results = [on_one(module, arguments, name) for name in ("SQLite", "PostgreSQL")]
    return all(results)


def on_one(module, arguments, name):
    print(f"{name}:", flush=True)
    beside = [] if name == "SQLite" else ["-W", "ignore", "-m", "tests.postgres", sys.executable]
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_in(folder, **{IN_HERE: folder})
        return subprocess.run([sys.executable, *beside, "-m", module, *arguments], env=environment).returncode == 0


def is_within():
    """Whether this is the process on one database, which `on_both` has started."""
    return IN_HERE in os.environ


@contextmanager
def empty_database():
    """Django, set up on a database that is made for this and dropped afterwards."""
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
