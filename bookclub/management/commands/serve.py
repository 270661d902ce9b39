import os
import socket
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
    help = "Becomes the web server, on HOST and PORT, until Ctrl-C or SIGTERM; with DEBUG, Django's reloading one."

    def handle(self, **options):
        host = setting("HOST", env.str, "127.0.0.1", put="an address of this machine, such as 127.0.0.1 or 0.0.0.0,")
        check_free(host, settings.PORT)
        if settings.DEBUG:
            return call_command("runserver", f"{host}:{settings.PORT}")
        granian = Path(sys.executable).with_name("granian")
        # In this process's place, so that a signal to it, or to make, reaches the server.
        return os.execv(granian, [granian, *arguments(host, settings.PORT), "bookclub.wsgi:application"])  # noqa: S606 - no shell wanted


def arguments(host, port):
    return [
        "--interface=wsgi",
        f"--host={host}",
        f"--port={port}",
        f"--workers={WORKERS}",
        f"--blocking-threads={THREADS}",
        "--no-ws",
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
