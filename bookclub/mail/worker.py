"""The worker process: sends queued mail and runs periodic tasks. `manage.py work` starts one; several may run.

It survives failures: without a database it waits, without a mail server the mail stays queued. The tasks run in a
separate thread, so that they don't delay login codes.
"""

import logging
import os
import socket
import threading
import time

from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from bookclub.core.text import cut_to_field
from bookclub.mail.backends import MailServerDown, MailServerRefusesUs, describe_error
from bookclub.mail.models import SendingPause, Worker
from bookclub.mail.periodic_tasks import PeriodicTaskRunner
from bookclub.mail.restore_check import RestoreCheck
from bookclub.mail.sender import DATABASE_ERRORS, POLL_SECONDS, MailSender
from bookclub.mail.throttling import backoff_delays, sleep_while

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10
TASKS_STOP_SECONDS = 10  # time for a running task to end when the worker stops


class WorkerLoop:
    """The main loop: report, then send. `options` are those of MailSender.

    If `parent`, a process ID, is given, the loop ends with that process.
    """

    def __init__(self, queues, tasks, *, parent=None, **options):
        self.sender = MailSender(queues, **options)
        self.task_runner = PeriodicTaskRunner(tasks, self.is_wanted)
        self.restore_check = RestoreCheck()
        self.parent = parent
        self.is_stopping = False
        self.heartbeat_at = float("-inf")
        self.problem = self.reported_problem = ""
        self.login_error = ""

    def stop(self, *_):
        """End after the current message. Takes the arguments of a signal handler."""
        self.is_stopping = True

    def is_wanted(self):
        return not self.is_stopping and self.parent in {None, os.getppid()}

    def run(self):
        """Run until `stop` is called, then release claimed rows that were not started."""
        # A daemon thread, so that a task that never ends can't keep a stopped worker alive.
        tasks_thread = threading.Thread(target=self.task_runner.run, daemon=True)
        tasks_thread.start()
        delays = backoff_delays()
        while self.is_wanted():
            try:
                self._run_round()
                delays = backoff_delays()
            except MailServerRefusesUs as error:
                self.login_error = str(error)
                self._back_off(0, f"The mail server refuses us: {error}")
            except MailServerDown as error:
                self._back_off(next(delays), f"The mail server can't be reached: {error}")
            except DATABASE_ERRORS as error:
                self._back_off(next(delays), f"The database does not answer: {error}")
                connection.close()
            except Exception as error:
                logger.exception("The worker met an unexpected error")
                self._back_off(next(delays), f"Unexpected error: {describe_error(error)}")
        self.shut_down()
        tasks_thread.join(TASKS_STOP_SECONDS)

    def run_once(self) -> int:
        """Run due tasks and send due mail once; return the number of attempted mails. Raises like `send_due`."""
        self.task_runner.run_due()
        return self.sender.send_due()

    def _run_round(self):
        if self.login_error:
            SendingPause.start(SendingPause.Reason.LOGIN, self.login_error)
            self.login_error = ""
        self.report_running()
        tried = self.sender.send_due(self._may_go_on)
        self.problem = ""
        close_old_connections()
        if not tried:
            self.sender.close_idle_connection()
            sleep_while(self.is_wanted, POLL_SECONDS)

    def _may_go_on(self):
        """Return whether to continue sending; called between mails. False when the next report is due."""
        return self.is_wanted() and time.monotonic() - self.heartbeat_at < HEARTBEAT_SECONDS

    def report_running(self):
        """Check whether the database is a restored backup, then update this worker's row."""
        problem = self.problem or self.task_runner.problem
        if time.monotonic() - self.heartbeat_at < HEARTBEAT_SECONDS and problem == self.reported_problem:
            return
        now = timezone.now()
        values = {
            "host": cut_to_field(Worker, "host", socket.gethostname()),
            "problem": cut_to_field(Worker, "problem", problem),
            "seen_at": now,
            "stopped_at": None,
        }
        with transaction.atomic():
            if self.heartbeat_at == float("-inf"):
                # A restart may be the result of corrected settings.
                SendingPause.objects.filter(reason=SendingPause.Reason.LOGIN).delete()
                Worker.objects.deletable(now).delete()
            if suspicion := self.restore_check.find_suspicion(now, self.sender.queues):
                SendingPause.start(SendingPause.Reason.RESTORED, suspicion)
            Worker.objects.update_or_create(name=self.sender.worker_name, defaults=values)
        self.restore_check.remember(now)
        self.heartbeat_at, self.reported_problem = time.monotonic(), problem

    def _back_off(self, seconds, problem):
        if problem != self.problem:
            logger.error("%s. Trying again.", problem)
        self.problem = problem
        self.sender.close_connection()
        sleep_while(self.is_wanted, seconds)

    def shut_down(self):
        self.sender.close_connection()
        try:
            self.sender.release_claims()
            Worker.objects.filter(name=self.sender.worker_name).update(stopped_at=timezone.now())
        except DATABASE_ERRORS:
            logger.exception("The worker stops without the database; its claims expire in some minutes")
