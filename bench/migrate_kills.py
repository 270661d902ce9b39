"""Kill `manage.py migrate` (-9) at random moments, run it again, and compare the result with an uninterrupted run.

    python -m bench.migrate_kills [--tenth] [--seed NUMBER]     both databases, 100 random moments and all records
    python -m bench.migrate_kills --control                     the same with Django's own command: what it prevents

Besides random moments, the process is killed between the tables of each migration and its record, where Django's own
command leaves a database on which it can never be run again. After each kill: the second run succeeds; tables, rows,
permissions and roles are as after an uninterrupted run; no foreign key is broken, and SQLite's integrity check is fine.
"""

import argparse
import json
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from bench import databases
from bench.compare_schemas import describe_schema, list_differences
from tests.databases import empty_database
from tests.serving import environment_in

MOMENTS = 100
PROCESSES = 2  # rounds at the same time, each with its own database
MIGRATE = ["manage.py", "migrate", "--verbosity=0"]
DJANGO_MIGRATE = ["-m", "tests.migrating", "kill", "0", "--django"]


@dataclass
class Kill:
    """One kill: its moment, and the fault found afterwards, or ""."""

    where: str
    was_running: bool
    fault: str


class Rounds:
    """Kills on new databases, compared with one uninterrupted run."""

    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)  # noqa: S311 - moments, not secrets
        self.migrate = DJANGO_MIGRATE if options.control else MIGRATE

    def run(self):
        """Return the kills."""
        seconds, self.expected = self.measure()
        count = self.expected["record_count"][0]
        step = 10 if self.options.tenth else 1
        moments = [self.random.uniform(0, seconds) for _ in range(MOMENTS // step)]
        records = range(1 + self.random.randrange(step), count + 1, step)
        print(f"  an uninterrupted run takes {seconds:.1f} s and records {count} migrations", flush=True)
        with ThreadPoolExecutor(PROCESSES) as pool:
            return [*pool.map(self.kill_at_moment, moments), *pool.map(self.kill_at_record, records)]

    def measure(self):
        """Return the median seconds of three runs and the description of the database."""
        lengths = []
        for _ in range(3):
            with own_environment() as environment:
                began = time.monotonic()
                start_process(self.migrate, environment).communicate()
                lengths.append(time.monotonic() - began)
                description, fault = migrate_again(environment)
        if fault:
            sys.exit(f"An uninterrupted run fails: {fault}")
        return statistics.median(lengths), description

    def kill_at_moment(self, seconds):
        with own_environment() as environment:
            process = start_process(self.migrate, environment)
            time.sleep(seconds)
            process.kill()
            process.communicate()
            return self.run_again(f"after {seconds:.2f} s", process.returncode == -9, environment)

    def kill_at_record(self, number):
        flags = ["--django"] if self.options.control else []
        with own_environment() as environment:
            process = start_process(["-m", "tests.migrating", "kill", str(number), *flags], environment)
            process.communicate()
            return self.run_again(f"before record {number}", process.returncode == -9, environment)

    def run_again(self, where, was_running, environment):
        description, fault = migrate_again(environment)
        if not fault and (differences := list_differences(self.expected, description)):
            fault = f"{len(differences)} differences, such as {differences[0]}"
        return Kill(where, was_running, fault)


@contextmanager
def own_environment():
    """The environment of processes with an empty database."""
    with tempfile.TemporaryDirectory() as folder, empty_database(folder) as url:
        yield environment_in(folder, DATABASE_URL=url)


def start_process(command, environment):
    return subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def migrate_again(environment):
    """Migrate in another process; return the description of the database and what is wrong with it, or ""."""
    process = start_process(["-m", "bench.migrate_kills", "--describe"], environment)
    output, errors = process.communicate()
    if process.returncode:
        return None, (errors.strip().splitlines() or ["no reason given"])[-1]
    description = json.loads(output)
    return description, "; ".join(description.pop("faults"))


def print_description():
    """Migrate the database of this process, and print its description and faults as JSON."""
    import django  # noqa: PLC0415 - only this process needs it

    django.setup()
    from django.core.management import CommandError, call_command  # noqa: PLC0415 - after the setup
    from django.db import connection  # noqa: PLC0415

    try:
        call_command("migrate", verbosity=0)
    except CommandError as error:
        sys.exit(str(error))
    own = {"faults": find_faults(connection), "record_count": [count_records(connection)]}
    description = describe_schema(connection) | own
    print(json.dumps(description, default=str))


def find_faults(connection):
    """Return faults that the database finds in itself. PostgreSQL allows none of these."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        integrity = [row[0] for row in cursor.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
        broken = [f"broken foreign key in {row[0]}" for row in cursor.execute("PRAGMA foreign_key_check").fetchall()]
    return integrity + broken


def count_records(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        return cursor.fetchone()[0]


def run_here(options):
    kills = Rounds(options).run()
    bad = [kill for kill in kills if kill.fault]
    for kill in bad:
        print(f"  killed {kill.where}: {kill.fault}")
    ended = sum(not kill.was_running for kill in kills)
    print(f"  {len(kills)} kills, {ended} after the end of the run; can't be run again, or differs: {len(bad)}")
    return len(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenth", action="store_true", help="a tenth of the counts")
    parser.add_argument("--control", action="store_true", help="Django's own command; fails if it is undamaged")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the random moments")
    parser.add_argument("--describe", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.describe:
        return print_description()
    if databases.is_within():
        return (run_here(options) > 0) != options.control
    flags = [flag for flag in ("--tenth", "--control") if getattr(options, flag[2:])]
    print(f"seed {options.seed}")
    return not databases.on_both("bench.migrate_kills", [*flags, f"--seed={options.seed}"])


if __name__ == "__main__":
    sys.exit(main())
