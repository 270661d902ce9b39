"""The two commands behind `make run`, in a folder and on a port of their own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from bookclub.environment import BASE_DIR


@pytest.fixture
def manage(tmp_path):
    """Starts `manage.py` as an operator would; returns the process. What still runs after the test is ended."""
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "bookclub.settings",
        "PORT": str(free_port()),
        "SAMPLE": "0",
    }
    processes = []

    def start(command, **more):
        process = subprocess.Popen(
            [sys.executable, "manage.py", command],
            env=environment | more,
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        process.port = environment["PORT"]
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_of(port, path, seconds=20):
    """Asked for until the server is there."""
    for _ in range(seconds * 10):
        connection = http.client.HTTPConnection("localhost", port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise TimeoutError


def test_prepare_says_where_the_site_is_and_may_be_repeated(manage, tmp_path):
    (tmp_path / "organiser.txt").write_text("E-mail: olga@example.org\nPassword: between us\n")

    for _ in range(2):
        process = manage("prepare")
        output, _ = process.communicate()

        assert process.returncode == 0
        assert "http://localhost:" in output
        assert str(tmp_path / "organiser.txt") in output
        assert "between us" not in output, "a log is no place for a password"


@pytest.mark.parametrize("ends_with", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_it_is_told_to_end_and_leaves_nothing_running(manage, ends_with):
    assert manage("prepare").wait() == 0
    server = manage("serve")
    assert status_of(server.port, "/healthz") == 200

    server.send_signal(ends_with)

    assert server.wait(timeout=10) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(server.pid, 0)


def test_serve_says_that_its_port_is_taken(manage):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        output, _ = manage("serve", PORT=str(port)).communicate()

    assert output == (
        f"CommandError: Nothing can listen on 127.0.0.1, port {port}: Address already in use. Set HOST or PORT.\n"
    )
