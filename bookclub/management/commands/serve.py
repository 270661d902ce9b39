import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from bookclub.environment import BASE_DIR, env, setting

WORKERS = 2
# Always bounded: granian's own default opens ever more threads, each with its database connection.
THREADS = 4


MOMENT = 2  # seconds before a worker that has ended is started again
# Then whoever has not ended by then is killed. A mail server may take half a minute for an answer.
LONGEST_GOODBYE = 40


class Command(BaseCommand):
    help = (
        "Runs the web server, on HOST and PORT, and a worker, until Ctrl-C or SIGTERM; with DEBUG, Django's own server."
    )

    def handle(self, **options):
        host = setting("HOST", env.str, "127.0.0.1", put="an address of this machine, such as 127.0.0.1 or 0.0.0.0,")
        if settings.DEBUG:
            return run_reloading(host, settings.PORT)
        check_free(host, settings.PORT)
        granian = Path(sys.executable).with_name("granian")
        command = [granian, *arguments(host, settings.PORT), "bookclub.wsgi:application"]
        return sys.exit(Pair(command).run())


def run_reloading(host, port):
    """Django's server starts this command once more, in a process that it ends and starts again at each change.

    The worker belongs to that one: it ends with it, and the next one starts its own from the changed code.
    """
    if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
        threading.Thread(target=keep_working, daemon=True).start()
    else:
        check_free(host, port)
    return call_command("runserver", f"{host}:{port}")


def keep_working():
    while True:
        start_worker().wait()
        time.sleep(MOMENT)


def start_worker():
    """It ends with this process, however that ends."""
    return start([sys.executable, "manage.py", "work", "--parent", str(os.getpid())])


def start(command):
    """In a process group of its own: Ctrl-C reaches everybody in a terminal's group at once, and a server's workers
    that are stopped twice, by it and by their server, get stuck. So the one word to end comes from here alone.
    """
    return subprocess.Popen(command, process_group=0, cwd=BASE_DIR)  # noqa: S603 - our own words


class Pair:
    """A server and a worker. The server's end is the end of both; a worker that ends is started again."""

    def __init__(self, serve):
        self.serve = serve
        self.is_ending = False

    def run(self):
        """The server's exit code, once both have ended."""
        for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(word, self.end)
        server, worker = start(self.serve), start_worker()
        ended_at = None
        while server.poll() is None and not self.is_ending:
            time.sleep(0.2)
            if worker.poll() is not None and ended_at is None:
                ended_at = time.monotonic()
            elif ended_at is not None and time.monotonic() - ended_at > MOMENT:
                worker, ended_at = start_worker(), None
        return self.say_goodbye(server, worker)

    def end(self, *_):
        self.is_ending = True

    def say_goodbye(self, server, worker):
        for process in (worker, server):
            process.terminate()
        latest = time.monotonic() + LONGEST_GOODBYE
        for process in (server, worker):
            try:
                process.wait(max(latest - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return server.returncode


def arguments(host, port):
    return [
        "--interface=wsgi",
        f"--host={host}",
        f"--port={port}",
        f"--workers={WORKERS}",
        f"--blocking-threads={THREADS}",
        "--no-ws",
        "--respawn-failed-workers",
        "--workers-kill-timeout=5",
    ]


def check_free(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Nothing can listen on {host}, port {port}: {error.strerror}. Set HOST or PORT."
            ) from error
