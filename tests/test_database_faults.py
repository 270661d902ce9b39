"""Faults of the database: a plain 503 that says when to try again, one line in the log, nothing half saved."""

import os
import resource
import shutil
import sqlite3
import time
from contextlib import contextmanager
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, close_old_connections, connection
from django.http import HttpResponse
from django.urls import include, path
from PIL import Image

from bookclub import error_pages
from bookclub.core.database.errors import Fault
from bookclub.core.database.lock_waiting import limit_lock_waiting
from bookclub.mail.models import OutgoingMail
from bookclub.mail.periodic_tasks import PeriodicTask, PeriodicTaskRunner
from meetups.models import RSVP, Photo
from tests.databases import changed_settings
from tests.factories import make_mail, make_meetup, make_rsvp, make_writeup
from tests.pages import soup_of, text_of

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]
SAME_ORIGIN = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


@contextmanager
def full_file(folder):
    """No page can be added to the file, and those in it are full of mail."""
    execute("VACUUM")
    execute(f"PRAGMA max_page_count = {execute('PRAGMA page_count')[0]}")
    with pytest.raises(OperationalError, match="full"):  # noqa: PT012 - until it is
        while True:
            make_mail()
    yield
    execute("PRAGMA max_page_count = 1000000")
    OutgoingMail.objects.all().delete()


@contextmanager
def locked_file(folder):
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with limit_lock_waiting(time.monotonic() + 0.02):
        yield
    other.close()


@contextmanager
def read_only_file(folder):
    execute("PRAGMA query_only = 1")
    yield
    execute("PRAGMA query_only = 0")


