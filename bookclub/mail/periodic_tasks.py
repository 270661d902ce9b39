"""Run periodic tasks, each at its interval. The list of tasks is an argument: `bookclub.tasks`."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections, connection

from bookclub.core.database.errors import describe_database_error, find_fault
from bookclub.mail.backends import describe_error
from bookclub.mail.sender import DATABASE_ERRORS
from bookclub.mail.throttling import sleep_while

logger = logging.getLogger(__name__)

RETRY_SECONDS = 60  # after a failure


@dataclass(frozen=True)
class PeriodicTask:
    """`run` must be idempotent: it may run late, twice, or on two machines at once."""

    name: str
    every_seconds: int
    run: Callable[[], object]


class PeriodicTaskRunner:
    """Runs tasks when they are due. A failing task is logged and shown in the admin, and does not stop the others."""

    def __init__(self, tasks, is_wanted):
        self.tasks = tasks
        self.is_wanted = is_wanted
        self.due_at = {}  # {task: monotonic time}, as the wall clock may be set back
        self.problems = {}  # {task: message}

    @property
    def problem(self):
        """A message about a task whose last run failed, or an empty string."""
        return next(iter(self.problems.copy().values()), "")

    def run(self):
        """Run until `is_wanted()` is false. Call it in a separate thread: it closes the database connection."""
        while self.is_wanted():
            self.run_due()
            close_old_connections()
            sleep_while(self.is_wanted, 1)
        connection.close()

    def run_due(self):
        for task in self.tasks:
            if self.due_at.get(task, 0) <= time.monotonic() and self.is_wanted():
                self._run_task(task)

    def _run_task(self, task):
        wait_seconds = task.every_seconds
        try:
            task.run()
            self.problems.pop(task, None)
        except Exception as error:
            if find_fault(error):
                logger.error("The task “%s” failed: %s", task.name, describe_database_error(error))
            else:
                logger.exception("The task “%s” failed", task.name)
            self.problems[task] = f"The task “{task.name}” failed: {describe_error(error)}"
            wait_seconds = min(wait_seconds, RETRY_SECONDS)
            if isinstance(error, DATABASE_ERRORS):
                connection.close()
        self.due_at[task] = time.monotonic() + wait_seconds
