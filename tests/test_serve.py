"""The two commands behind `make run`."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bookclub.environment import BASE_DIR
from tests.killing import wait_until
from tests.serving import environment_in, fetch, free_port, manage, prepare, serving


@pytest.fixture
def environment(tmp_path):
    return environment_in(tmp_path)


@pytest.fixture
def start():
    """Start `manage.py COMMAND`; it is killed at the end of the test."""
    started = []
    yield lambda *arguments: started.append(manage(*arguments)) or started[-1]
    for process in started:
        process.kill()
        process.communicate(timeout=60)


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


@pytest.mark.all_tests
def test_serve_restarts_killed_processes_for_ever_and_stops_cleanly_on_signal(prepared, start):
    server = start("serve", prepared)
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200
    [mail] = wait_until(lambda: mail_workers(server))

    killed = kill(mail)
    for _ in range(3):
        # Granian gives up when its web process ends soon after it was started.
        killed += kill(*wait_until(lambda: web_processes(prepared, server)))
        assert wait_until(lambda: is_up(prepared))
    [main, other] = wait_until(lambda: len(found := granians(prepared, server)) == 2 and found)
    killed += kill(main)
    assert wait_until(lambda: set(mail_workers(server)) - {mail})
    assert wait_until(lambda: set(granians(prepared, server)) - {main, other})
    assert wait_until(lambda: len(web_processes(prepared, server)) == 2)
    assert not set(killed) & set(web_servers(prepared))

    os.killpg(server.pid, signal.SIGTERM)
    said, _ = server.communicate(timeout=60)
    assert server.returncode == 0
    assert web_servers(prepared) + mail_workers(server) == []
    assert f"The mail worker (process {mail}) has ended: signal SIGKILL. It starts again in 0.5 seconds.\n" in said
    assert f" (process {main}) has ended: signal SIGKILL. It starts again in " in said
    assert len(re.findall(r"The web server [12] \(process \d+\) has ended: signal SIGKILL\. It starts again", said)) > 3


@pytest.mark.all_tests
def test_all_processes_end_with_killed_supervisor_and_another_can_start(prepared, start):
    server = start("serve", prepared)
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200
    assert wait_until(lambda: mail_workers(server) and len(web_processes(prepared, server)) == 2)

    server.kill()

    assert wait_until(lambda: not mail_workers(server) and not web_servers(prepared), seconds=10)
    server.communicate(timeout=60)
    with serving(prepared):
        assert fetch(prepared["PORT"], "/healthz")[0].status == 200
        for command in ("serve", "prepare"):
            second = start(command, prepared | {"PORT": str(free_port())})
            said, _ = second.communicate(timeout=60)
            assert second.returncode == 1
            assert said.startswith(
                f"CommandError: The site runs already from DATA_DIR, {prepared['DATA_DIR']} (process "
            )
            assert said.count("\n") == 1
        finished = subprocess.run([sys.executable, "manage.py", "work", "--once"], env=prepared, cwd=BASE_DIR)
        assert finished.returncode == 0


@pytest.mark.all_tests
def test_port_of_a_site_is_not_given_away_while_its_web_servers_start_again(prepared, start, tmp_path):
    server = start("serve", prepared)
    assert wait_until(lambda: granians(prepared, server))
    other = environment_in(shutil.copytree(prepared["DATA_DIR"], tmp_path / "other"), PORT=prepared["PORT"])

    os.kill(server.pid, signal.SIGSTOP)
    kill(*granians(prepared, server))
    said, _ = (second := start("serve", other)).communicate(timeout=60)

    assert second.returncode == 1
    assert said.startswith(f"CommandError: Cannot listen on 127.0.0.1, port {prepared['PORT']}: ")


@pytest.mark.all_tests
def test_serve_stops_cleanly_on_interrupt(prepared, start):
    server = start("serve", prepared)
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200

    os.killpg(server.pid, signal.SIGINT)

    server.communicate(timeout=60)
    assert server.returncode == 0
    assert web_servers(prepared) + mail_workers(server) == []


@pytest.mark.all_tests
def test_serve_debug_restarts_killed_worker_and_none_outlives_it(prepared, start):
    server = start("serve", prepared | {"DEBUG": "1"})
    [worker] = wait_until(lambda: numbers("manage.py work --parent", within=server))

    os.kill(worker, signal.SIGKILL)

    [again] = wait_until(lambda: set(numbers("manage.py work --parent", within=server)) - {worker})
    os.killpg(server.pid, signal.SIGINT)
    server.communicate(timeout=60)
    assert wait_until(lambda: not is_alive(again))


def web_servers(environment):
    """Granian's own processes, and the web processes that they have started."""
    return numbers(f"--port={environment['PORT']}")


def granians(environment, server):
    return numbers(f"--port={environment['PORT']}", by=server)


def web_processes(environment, server):
    return sorted(set(web_servers(environment)) - set(granians(environment, server)))


def is_up(environment):
    try:
        return fetch(environment["PORT"], "/healthz")[0].status == 200
    except ConnectionResetError:
        return False


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return list(pids)


def mail_workers(server):
    return numbers(f"manage.py work --parent {server.pid}")


def numbers(words, within=None, by=None):
    """Of the processes of this machine whose command holds `words`; of those that `by` has started, or that `within`
    has started, directly or by another.
    """
    rows = [line.split(None, 3) for line in subprocess.run(["ps", "-ewwo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]]  # fmt: skip # noqa: S607 - wherever it is
    parents = {int(pid): int(ppid) for pid, ppid, *_ in rows}
    found = [int(pid) for pid, _, state, args in rows if words in args and not state.startswith("Z")]
    if by is not None:
        return [pid for pid in found if parents[pid] == by.pid]
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
