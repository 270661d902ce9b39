"""The two commands behind `make run`."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.killing import wait_until
from tests.serving import environment_in, fetch, manage, prepare


@pytest.fixture
def environment(tmp_path):
    return environment_in(tmp_path)


@pytest.fixture
def prepared(sample, tmp_path):
    """The environment of the sample club."""
    return environment_in(shutil.copytree(sample, tmp_path / "data"))


def test_prepare_prints_site_address_and_is_repeatable(prepared):
    password = Path(prepared["DATA_DIR"], "organiser.txt")
    password.write_text("E-mail: olga@example.org\nPassword: between us\n")

    said = prepare(prepared)

    assert f"http://localhost:{prepared['PORT']}" in said
    assert str(password) in said
    assert "between us" not in said, "a log is no place for a password"


def test_serve_restarts_killed_processes_and_stops_cleanly_on_signal(prepared):
    server = manage("serve", prepared)
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200
    web, [mail] = web_servers(prepared), wait_until(lambda: mail_workers(server))

    os.kill(max(web), signal.SIGKILL)
    os.kill(mail, signal.SIGKILL)
    assert wait_until(lambda: set(mail_workers(server)) - {mail})
    assert wait_until(lambda: max(web) not in (now := web_servers(prepared)) and len(now) == len(web))
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200

    os.killpg(server.pid, signal.SIGTERM)
    server.communicate(timeout=60)
    assert server.returncode == 0
    assert web_servers(prepared) + mail_workers(server) == []


def test_mail_worker_does_not_outlive_killed_server(prepared):
    server = manage("serve", prepared)
    assert wait_until(lambda: mail_workers(server))

    server.kill()

    assert wait_until(lambda: not mail_workers(server))
    os.kill(min(web_servers(prepared)), signal.SIGTERM)
    server.communicate(timeout=60)


@pytest.mark.all_tests
def test_serve_stops_cleanly_on_interrupt(prepared):
    server = manage("serve", prepared)
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200

    os.killpg(server.pid, signal.SIGINT)

    server.communicate(timeout=60)
    assert server.returncode == 0
    assert web_servers(prepared) + mail_workers(server) == []


@pytest.mark.all_tests
def test_serve_debug_restarts_killed_worker_and_none_outlives_it(prepared):
    server = manage("serve", prepared | {"DEBUG": "1"})
    [worker] = wait_until(lambda: numbers("manage.py work --parent", within=server))

    os.kill(worker, signal.SIGKILL)

    [again] = wait_until(lambda: set(numbers("manage.py work --parent", within=server)) - {worker})
    os.killpg(server.pid, signal.SIGINT)
    server.communicate(timeout=60)
    assert wait_until(lambda: not is_alive(again))


def web_servers(environment):
    return numbers(f"--port={environment['PORT']}")


def mail_workers(server):
    return numbers(f"manage.py work --parent {server.pid}")


def numbers(words, within=None):
    """Of the processes of this machine whose command holds `words`; of those that `within` has started, directly or
    by another.
    """
    rows = [line.split(None, 3) for line in subprocess.run(["ps", "-ewwo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]]  # fmt: skip # noqa: S607 - wherever it is
    parents = {int(pid): int(ppid) for pid, ppid, *_ in rows}
    found = [int(pid) for pid, _, state, args in rows if words in args and not state.startswith("Z")]
    return [pid for pid in found if within is None or within.pid in ancestors(pid, parents)]


def ancestors(pid, parents):
    while pid in parents:
        pid = parents[pid]
        yield pid


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_serve_reports_taken_port(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        said, _ = manage("serve", environment).communicate()

    reason = f"Cannot listen on 127.0.0.1, port {environment['PORT']}: Address already in use. Change HOST or PORT."
    assert said == f"CommandError: {reason}\n"
