"""Run `migrate` in this process, with a fault between the tables of a migration and its record.

    python -m tests.migrating kill COUNT [--django]     the process is killed there, at the COUNTth migration
    python -m tests.migrating pause FILE                the process waits there, at the first migration, for FILE

`--django` runs Django's own command: a control, which the fault damages.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django
from django.core.management import call_command, load_command_class
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

record_applied = MigrationRecorder.record_applied


def kill_at(count):
    counted = 0

    def record_or_kill(recorder, app, name):
        nonlocal counted
        counted += 1
        if counted == count:
            os.kill(os.getpid(), signal.SIGKILL)
        record_applied(recorder, app, name)

    MigrationRecorder.record_applied = record_or_kill


def pause_until(path):
    def wait_and_record(recorder, app, name):
        sys.stdout.write("paused\n")
        sys.stdout.flush()
        while not path.exists():
            time.sleep(0.05)
        MigrationRecorder.record_applied = record_applied
        record_applied(recorder, app, name)

    MigrationRecorder.record_applied = wait_and_record


def main(how, argument, *flags):
    django.setup()
    connection.may_create_file = True  # as our own command does
    if how == "kill":
        kill_at(int(argument))
    else:
        pause_until(Path(argument))
    call_command(load_command_class("django.core", "migrate") if "--django" in flags else "migrate", verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
