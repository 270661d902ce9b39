"""Let 32 members answer a meetup again and again, on SQLite, while a letter goes out: who waits, and what is lost?

    python -m bench.busy_writers [--seconds 300] [--tenth]

Meanwhile a reader loads pages, an organiser saves 64 KiB, and a copy of the database is taken. Exits with 1 at a
status 5xx other than 503, at 1 % or more of 503, at an answer that took over 3 s, at a lost write, or at a damaged copy.
"""

import argparse
import http.client
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup

from tests.serving import environment_in, sample_in, serving

WRITERS, SUBSCRIBERS = 32, 2_000
MOST_503, WORST_SECONDS = 0.01, 3
FORM = "application/x-www-form-urlencoded"
COPY_EVERY_SECONDS, SAVE_EVERY_SECONDS = 15, 4


class Browser:
    """One person, with a new connection for each request. Notes the status and the seconds of each answer in `log`."""

    def __init__(self, address, cookie, kind, log):
        self.address, self.kind, self.log = address, kind, log
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self.headers = {"Origin": address, "Cookie": cookie}

    def ask(self, method, path, fields=None):
        """Return (status, body)."""
        began = time.monotonic()
        headers = self.headers | ({"Content-Type": FORM} if fields is not None else {})
        try:
            self.connection.request(method, path, fields and urlencode(fields), headers)
            response = self.connection.getresponse()
            body = response.read()
            status = response.status
        except (OSError, http.client.HTTPException) as error:
            status, body = type(error).__name__, b""
        finally:
            self.connection.close()
        self.log[self.kind].append((status, time.monotonic() - began))
        return status, body


class Club:
    """The club's data, read and written beside the running site."""

    def __init__(self):
        import django  # noqa: PLC0415 - the environment is set by now

        django.setup()

    def prepare(self, writers):
        """Create members with sessions, an open meetup and a letter. Return (cookies, organiser's cookie, meetup)."""
        from django.utils import timezone  # noqa: PLC0415 - Django is set up by now

        from newsletter.models import Issue, Subscriber  # noqa: PLC0415
        from tests.factories import make_meetup, make_member, make_organiser, make_writeup  # noqa: PLC0415

        now = timezone.now()
        self.members = [make_member(f"writer{number}@example.org", name="Writer") for number in range(writers)]
        cookies = [self.sign_in(member) for member in self.members]
        self.meetup = make_meetup(slug="busy", capacity=None)
        self.writeup = make_writeup(slug="long")
        Subscriber.objects.bulk_create(
            Subscriber(email=f"reader{number}@example.org", confirmed_at=now) for number in range(SUBSCRIBERS)
        )
        self.issue = Issue.objects.create(subject="Letter", introduction="Dear readers,\n\n" + "word " * 300)
        return cookies, self.sign_in(make_organiser("organiser@example.org"))

    def sign_in(self, member):
        from django.test import Client  # noqa: PLC0415 - Django is set up by now

        client = Client()
        client.force_login(member)
        return f"sessionid={client.cookies['sessionid'].value}; csrftoken={'a' * 32}"

    def send_letter(self):
        from newsletter import delivery  # noqa: PLC0415 - Django is set up by now

        delivery.send_issue(self.issue, None)

    def read_answers(self):
        """Return {number of the writer: answer}, by a new connection, as the old one may be broken."""
        from django.db import connection  # noqa: PLC0415 - Django is set up by now

        connection.close()
        answers = dict(self.meetup.rsvps.values_list("member", "answer"))
        return {number: answers.get(member.pk) for number, member in enumerate(self.members)}

    def read_body(self):
        self.writeup.refresh_from_db()
        return self.writeup.body


def write(browser, number, acknowledged, is_over):
    """Come and not come in turn; note the last answer that the site acknowledged."""
    answer = "going"
    while not is_over():
        status, _ = browser.ask("POST", "/meetups/busy/rsvp/", {"answer": answer})
        if status == 302:
            acknowledged[number] = answer
            answer = "not_going" if answer == "going" else "going"


def read(browser, is_over):
    while not is_over():
        for path in ("/", "/write-ups/", "/meetups/busy/", "/quotes/"):
            browser.ask("GET", path)
            time.sleep(0.05)


def edit(browser, path, saved, is_over):
    """Save a write-up of 64 KiB through its form in the admin."""
    number = 0
    while not is_over():
        number += 1
        status, page = browser.ask("GET", path)
        text = f"Version {number}. " + "word " * 13_000
        if status == 200:
            fields = read_form(page) | {"body": text}
            status, page = browser.ask("POST", path, fields)
            if status == 302:
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
    return fields | {"csrfmiddlewaretoken": "a" * 32, "_save": "Save"}


def copy(folder, damaged, is_over):
    """Take copies by SQLite's backup API, as the operator's guide says, and check them."""
    while not is_over():
        with closing(sqlite3.connect(folder / "db.sqlite3")) as source, closing(sqlite3.connect(":memory:")) as target:
            source.backup(target)
            if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                damaged.append(time.monotonic())
        time.sleep(COPY_EVERY_SECONDS)


def run(environment, seconds):
    club = Club()
    cookies, organiser = club.prepare(WRITERS)
    log, acknowledged, saved, damaged = defaultdict(list), {}, [], []
    path = f"/admin/meetups/writeup/{club.writeup.pk}/change/"
    with serving(environment):
        site, end = environment["SITE_URL"], time.monotonic() + seconds

        def is_over():
            return time.monotonic() > end

        tasks = [(write, Browser(site, cookie, "writer", log), n, acknowledged) for n, cookie in enumerate(cookies)]
        tasks.append((read, Browser(site, "", "reader", log)))
        tasks.append((edit, Browser(site, organiser, "organiser", log), path, saved))
        tasks.append((copy, Path(environment["DATA_DIR"]), damaged))
        threads = [threading.Thread(target=task, args=(*args, is_over)) for task, *args in tasks]
        for thread in threads:
            thread.start()
        club.send_letter()
        for thread in threads:
            thread.join()
    answers = club.read_answers()
    lost = [number for number, answer in acknowledged.items() if answers[number] != answer]
    if saved and club.read_body().strip() != saved[-1].strip():
        lost.append("the write-up")
    return report(log, lost, saved, damaged)


def report(log, lost, saved, damaged):
    """Print the figures and return whether they are good enough."""
    is_good = not lost and not damaged and bool(saved)
    for kind, answers in log.items():
        statuses = Counter(status for status, _ in answers)
        worst = max(seconds for _, seconds in answers)
        is_good &= worst <= WORST_SECONDS and all(status in {200, 302, 503} for status in statuses)
        print(f"{kind:10} {len(answers):6} answers, slowest {worst:.2f} s, {dict(statuses)}")
    every = [status for answers in log.values() for status, _ in answers]
    share = every.count(503) / len(every)
    print(f"503: {share:.2%}; acknowledged and lost: {lost or 0}; saves {len(saved)}; damaged copies {len(damaged)}")
    return is_good and share < MOST_503


def main(seconds):
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_in(shutil.copytree(sample_in(Path(folder)), Path(folder, "data")))
        os.environ.update(environment)
        is_good = run(environment, seconds)
        if not is_good:
            print(Path(folder, "data", "serve.log").read_text()[-20_000:])
        return is_good


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--tenth", action="store_true", help="a tenth of the time")
    given = parser.parse_args()
    sys.exit(0 if main(given.seconds / 10 if given.tenth else given.seconds) else 1)
