import signal
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bookclub.environment import env, setting

WORKERS = 2
# Always bounded: granian's own default opens ever more threads, each with its database connection.
THREADS = 4


class Command(BaseCommand):
    help = "Runs the web server, on HOST and PORT, until Ctrl-C or SIGTERM; with DEBUG, Django's reloading one."

    def handle(self, **options):
        host = setting("HOST", env.str, "127.0.0.1", put="an address of this machine, such as 127.0.0.1 or 0.0.0.0,")
        check_free(host, settings.PORT)
        if settings.DEBUG:
            return call_command("runserver", f"{host}:{settings.PORT}")
        granian = Path(sys.executable).with_name("granian")
        command = [granian, *arguments(host, settings.PORT), "bookclub.wsgi:application"]
        return sys.exit(run(command))


def run(command):
    """Run `command` until it ends or we are told to; its exit code.

    In a process group of its own: Ctrl-C reaches everybody in a terminal's group at once, and workers that are stopped
    twice, by it and by their server, get stuck. So the one word to end goes to the server alone.
    """
    server = subprocess.Popen(command, process_group=0)  # noqa: S603 - our own words
    for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(word, lambda *_: server.terminate())
    return server.wait()


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
