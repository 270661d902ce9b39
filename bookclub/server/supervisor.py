"""Keep processes running: one that ends is started again, for ever, after a wait that grows if it ends again and again."""

import logging
import signal
import subprocess
import time

from bookclub.environment import BASE_DIR
from bookclub.server.web_server import SIGNALLED

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
FIRST_WAIT_SECONDS = 0.5
# Short: while all web servers wait, the site is gone.
LONGEST_WAIT_SECONDS = 5
HEALTHY_SECONDS = 60  # a process that has run for so long waits as little as a new one
STOP_SECONDS = 40  # time before a process is killed: a mail server may take half a minute to reply


class ChildProcess:
    """A process that is to run always. `name` is for the log."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.process = None
        self.wait_seconds = FIRST_WAIT_SECONDS
        self.start_at = time.monotonic()

    def start(self):
        """Start the process in its own process group, so that only this process stops it.

        Ctrl-C is sent to the whole group of a terminal, and granian's workers hang if both Ctrl-C and granian stop them.
        """
        self.process = subprocess.Popen(self.command, process_group=0, cwd=BASE_DIR)  # noqa: S603 - our own command
        self.started_at = time.monotonic()

    def keep_running(self):
        """Start the process if it is time to, and plan its next start if it has ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.try_to_start(now)
        elif self.process.poll() is not None:
            if now - self.started_at >= HEALTHY_SECONDS:
                self.wait_seconds = FIRST_WAIT_SECONDS
            reason = f" (process {self.process.pid}) has ended: {describe_exit(self.process.returncode)}"
            self.plan_start(now, reason)

    def try_to_start(self, now):
        try:
            self.start()
        except OSError as error:  # no memory for it, or its program is being replaced
            self.plan_start(now, f" can't be started: {error.strerror}")

    def plan_start(self, now, reason):
        logger.error("The %s%s. It starts again in %g seconds.", self.name, reason, self.wait_seconds)
        self.process, self.start_at = None, now + self.wait_seconds
        self.wait_seconds = min(2 * self.wait_seconds, LONGEST_WAIT_SECONDS)

    def stop(self, deadline):
        """Wait until the process has ended, and kill it at `deadline`."""
        try:
            self.process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            logger.error("The %s (process %d) does not stop, and is killed.", self.name, self.process.pid)
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Runs child processes until SIGINT, SIGTERM or SIGHUP."""

    def __init__(self, children):
        self.children = children
        self.is_stopping = False

    def run(self):
        """Return once all have ended."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        self.keep_running()
        self.stop_children()

    def keep_running(self):
        while not self.is_stopping:
            for child in self.children:
                child.keep_running()
            time.sleep(POLL_SECONDS)

    def stop(self, *_):
        self.is_stopping = True

    def stop_children(self):
        running = [child for child in self.children if child.process]
        for child in running:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            child.stop(deadline)


def describe_exit(code):
    """Return “signal SIGKILL” or “exit code 1” for the return code of a Popen or of a shell."""
    number = -code if code < 0 else code - SIGNALLED
    try:
        return f"signal {signal.Signals(number).name}"
    except ValueError:
        return f"exit code {code}"
