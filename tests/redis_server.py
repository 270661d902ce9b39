"""Servers in the place of Redis: a real one that a test stops and starts, and one that answers as a test says."""

import contextlib
import shutil
import signal
import socket
import subprocess
import threading
import time

from tests.missing_tools import skip_unless_ci
from tests.serving import free_port


class RedisServer:
    """A real redis-server on its own port, which keeps nothing on disk."""

    def __init__(self):
        self.port = free_port()
        self.url = f"redis://localhost:{self.port}/0"
        self.process = None

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError("redis-server ended at once")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """Accept connections and answer nothing, until `thaw()`."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def command(self, *words):
        """Send one command and return the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.makefile().readline().strip()


@contextlib.contextmanager
def run_redis():
    """Run a real server on a port of its own."""
    if not shutil.which("redis-server"):
        skip_unless_ci("No redis-server for the tests of the cache: apt install redis-server.")
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()


class AnsweringServer:
    """Sends the same bytes as the answer to whatever arrives, and perhaps closes; keeps its connections in a list."""

    def __init__(self, answer: bytes, *, is_closing=False):
        self.answer, self.is_closing = answer, is_closing
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError):
            while connection.recv(4096):
                connection.sendall(self.answer)
                if self.is_closing:
                    break
            connection.close()

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


@contextlib.contextmanager
def answering(answer: bytes, **options):
    server = AnsweringServer(answer, **options)
    try:
        yield server
    finally:
        server.close()
