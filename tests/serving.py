"""Run the site as `make run` does, in its own folder and on its own port."""

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from bookclub.environment import BASE_DIR
from tests.logs import find_leaks, read_secrets


def environment_in(folder, **more):
    """Return environment variables for a site in `folder`, with SQLite and, unless `SAMPLE` is "1", without the sample."""
    port = str(free_port())
    own = {
        "ALLOWED_HOSTS": "localhost",
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "bookclub.settings",
        "PORT": port,
        "SAMPLE": "0",
        "SITE_URL": f"http://localhost:{port}",
    }
    return os.environ | own | more


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def restore_interrupt():
    """Undo what a shell does to its background jobs: there Ctrl-C (SIGINT) is ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def manage(command, environment, output=subprocess.PIPE):
    """Start `manage.py COMMAND`; its output and errors share one pipe, or the file `output`."""
    return subprocess.Popen(
        [sys.executable, "manage.py", command],
        env=environment,
        cwd=BASE_DIR,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=restore_interrupt,
    )


def fetch(port, path, headers=None, seconds=120):
    """Return the response and its raw body; repeat the request until the server is up."""
    for _ in range(seconds * 10):
        connection = http.client.HTTPConnection("localhost", int(port), timeout=60)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response, response.read()
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise TimeoutError


def prepare(environment):
    """Run `manage.py prepare` and return its output; raises RuntimeError with it if it fails."""
    said, _ = (process := manage("prepare", environment)).communicate()
    if process.returncode:
        raise RuntimeError(said)
    return said


def sample_in(shared):
    """Return the folder of a prepared sample club; the first test process creates it, the others wait."""
    folder, unfinished = shared / "sample", shared / "sample.unfinished"
    with (shared / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            prepare(environment_in(unfinished, SAMPLE="1"))
            unfinished.rename(folder)
    return folder


@contextlib.contextmanager
def serving(environment, *, may_fail=False):
    """Serve a prepared folder; yields the port once the server answers. Its log is `serve.log` in that folder.

    Unless it `may_fail`, the log must hold no traceback, and in no case a secret.
    """
    # Not a pipe: once it is full, a server that logs would wait for a reader.
    path = Path(environment["DATA_DIR"], "serve.log")
    with path.open("a") as log:
        server = manage("serve", environment, log)
        try:
            fetch(environment["PORT"], "/healthz")
            yield environment["PORT"]
        finally:
            server.terminate()
            server.wait()
    check_output(path.read_text(), environment, may_fail=may_fail)


def check_output(output, environment, *, may_fail=False):
    """Fail if the output holds a traceback, or a token, a session key or an address of the database (SQLite)."""
    path = environment["DATABASE_URL"].removeprefix("sqlite:///")
    leaks = find_leaks(output, read_secrets(path)) if Path(path).is_file() else set()
    if leaks or ("Traceback" in output and not may_fail):
        raise RuntimeError(f"In the log: {leaks}\n{output}")


@contextlib.contextmanager
def served(folder, **more):
    """Prepare `folder` and serve it; yields the port once the server answers."""
    environment = environment_in(folder, **more)
    prepare(environment)
    with serving(environment) as port:
        yield port
