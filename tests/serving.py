"""The site as `make run` serves it, in a folder and on a port of its own."""

import contextlib
import fcntl
import http.client
import os
import socket
import subprocess
import sys
import time

from bookclub.environment import BASE_DIR


def environment_in(folder, **more):
    """SQLite and everything else in `folder`; without the sample, unless `SAMPLE` says "1"."""
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


def manage(command, environment):
    """`manage.py COMMAND`, started, with what it says in one pipe."""
    return subprocess.Popen(
        [sys.executable, "manage.py", command],
        env=environment,
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def fetch(port, path, headers=None, seconds=20):
    """The response, asked for until the server is there, and its body as it came over the wire."""
    for _ in range(seconds * 10):
        connection = http.client.HTTPConnection("localhost", int(port), timeout=20)
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
    """What `manage.py prepare` said; raises RuntimeError with it where that failed."""
    said, _ = (process := manage("prepare", environment)).communicate()
    if process.returncode:
        raise RuntimeError(said)
    return said


def sample_in(shared):
    """The folder of a prepared sample club, to be copied: made by the test process that comes first."""
    folder, unfinished = shared / "sample", shared / "sample.unfinished"
    with (shared / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            prepare(environment_in(unfinished, SAMPLE="1"))
            unfinished.rename(folder)
    return folder


@contextlib.contextmanager
def serving(environment):
    """The port of a server that answers, in a folder that has been prepared."""
    server = manage("serve", environment)
    try:
        fetch(environment["PORT"], "/healthz")
        yield environment["PORT"]
    finally:
        server.terminate()
        server.communicate()


@contextlib.contextmanager
def served(folder, **more):
    """The port of a server that has been prepared and answers."""
    environment = environment_in(folder, **more)
    prepare(environment)
    with serving(environment) as port:
        yield port
