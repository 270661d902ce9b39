"""Long lists: looked at and imported by the worker, with progress, killed in the middle."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from itertools import islice
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from bookclub.mail.models import Worker
from newsletter import list_import
from newsletter.csv_import import Judge, PackedList, Report, unpack_rows
from newsletter.list_import import confirm_import, run_imports, start_import
from newsletter.models import Subscriber, SubscriberImport, SubscriberImportContent
from tests.factories import make_organiser, make_subscriber
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.django_db
IMPORT_URL = reverse("admin:newsletter_subscriber_import")


def make_file(number, *, extra=""):
    lines = "".join(f"Reader {each},reader{each}@example.org\n" for each in range(number))
    return SimpleUploadedFile("list.csv", f"name,email\n{lines}{extra}".encode(), "text/csv")


def start_long_import(number=6_000, **fields):
    return start_import(make_organiser("owner@example.org"), "At the door", make_file(number, **fields))


def run_to_end():
    """Run the worker's task until no list waits, however long that takes."""
    run_imports()
    while SubscriberImport.objects.waiting_for_worker().exists():
        run_imports()


def upload(client, file):
    return client.post(IMPORT_URL, {"file": file, "consent": "At the door"}, follow=True)


@pytest.mark.both_databases
def test_long_list_is_looked_at_and_imported_by_the_worker(organiser_client):
    make_subscriber("reader7@example.org", left_at=timezone.now())
    page = upload(organiser_client, make_file(6_000, extra="x,reader8@example.org\nx,nonsense\n"))
    address = page.redirect_chain[-1][0]
    assert (page["Refresh"], text_of(soup_of(page).h2)) == ("3", "Looking at each row")
    assert "waiting for the worker" in page.text
    assert soup_of(page).select("input[type=file]") == [], "the page loads itself again, and would empty the form"

    run_to_end()
    report = organiser_client.get(address)
    assert "Refresh" not in report
    assert [text_of(line) for line in soup_of(report).select("summary")] == [
        "New: 5,999", "Left: stays off the list: 1", "Repeated in the file: 1", "Not an address: 1",
    ]  # fmt: skip
    assert Subscriber.objects.count() == 1
    form = soup_of(report).find("input", value="Bring the new ones in").find_parent("form")
    organiser_client.post(form["action"], {field["name"]: field["value"] for field in form.select("input[name]")})
    run_to_end()

    done = organiser_client.get(address)
    assert text_of(soup_of(done).h2) == "What became of each row"
    assert "Brought in: 5,999. No mail was sent." in done.text
    assert soup_of(done).select_one("input[type=file]")
    assert Subscriber.objects.subscribed().filter(confirmed_by="import: At the door").count() == 5_999
    assert SubscriberImportContent.objects.count() == 0


def test_progress_page_shows_rows_done_and_import_page_links_to_it(organiser_client, monkeypatch):
    monkeypatch.setattr(list_import, "SLICE_SECONDS", 0)  # each round of the worker reads the list, and looks at no row
    address = upload(organiser_client, make_file(6_000)).redirect_chain[-1][0]
    run_imports()
    SubscriberImport.objects.update(rows_done=1_000)

    page = organiser_client.get(address)

    assert "1,000 of 6,000 rows are done." in page.text
    assert soup_of(organiser_client.get(IMPORT_URL)).find("a", href=address)


def test_list_advances_though_finding_its_refusals_takes_longer_than_a_slice(monkeypatch):
    monkeypatch.setattr(list_import, "SLICE_SECONDS", 0.01)
    rows = [f"ann{number}@example.org,{'un' * (number % 2)}subscribed" for number in range(6_000)]
    file = SimpleUploadedFile("list.csv", "\n".join(["email,status", *rows]).encode())
    row = list_import.start_import(make_organiser(), "Door", file)

    for _ in range(7):
        run_imports()

    row.refresh_from_db()
    assert (row.state, row.counts) == (SubscriberImport.State.READY, {"new": 3_000, "kept_left": 3_000})


def test_progress_page_says_when_no_worker_reports(organiser_client):
    worker = Worker.objects.create(name="a1b2", host="here")
    address = upload(organiser_client, make_file(6_000)).redirect_chain[-1][0]
    assert "The list is waiting for the worker, which begins within seconds." in text_of(
        soup_of(organiser_client.get(address))
    )

    Worker.objects.filter(pk=worker.pk).update(seen_at=timezone.now() - dt.timedelta(minutes=1))

    page = text_of(soup_of(organiser_client.get(address)))
    assert "No worker reports, so nothing goes on here." in page
    assert "within seconds" not in page


def test_import_page_says_that_a_list_is_not_brought_in_yet(organiser_client):
    address = upload(organiser_client, make_file(6_000)).redirect_chain[-1][0]
    run_to_end()

    link = soup_of(organiser_client.get(IMPORT_URL)).find("a", href=address)

    assert text_of(link.parent) == (
        "A list that you sent (“At the door”, 6,000 rows): looked at, and not brought in yet. "
        "The next list that you send takes its place."
    )


def test_progress_page_belongs_to_one_organiser(organiser_client, client):
    row = start_long_import()
    address = reverse("admin:newsletter_subscriber_import_progress", args=[row.pk])

    assert "Choose the file once more." in client_of("other@example.org", client).get(address, follow=True).text
    assert "Choose the file once more." in organiser_client.post(IMPORT_URL, {"kept": "9" * 30}, follow=True).text


def client_of(email, client):
    client.force_login(make_organiser(email))
    return client


def test_unreadable_long_list_says_so(organiser_client):
    address = upload(organiser_client, SimpleUploadedFile("list.csv", b"nothing\n" * 20_000)).redirect_chain[-1][0]

    run_to_end()

    page = organiser_client.get(address)
    assert text_of(soup_of(page).select_one(".errornote")).startswith("No column of addresses was found")
    assert SubscriberImportContent.objects.count() == 0


def test_list_with_too_many_rows_says_so(monkeypatch):
    monkeypatch.setattr(list_import, "ROW_LIMIT", 5_999)
    row = start_long_import()

    run_to_end()

    assert SubscriberImport.objects.get(pk=row.pk).state == "failed"


@pytest.mark.both_databases
def test_batch_taken_by_two_workers_counts_once():
    row = start_long_import()
    run_to_end()
    confirm_import(SubscriberImport.objects.get())
    first, second = SubscriberImport.objects.get(), SubscriberImport.objects.get()

    batch = list(islice(unpack_rows(bytes(first.content.data)), 1_000))
    packed_list = PackedList(list_import.get_columns(first), bytes(first.content.data))
    judges = [Judge(packed_list, {}, Report()) for _ in range(2)]
    taken = [list_import.take_batch(*each) for each in ((first, batch, judges[0]), (second, batch, judges[1]))]
    list_import.finish_step(first)

    row.refresh_from_db()
    assert taken == [True, False]
    assert (row.state, row.rows_done, row.counts) == ("done", 6_000, {"new": 6_000})
    assert Subscriber.objects.count() == 6_000


@pytest.mark.both_databases
def test_list_is_confirmed_once():
    """The button is pressed twice, or in two windows."""
    start_long_import()
    run_to_end()
    first, second = SubscriberImport.objects.get(), SubscriberImport.objects.get()

    begun = [confirm_import(row) for row in (first, second)]

    assert begun == [True, False]
    assert SubscriberImport.objects.get().state == "importing"


@pytest.mark.both_databases
def test_list_claimed_since_it_was_read_is_left_to_its_worker():
    row = start_long_import()
    claims = []

    def claim_after_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "ORDER BY" in sql and "claimed_until" in sql and not claims:
            claims.append(timezone.now() + dt.timedelta(minutes=1))
            SubscriberImport.objects.update(claimed_until=claims[0])
        return result

    with connection.execute_wrapper(claim_after_reading):
        run_imports()

    row.refresh_from_db()
    assert (row.state, row.claimed_until, row.content.is_read) == ("looking", *claims, False)


def test_claimed_list_is_left_to_its_worker():
    row = start_long_import()
    SubscriberImport.objects.update(claimed_until=timezone.now() + dt.timedelta(minutes=1))

    run_to_end()

    row.refresh_from_db()
    assert row.state == "looking"


def test_list_is_deleted_after_an_hour_and_a_confirmed_one_waits_for_a_day(time_machine):
    start_long_import()
    start_import(make_organiser("una@example.org"), "At the door", make_file(10))
    una = SubscriberImport.objects.get(owner__email="una@example.org")
    SubscriberImport.objects.filter(pk=una.pk).update(row_count=99_999)
    una.refresh_from_db()
    confirm_import(una)
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=61))

    run_to_end()

    assert list(SubscriberImport.objects.values_list("owner__email", "state")) == [("una@example.org", "done")]


@pytest.mark.all_tests
@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_the_middle_loses_and_doubles_no_row():
    row = start_long_import(12_000)
    run_to_end()
    confirm_import(SubscriberImport.objects.get())
    kills = 0
    code = "import django; django.setup(); from newsletter.list_import import run_imports; run_imports()"
    while not SubscriberImport.objects.filter(state="done").exists():
        SubscriberImport.objects.update(claimed_until=None)  # instead of waiting for the end of the claim
        before = SubscriberImport.objects.get().rows_done
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bookclub.settings", "DATABASE_URL": get_database_url()}
        worker = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], env=environment)
        while worker.poll() is None and SubscriberImport.objects.get().rows_done == before:
            time.sleep(0.01)
        if worker.poll() is None and kills < 5:
            worker.send_signal(signal.SIGKILL)
            kills += 1
        assert worker.wait(60) in {0, -signal.SIGKILL}

    row.refresh_from_db()
    assert kills > 0
    assert (row.rows_done, row.counts) == (12_000, {"new": 12_000})
    assert Subscriber.objects.count() == 12_000


def get_database_url():
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server = urlsplit(os.environ["TEST_DATABASE_URL"])
    return f"{server.scheme}://{server.netloc}/{name}?{server.query}"
