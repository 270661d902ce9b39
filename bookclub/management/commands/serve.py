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

from bookclub.environment import BASE_DIR, env, get_setting

WEB_PROCESSES = 2
WEB_CONNECTIONS = 10_000  # open at a time in each process; with fewer, idle clients could take all of them
HEADER_TIMEOUT_SECONDS = 10  # for the headers of a request, and for an idle connection
RESTART_DELAY_SECONDS = 2  # delay before a worker that has ended is started again
STOP_TIMEOUT_SECONDS = 40  # time before a process is killed: a mail server may take half a minute to reply


class Command(BaseCommand):
    help = "Runs the web server on HOST and PORT, and a worker, until Ctrl-C or SIGTERM. With DEBUG=1: Django's own server."

    def handle(self, **options):
        host = get_setting("HOST", env.str, "127.0.0.1", put="an address of this machine, such as 127.0.0.1 or 0.0.0.0")
        if settings.DEBUG:
            return run_development_server(host, settings.PORT)
        check_port_is_free(host, settings.PORT)
        granian = Path(sys.executable).with_name("granian")
        command = [granian, *granian_arguments(host, settings.PORT), "bookclub.asgi:application"]
        return sys.exit(ServerAndWorker(command).run())


def run_development_server(host, port):
    """Run Django's development server, which runs this command again in a child process and restarts it at each change.

    The worker belongs to the child and ends with it; the next child starts a worker with the changed code.
    """
    if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
        # A separate thread, because runserver blocks this one; a daemon, because it never ends by itself.
        threading.Thread(target=keep_worker_running, daemon=True).start()
    else:
        check_port_is_free(host, port)
    return call_command("runserver", f"{host}:{port}")


def keep_worker_running():
    while True:
        start_worker().wait()
        time.sleep(RESTART_DELAY_SECONDS)


def start_worker():
    """Start a worker that ends with this process, even if this process is killed."""
    return start_process([sys.executable, "manage.py", "work", "--parent", str(os.getpid())])


def start_process(command):
    """Start `command` in its own process group, so that only this process stops it.

    Ctrl-C is sent to the whole group of a terminal, and granian's workers hang if both Ctrl-C and granian stop them.
    """
    return subprocess.Popen(command, process_group=0, cwd=BASE_DIR)  # noqa: S603 - our own command


class ServerAndWorker:
    """Run a web server and a worker. Both end when the server does; a worker that ends is started again."""

    def __init__(self, server_command):
        self.server_command = server_command
        self.is_stopping = False

    def run(self):
        """Return the server's exit code, once both have ended."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        server, worker = start_process(self.server_command), start_worker()
        ended_at = None
        while server.poll() is None and not self.is_stopping:
            time.sleep(0.2)
            if worker.poll() is not None and ended_at is None:
                ended_at = time.monotonic()
            elif ended_at is not None and time.monotonic() - ended_at > RESTART_DELAY_SECONDS:
                worker, ended_at = start_worker(), None
        return self.stop_processes(server, worker)

    def stop(self, *_):
        self.is_stopping = True

    def stop_processes(self, server, worker):
        for process in (worker, server):
            process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for process in (server, worker):
            try:
                process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return server.returncode


def granian_arguments(host, port):
    return [
        "--interface=asginl",
        f"--host={host}",
        f"--port={port}",
        f"--workers={WEB_PROCESSES}",
        f"--backpressure={WEB_CONNECTIONS}",
        "--http=1",
        f"--http1-header-read-timeout={HEADER_TIMEOUT_SECONDS * 1000}",
        "--no-ws",
        "--respawn-failed-workers",
        "--workers-kill-timeout=5",
    ]


def check_port_is_free(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}, port {port}: {error.strerror}. Change HOST or PORT."
            ) from error