@contextmanager
def garbled_file(folder):
    """Its first page is whole, as after a disk's fault, and the others are not."""
    path = folder / "garbled.sqlite3"
    execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(connection.settings_dict["NAME"], path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with changed_settings(NAME=str(path)):
        yield


@contextmanager
def no_database_file(folder):
    path = folder / "no-database.sqlite3"
    path.write_text("A letter that somebody put here. " * 200)
    with changed_settings(NAME=str(path)):
        yield


@contextmanager
def missing_folder(folder):
    with changed_settings(NAME=str(folder / "missing" / "db.sqlite3")):
        yield


@contextmanager
def locked_table(folder):
    options = connection.get_connection_params()
    execute("SET lock_timeout = '20ms'")
    other = connection.Database.connect(**options)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE meetups_rsvp")
    yield
    other.close()
    execute("SET lock_timeout = 0; SET statement_timeout = 0")


@contextmanager
def slow_statement(folder):
    with locked_table(folder):
        execute("SET lock_timeout = 0")
        execute("SET statement_timeout = '20ms'")
        yield


@contextmanager
def read_only_server(folder):
    """A standby, or a server whose disk was nearly full."""
    execute("SET default_transaction_read_only = on")
    yield
    execute("SET default_transaction_read_only = off")


@contextmanager
def ended_connection(folder):
    """The server was restarted. Django opens another connection after the request in which it learns of that."""
    other = connection.Database.connect(**connection.get_connection_params())
    pid = execute("SELECT pg_backend_pid()")[0]
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    yield
    close_old_connections()


@contextmanager
def no_server(folder):
    with changed_settings(PORT="1", HOST="127.0.0.1"):
        yield


FAULTS = {
    "sqlite": {
        "full": (full_file, Fault.FULL),
        "locked": (locked_file, Fault.BUSY),
        "read-only": (read_only_file, Fault.READ_ONLY),
        "garbled": (garbled_file, Fault.DAMAGED),
        "no database": (no_database_file, Fault.DAMAGED),
        "missing folder": (missing_folder, Fault.UNREACHABLE),
    },
    "postgresql": {
        "locked": (locked_table, Fault.BUSY),
        "slow": (slow_statement, Fault.BUSY),
        "read-only": (read_only_server, Fault.READ_ONLY),
        "connection ended": (ended_connection, Fault.UNREACHABLE),
        "no server": (no_server, Fault.UNREACHABLE),
    },
}[connection.vendor]
# Those in which nothing can be read either.
BROKEN = FAULTS.keys() & {"garbled", "no database", "missing folder", "connection ended", "no server"}


@pytest.fixture
def break_database(tmp_path):
    """A context manager that takes the name of a fault."""
    return lambda name: FAULTS[name][0](tmp_path)


@pytest.fixture
def client(client):
    client.raise_request_exception = False
    yield client
    connection.close()  # and with it the fault


def save_seat(client):
    return client.post("/meetups/the-evening/rsvp/", {"answer": "going"}, headers=SAME_ORIGIN)


@pytest.mark.parametrize("name", FAULTS)
def test_form_that_cannot_be_saved_is_answered_with_503_and_can_be_sent_again(client, log, alice, break_database, name):
    fault = FAULTS[name][1]
    make_meetup(slug="the-evening")
    client.force_login(alice)

    with break_database(name):
        response = save_seat(client)
        lines = log.lines
    saved = [model.objects.count() for model in (RSVP, OutgoingMail)]
    again = save_seat(client)

    page = text_of(soup_of(response).main)
    error_id = soup_of(response).main.strong.string
    assert response.status_code == 503
    assert response.headers["Retry-After"] == str(fault.retry_after_seconds)
    assert response.headers["Cache-Control"]
    assert "Nothing was saved." in page
    assert "Try again in " in page
    assert len(lines) == 1
    assert lines[0].startswith(
        f"ERROR django.request: Service Unavailable: POST /meetups/<slug:slug>/rsvp/: {fault.sentence} ("
    )
    assert lines[0].endswith(f"[error {error_id}]")
    assert saved == [0, 0]
    assert again.status_code == 302
    assert RSVP.objects.get().member == alice
    assert OutgoingMail.objects.count() == 1


def test_session_that_cannot_be_stored_is_a_503(client, log, olga, break_database):
    """Django raises SessionInterrupted there, which is a 400."""
    client.force_login(olga)

    with break_database("read-only"):
        response = client.get("/admin/")

    assert response.status_code == 503
    assert [line.split(" (")[0] for line in log.lines] == [
        f"ERROR django.request: Service Unavailable: GET /admin/: {Fault.READ_ONLY.sentence}"
    ]
    assert client.get("/admin/").status_code == 200


def save_and_break_database(request):
    """Save something and change the session, which then can't be stored."""
    make_mail()
    request.session["seen"] = 1
    execute(
        {"sqlite": "PRAGMA query_only = 1", "postgresql": "SET default_transaction_read_only = on"}[connection.vendor]
    )
    return HttpResponse()


urlpatterns = [path("saves/", save_and_break_database), path("", include("bookclub.urls"))]
handler400, handler500 = error_pages.bad_request, error_pages.server_error


@pytest.mark.urls(__name__)
def test_fault_after_a_view_has_finished_does_not_say_that_nothing_was_saved(client, alice, log):
    client.force_login(alice)

    response = client.post("/saves/")

    page = text_of(soup_of(response).main)
    assert response.status_code == 503
    assert OutgoingMail.objects.count() == 1
    assert "Nothing was saved" not in page
    assert "What you sent may be saved or not: look before you send it again. Try again in 30 seconds." in page
    assert len(log.lines) == 1


@pytest.mark.parametrize("name", FAULTS)
def test_page_can_be_read_unless_the_database_is_broken(client, log, break_database, name):
    with break_database(name):
        response = client.get("/no-such-page/")

    assert response.status_code == (503 if name in BROKEN else 404)
    assert len(log.lines) == 1


@pytest.mark.parametrize("name", FAULTS)
def test_periodic_task_logs_a_fault_in_one_line_and_the_next_task_runs(log, break_database, name):
    done = []
    tasks = [PeriodicTask("write", 1, make_rsvp), PeriodicTask("next", 1, lambda: done.append("next"))]

    with break_database(name):
        PeriodicTaskRunner(tasks, is_wanted=lambda: True).run_due()

    assert done == ["next"]
    assert [line.split(" (")[0] for line in log.lines] == [
        f"ERROR bookclub.mail.periodic_tasks: The task “write” failed: {FAULTS[name][1].sentence}"
    ]


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_healthz_is_503_and_one_line_while_the_database_is_broken(client, log, break_database, name):
    with break_database(name):
        response = client.get("/healthz")

    fault = FAULTS[name][1]
    assert (response.status_code, response.content) == (503, b"no database\n")
    assert [line.partition(" (")[0] for line in log.lines] == [
        f"ERROR django.request: Service Unavailable: GET /healthz: {fault.sentence}"
    ]
    assert client.get("/healthz").status_code == 200


@contextmanager
def file_size_limit(limit):
    """Let files grow to `limit` bytes only: what a full disk does to large files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def make_noise():
    """Return a photo that is larger than the limit once it is stored."""
    file = BytesIO()
    Image.merge("RGB", [Image.effect_noise((1200, 900), 200)] * 3).save(file, "PNG")
    return SimpleUploadedFile("noise.png", file.getvalue(), "image/png")


def add_photo(client, writeup):
    form = {"writeup": writeup.pk, "alt": "Eight readers around a table", "image": make_noise()}
    return client.post("/admin/meetups/photo/add/", form)


def test_picture_that_does_not_fit_on_the_disk_is_a_503_without_files_or_a_row(client, log, media, olga):
    writeup = make_writeup()
    client.force_login(olga)
    client.get("/admin/")
    if connection.vendor == "sqlite":
        execute("PRAGMA wal_checkpoint(TRUNCATE)")  # its own files stay below the limit

    with file_size_limit(100_000):
        response = add_photo(client, writeup)
    files = [path for path in media.rglob("*") if path.is_file()]
    photos = Photo.objects.count()
    again = add_photo(client, writeup)

    assert response.status_code == 503
    assert "Nothing was saved." in soup_of(response).main.text
    assert [line.split(" (")[0] for line in log.lines] == [
        f"ERROR django.request: Service Unavailable: POST /admin/meetups/photo/add/: {Fault.FULL.sentence}"
    ]
    assert (files, photos) == ([], 0)
    assert again.status_code == 302
    assert len([path for path in media.rglob("*") if path.is_file()]) == 6
