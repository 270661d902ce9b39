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

from bookclub.environment import BASE_DIR, env, setting

WORKERS = 2
# Always bounded: granian's own default opens ever more threads, each with its database connection.
THREADS = 4


WORK = [sys.executable, "manage.py", "work"]
MOMENT = 2  # seconds before a worker that has ended is started again


class Command(BaseCommand):
    help = (
        "Runs the web server, on HOST and PORT, and a worker, until Ctrl-C or SIGTERM; with DEBUG, Django's own server."
    )

    def handle(self, **options):
        host = setting("HOST", env.str, "127.0.0.1", put="an address of this machine, such as 127.0.0.1 or 0.0.0.0,")
        check_free(host, settings.PORT)
        if settings.DEBUG:
            return run_reloading(host, settings.PORT)
        granian = Path(sys.executable).with_name("granian")
        command = [granian, *arguments(host, settings.PORT), "bookclub.wsgi:application"]
        return sys.exit(Pair(command, WORK).run())


def run_reloading(host, port):
    """Django's server starts this command once more in a process that it ends at each change: the worker is ours."""
    is_inner = os.environ.get("RUN_MAIN") == "true"
    worker = None if is_inner else subprocess.Popen(WORK, cwd=BASE_DIR)  # noqa: S603 - our own words
    try:
        return call_command("runserver", f"{host}:{port}")
    finally:
        if worker:
            worker.terminate()


class Pair:
    """A server and a worker. The server's end is the end of both; a worker that ends is started again.

    Each in a process group of its own: Ctrl-C reaches everybody in a terminal's group at once, and a server's workers
    that are stopped twice, by it and by their server, get stuck. So the one word to end comes from here alone.
    """

    def __init__(self, serve, work):
        self.commands = serve, work
        self.is_ending = threading.Event()

    def run(self):
        """The server's exit code, once both have ended."""
        for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(word, lambda *_: self.is_ending.set())
        server, worker = (self.start(command) for command in self.commands)
        ended_at = None
        while server.poll() is None and not self.is_ending.wait(0.2):
            if worker.poll() is not None and ended_at is None:
                ended_at = time.monotonic()
            elif ended_at is not None and time.monotonic() - ended_at > MOMENT:
                worker, ended_at = self.start(self.commands[1]), None
        for process in (worker, server):
            process.terminate()
        worker.wait()
        return server.wait()

    def start(self, command):
        return subprocess.Popen(command, process_group=0, cwd=BASE_DIR)  # noqa: S603 - our own words


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
