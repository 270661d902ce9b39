"""The two commands behind `make run`."""

import os
import signal
import socket
import subprocess
import time

import pytest

from tests.serving import environment_in, fetch, manage


@pytest.fixture
def environment(tmp_path):
    return environment_in(tmp_path)


def prepare(environment):
    """What it said."""
    process = manage("prepare", environment)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return said


def test_prepare_says_where_the_site_is_and_may_be_repeated(environment, tmp_path):
    (tmp_path / "organiser.txt").write_text("E-mail: olga@example.org\nPassword: between us\n")

    for _ in range(2):
        said = prepare(environment)

        assert f"http://localhost:{environment['PORT']}" in said
        assert str(tmp_path / "organiser.txt") in said
        assert "between us" not in said, "a log is no place for a password"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_it_is_told_to_end_and_leaves_nothing_running(environment, ending):
    prepare(environment)
    server = manage("serve", environment)
    assert fetch(environment["PORT"], "/healthz")[0].status == 200

    os.killpg(server.pid, ending)

    server.communicate(timeout=10)
    assert server.returncode == 0
    assert [line for line in processes() if f"--port={environment['PORT']}" in line] == []


def test_serve_puts_a_new_worker_in_the_place_of_one_that_was_killed(environment):
    prepare(environment)
    server = manage("serve", environment)
    fetch(environment["PORT"], "/healthz")
    children = [line for line in processes() if f"--port={environment['PORT']}" in line]
    youngest = max(int(line.split()[0]) for line in children)

    os.kill(youngest, signal.SIGKILL)
    time.sleep(3)

    assert fetch(environment["PORT"], "/healthz")[0].status == 200
    assert len([line for line in processes() if f"--port={environment['PORT']}" in line]) == len(children)
    server.terminate()
    server.communicate(timeout=10)


def processes():
    """A line for each process of this machine: its number and its command."""
    return subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S607 - wherever it is


def test_serve_says_that_its_port_is_taken(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        said, _ = manage("serve", environment).communicate()

    reason = f"Nothing can listen on 127.0.0.1, port {environment['PORT']}: Address already in use. Set HOST or PORT."
    assert said == f"CommandError: {reason}\n"
