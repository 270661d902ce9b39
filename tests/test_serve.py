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
    assert soon(lambda: mail_workers(server))

    os.killpg(server.pid, ending)

    server.communicate(timeout=10)
    assert server.returncode == 0
    assert web_servers(prepared) + mail_workers(server) == []


def test_serve_puts_a_new_worker_in_the_place_of_one_that_was_killed_and_no_worker_outlives_it(prepared):
    server = manage("serve", prepared)
    fetch(prepared["PORT"], "/healthz")
    web, [mail] = web_servers(prepared), soon(lambda: mail_workers(server))

    os.kill(max(web), signal.SIGKILL)
    os.kill(mail, signal.SIGKILL)

    assert soon(lambda: set(mail_workers(server)) - {mail})
    assert soon(lambda: max(web) not in (now := web_servers(prepared)) and len(now) == len(web))
    assert fetch(prepared["PORT"], "/healthz")[0].status == 200

    server.kill()
    assert soon(lambda: not mail_workers(server))
    os.kill(min(web), signal.SIGTERM)
    server.communicate(timeout=10)


def test_while_developing_a_killed_worker_is_started_again_and_none_outlives_the_server(prepared):
    server = manage("serve", prepared | {"DEBUG": "1"})
    [worker] = soon(lambda: numbers("manage.py work --parent", within=server))

    os.kill(worker, signal.SIGKILL)

    [again] = soon(lambda: set(numbers("manage.py work --parent", within=server)) - {worker})
    os.killpg(server.pid, signal.SIGINT)
    server.communicate(timeout=10)
    assert soon(lambda: not is_alive(again))


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


def soon(asked, seconds=15):
    """What `asked` answers, as soon as that is something; or its last answer."""
    end = time.monotonic() + seconds
    while not (answer := asked()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def test_serve_says_that_its_port_is_taken(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        said, _ = manage("serve", environment).communicate()

    reason = f"Nothing can listen on 127.0.0.1, port {environment['PORT']}: Address already in use. Set HOST or PORT."
    assert said == f"CommandError: {reason}\n"
