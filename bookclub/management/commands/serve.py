import os
import socket
import sys
import threading
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from bookclub.environment import env, get_setting
from bookclub.server.data_folder import check_site, lock_data_folder
from bookclub.server.parent_process import end_with_parent
from bookclub.server.supervisor import ChildProcess, Supervisor

WEB_PROCESSES = 2
WEB_CONNECTIONS = 10_000  # open at a time in each process; with fewer, idle clients could take all of them
HEADER_TIMEOUT_SECONDS = 10  # for the headers of a request, and for an idle connection
# On Linux each web process has a granian of its own, so that the other goes on when one ends. Elsewhere two granians
# can't share a port, and one starts both.
WEB_SERVERS = WEB_PROCESSES if sys.platform == "linux" else 1


class Command(BaseCommand):
    help = "Runs the web server on HOST and PORT, and a worker, until Ctrl-C or SIGTERM. With DEBUG=1: Django's own server."

    def handle(self, **options):
        host = get_setting("HOST", env.str, "127.0.0.1", put="an address of this machine, such as 127.0.0.1 or 0.0.0.0")
        if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
            run_reloaded_server(host, settings.PORT)
        else:
            with hold_port(host, settings.PORT):
                check_site(settings.DATA_DIR)
                serve_site(host, settings.PORT)


def serve_site(host, port):
    connection.close()
    with lock_data_folder(settings.DATA_DIR):
        if settings.DEBUG:
            call_command("runserver", f"{host}:{port}")
        else:
            Supervisor([*build_web_servers(host, port), build_mail_worker()]).run()


def run_reloaded_server(host, port):
    """Run Django's development server, which runs this command again in a child process and restarts it at each change.

    The worker belongs to the child and ends with it; the next child starts a worker with the changed code.
    """
    end_with_parent(os.getppid())
    # A separate thread, because runserver blocks this one; a daemon, because it never ends by itself.
    threading.Thread(target=Supervisor([build_mail_worker()]).keep_running, daemon=True).start()
    call_command("runserver", f"{host}:{port}")


def build_mail_worker():
    return ChildProcess("mail worker", [sys.executable, "manage.py", "work", "--parent", str(os.getpid())])


def build_web_servers(host, port):
    command = [sys.executable, "-m", "bookclub.server.web_server", str(os.getpid()), *granian_arguments(host, port)]
    return [ChildProcess(f"web server {number}", command) for number in range(1, WEB_SERVERS + 1)]


def granian_arguments(host, port):
    return [
        "--interface=asginl",
        f"--host={host}",
        f"--port={port}",
        f"--workers={WEB_PROCESSES // WEB_SERVERS}",
        f"--backpressure={WEB_CONNECTIONS}",
        "--http=1",
        f"--http1-header-read-timeout={HEADER_TIMEOUT_SECONDS * 1000}",
        "--no-ws",
        *([] if WEB_SERVERS > 1 else ["--respawn-failed-workers"]),
        "--workers-kill-timeout=5",
        "--factory",
        "bookclub.server.web_server:create_application",
    ]


@contextmanager
def hold_port(host, port):
    """Check that the port is free, and on Linux hold it: no other site gets it while the web servers start again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}, port {port}: {error.strerror}. Change HOST or PORT."
            ) from error
        if settings.DEBUG or sys.platform != "linux":
            holder.close()
        else:
            # Granian's sockets may share the port, as they say SO_REUSEPORT, too; those of other sites may not.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield
