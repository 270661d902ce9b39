"""Let 32 members answer a meetup again and again, on SQLite, while a letter goes out: who waits, and what is lost?

    python -m bench.busy_writers [--seconds 300] [--tenth]

Meanwhile a reader loads pages, an organiser saves 64 KiB, and a copy of the database is taken. Exits with 1 at a
status 5xx other than 503, at 1 % or more of 503, at an answer that took over 3 s, at a lost write, or at a damaged copy.
"""

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from bs4 import BeautifulSoup

from bench.busy_site import CSRF_TOKEN, BusyClub, BusySite, make_cookie, run_in_threads
from tests.serving import environment_in, sample_in, serving

WRITERS, SUBSCRIBERS = 32, 2_000
MOST_503, WORST_SECONDS = 0.01, 3
COPY_EVERY_SECONDS, SAVE_EVERY_SECONDS = 15, 4


def answer_again_and_again(site, cookie, number, acknowledged, is_over):
    """Come and not come in turn; note the last answer that the site acknowledged."""
    answer = "going"
    while not is_over():
        if site.send_answer(answer, cookie) == 302:
            acknowledged[number] = answer
            answer = "not_going" if answer == "going" else "going"


def load_pages(site, is_over):
    while not is_over():
        for path in ("/", "/write-ups/", "/meetups/busy/", "/quotes/"):
            site.send("GET", path, kind="reader")
            time.sleep(0.05)


def save_writeup(site, cookie, path, saved, is_over):
    """Save a write-up of 64 KiB through its form in the admin, again and again."""
    while not is_over():
        status, page = site.send("GET", path, cookie=cookie, kind="organiser")
        text = f"Version {len(saved)}. " + "word " * 13_000
        if status == 200:
            fields = read_form(page) | {"body": text}
            if site.send("POST", path, fields, cookie=cookie, kind="organiser")[0] == 302:
                saved.append(text)
        time.sleep(SAVE_EVERY_SECONDS)


def read_form(page):
    """Return the fields of the admin form as a browser would post them with “Save”."""
    form = BeautifulSoup(page, "lxml").select_one("form[id$=_form]")
    fields = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        kind = field.get("type", "")
        if kind in {"submit", "file", "button"} or (kind in {"checkbox", "radio"} and not field.has_attr("checked")):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            if chosen or not field.has_attr("multiple"):
                fields[field["name"]] = chosen.get("value", "") if chosen else ""
        else:
            text = field.get_text() if field.name == "textarea" else field.get("value", "")
            fields[field["name"]] = text.removeprefix("\n")
    return fields | {"csrfmiddlewaretoken": CSRF_TOKEN, "_save": "Save"}


def copy_database(folder, damaged, is_over):
    """Take copies by SQLite's backup API, as the operator's guide says, and check them."""
    while not is_over():
        with closing(sqlite3.connect(folder / "db.sqlite3")) as source, closing(sqlite3.connect(":memory:")) as target:
            source.backup(target)
            if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                damaged.append(time.monotonic())
        time.sleep(COPY_EVERY_SECONDS)


def use_site(environment, seconds):
    """Let all of them use the site for so long; return whether the figures are good enough."""
    club, site = BusyClub(WRITERS), BusySite(environment)
    from newsletter import delivery  # noqa: PLC0415 - Django is set up by now
    from newsletter.models import Issue, Subscriber  # noqa: PLC0415
    from tests.factories import make_organiser, make_subscriber, make_writeup  # noqa: PLC0415

    organiser, writeup = make_cookie(make_organiser("organiser@example.org")), make_writeup(slug="long")
    confirmed_at = make_subscriber("first@example.org").confirmed_at
    Subscriber.objects.bulk_create(
        Subscriber(email=f"reader{number}@example.org", confirmed_at=confirmed_at) for number in range(SUBSCRIBERS)
    )
    issue = Issue.objects.create(subject="Letter", introduction="Dear readers,\n\n" + "word " * 300)
    path = f"/admin/meetups/writeup/{writeup.pk}/change/"
    acknowledged, saved, damaged = {}, [], []
    writers = [(answer_again_and_again, site, cookie, n, acknowledged) for n, cookie in enumerate(club.cookies)]
    others = [
        (load_pages, site),
        (save_writeup, site, organiser, path, saved),
        (copy_database, Path(environment["DATA_DIR"]), damaged),
    ]
    with serving(environment), run_in_threads(*writers, *others):
        delivery.send_issue(issue, None)
        time.sleep(seconds)
    lost = club.find_lost_answers(acknowledged)
    writeup.refresh_from_db()
    if saved and writeup.body.strip() != saved[-1].strip():
        lost.append("the write-up")
    return print_figures(site.log, lost, saved, damaged)


def print_figures(log, lost, saved, damaged):
    """Return whether the figures are good enough."""
    is_good = not lost and not damaged and bool(saved)
    for kind, answers in log.items():
        statuses = Counter(status for status, _ in answers)
        worst = max(seconds for _, seconds in answers)
        is_good &= worst <= WORST_SECONDS and set(statuses) <= {200, 302, 503}
        print(f"{kind:10} {len(answers):6} answers, slowest {worst:.2f} s, {dict(statuses)}")
    every = [status for answers in log.values() for status, _ in answers]
    share = every.count(503) / len(every)
    print(f"503: {share:.2%}; acknowledged and lost: {lost or 0}; saves {len(saved)}; damaged copies {len(damaged)}")
    return is_good and share < MOST_503


def main(seconds):
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_in(shutil.copytree(sample_in(Path(folder)), Path(folder, "data")))
        os.environ.update(environment)
        is_good = use_site(environment, seconds)
        if not is_good:
            print(Path(folder, "data", "serve.log").read_text()[-20_000:])
        return is_good


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--tenth", action="store_true", help="a tenth of the time")
    given = parser.parse_args()
    sys.exit(0 if main(given.seconds / 10 if given.tenth else given.seconds) else 1)
