"""People who use a running site all the time: for the drills that kill it, break it or keep it busy."""

import http.client
import itertools
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
CSRF_TOKEN = "a" * 32  # of cookie and form: Django compares the two


class BusySite:
    """The site as its visitors see it. Notes (status, seconds) of each answer in `log`, by the kind of person.

    The status is 0 where no whole answer came. Each request has a connection of its own, and for a site behind a proxy
    another client address, as limits are counted by address.
    """

    def __init__(self, environment, timeout_seconds=60):
        self.origin, self.timeout_seconds = environment["SITE_URL"], timeout_seconds
        self.log, self.numbers = defaultdict(list), itertools.count(1)

    def send(self, method, path, fields=None, *, cookie="", kind="visitor"):
        """Return (status, body)."""
        began, number = time.monotonic(), next(self.numbers)
        headers = {
            "Cookie": cookie,
            "Origin": self.origin,
            "X-Forwarded-For": f"10.{number // 62_500 % 250}.{number // 250 % 250}.{number % 250}",
        }
        if fields is not None:
            headers["Content-Type"] = FORM
        connection = http.client.HTTPConnection(urlsplit(self.origin).netloc, timeout=self.timeout_seconds)
        try:
            connection.request(method, path, fields and urlencode(fields), headers)
            response = connection.getresponse()
            status, body = response.status, response.read()
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
        finally:
            connection.close()
        self.log[kind].append((status, time.monotonic() - began))
        return status, body

    def send_answer(self, answer, cookie):
        """Answer the meetup of `BusyClub` as a member; return the status."""
        return self.send("POST", "/meetups/busy/rsvp/", {"answer": answer}, cookie=cookie, kind="writer")[0]


class BusyClub:
    """The club's data, beside the running site: members who answer one meetup. The environment must be set before."""

    def __init__(self, member_count):
        import django  # noqa: PLC0415 - the settings read the environment

        django.setup()
        from tests.factories import make_meetup, make_member  # noqa: PLC0415 - Django is set up by now

        self.members = [make_member(f"member{number}@example.org", name="Member") for number in range(member_count)]
        self.meetup = make_meetup(slug="busy", capacity=None)
        self.cookies = [make_cookie(member) for member in self.members]

    def find_lost_answers(self, acknowledged):
        """Return the numbers of members whose answer is not the last one that the site acknowledged."""
        from django.db import connection  # noqa: PLC0415 - Django is set up by now

        connection.close()  # it may be broken
        stored = dict(self.meetup.rsvps.values_list("member", "answer"))
        return [number for number, answer in acknowledged.items() if stored.get(self.members[number].pk) != answer]


def make_cookie(member):
    """Return the Cookie header of a browser in which `member` is signed in."""
    from django.test import Client  # noqa: PLC0415 - Django is set up by now

    client = Client()
    client.force_login(member)
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF_TOKEN}"


@contextmanager
def run_in_threads(*tasks):
    """Run tasks, each a function and its arguments, until the end of the block; they get `is_over`, too."""
    over = threading.Event()
    threads = [threading.Thread(target=task, args=(*arguments, over.is_set)) for task, *arguments in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
