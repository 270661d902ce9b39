"""The two commands behind `make run`."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

from tests.serving import environment_in, fetch, manage, prepare


@pytest.fixture
def environment(tmp_path):
    return environment_in(tmp_path)


@pytest.fixture
def prepared(sample, tmp_path):
    """The environment of the sample club."""
    return environment_in(shutil.copytree(sample, tmp_path / "data"))


def test_prepare_says_where_the_site_is_and_may_be_repeated(environment, tmp_path):
    (tmp_path / "organiser.txt").write_text("E-mail: olga@example.org\nPassword: between us\n")

    for _ in range(2):
        said = prepare(environment)

        assert f"http://localhost:{environment['PORT']}" in said
        assert str(tmp_path / "organiser.txt") in said
        assert "between us" not in said, "a log is no place for a password"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_it_is_told_to_end_and_leaves_nothing_running(prepared, ending):
    server = manage("serve", prepared)
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200

    os.killpg(server.pid, ending)

    server.communicate(timeout=10)
    assert server.returncode == 0
    assert running(prepared["PORT"]) == set()


def test_serve_puts_a_new_worker_in_the_place_of_one_that_was_killed(prepared):
    server = manage("serve", prepared)
    fetch(prepared["PORT"], "/healthz")
    before = running(prepared["PORT"])
    youngest = max(before)

    os.kill(youngest, signal.SIGKILL)
    for _ in range(100):
        after = running(prepared["PORT"])
        if youngest not in after and len(after) == len(before):
            break
        time.sleep(0.1)

    assert fetch(prepared["PORT"], "/healthz")[0].status == 200
    assert youngest not in after
    assert len(after) == len(before)
    server.terminate()
    server.communicate(timeout=10)


def running(port):
    """The numbers of the processes that serve on this port."""
    every = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S607 - wherever it is
    return {int(line.split()[0]) for line in every if f"--port={port}" in line}


def test_serve_says_that_its_port_is_taken(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        said, _ = manage("serve", environment).communicate()

    reason = f"Nothing can listen on 127.0.0.1, port {environment['PORT']}: Address already in use. Set HOST or PORT."
    assert said == f"CommandError: {reason}\n"
