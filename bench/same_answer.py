"""Check that neither the response time nor the page reveals whether an address has an account: 200 tries each, in turns.

    python -m bench.same_answer [--tries 200] [--form sign-in] [--form rsvp] ...

On a site of its own, served as `make run` serves it, for an open and for a closed club. It stands behind a proxy that
it is told to believe, so that each try comes from a place of its own and no limit stops it. Prints the medians of the
form and of the page that follows, for addresses of which something is known and for others. Exits with 1 where they differ by more
than 5 ms and 5 %, or where a status or a page is not the same.
"""

import argparse
import http.client
import itertools
import os
import re
import statistics
import sys
import tempfile
import time
from urllib.parse import urlencode

import django

from tests.serving import environment_in, prepare, serving

WARM = 10  # tries of each kind before any counts
MEETUP = "the-next-one"


class Reader:
    """A persistent connection with a CSRF token; each try comes from another network, without a session."""

    places = itertools.count(1)

    def __init__(self, port):
        self.port = port
        self.line = http.client.HTTPConnection("localhost", int(port), timeout=30)
        page, cookies = self.ask("GET", "/accounts/login/")[1:]
        self.token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
        self.cookie = next(each for each in cookies if each.startswith("csrftoken"))

    def ask(self, method, path, fields=None, cookies=()):
        """Return status, page or redirect target, and cookies."""
        place = next(self.places)
        headers = {
            "X-Forwarded-For": f"10.{place >> 8 & 255}.{place & 255}.1",
            "Origin": f"http://localhost:{self.port}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(cookies),
        }
        self.line.request(method, path, urlencode(fields) if fields else None, headers)
        response = self.line.getresponse()
        set_here = [value.partition(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie"]
        page = response.read().decode()
        return response.status, response.headers.get("Location") or page, set_here

    def fill_in(self, path, fields):
        """Return the seconds of the form and of the next page, and the responses."""
        began = time.perf_counter()
        sent = self.ask("POST", path, fields | {"csrfmiddlewaretoken": self.token}, [self.cookie])
        between = time.perf_counter()
        page = self.ask("GET", sent[1] if sent[0] == 302 else path, cookies=[*sent[2], self.cookie])
        ended = time.perf_counter()
        words = re.sub(r'value="\w{64}"', "", page[1]).replace(fields["email"], "ADDRESS")
        return (between - began, ended - between), (sent[0], sent[1], page[0], words)


FORMS = {
    "sign-in": ("/accounts/login/", {}),
    "password": ("/accounts/password/reset/", {}),
    "newsletter": ("/newsletter/subscription/", {}),
    "rsvp": (f"/meetups/{MEETUP}/rsvp/", {"name": "Vic King", "answer": "going", "line": ""}),
}


# What is known of an address, or nothing.
KINDS = {"newsletter": ["subscribed", "pending", "left", "suppressed", "unknown"]}
KNOWN_OR_NOT = ["member", "unknown"]


def compare(reader, form, tries, run):
    """Try addresses of each kind in turns; print and return whether answers and times are the same."""
    from bookclub.mail.rate_limits import MailRequest  # noqa: PLC0415 - after the settings

    path, fields = FORMS[form]
    tried = {kind: [] for kind in KINDS.get(form, KNOWN_OR_NOT)}
    for number in range(tries + WARM):
        for kind, answers in tried.items():
            answers.append(reader.fill_in(path, fields | {"email": f"{kind}{run}-{number}@example.org"}))
        if number % 20 == 0:
            MailRequest.objects.all().delete()  # else the rate limit of the whole site is reached
    pages = [{seen for _, seen in answers} for answers in tried.values()]
    is_same = all(page == pages[0] for page in pages) and {status for status, *_ in pages[0]} == {302}
    print(f"  {form}: {'the same' if is_same else 'NOT THE SAME'} pages ({len(pages[0])}) for {tries} tries each")
    for part, name in enumerate(("the form", "the page")):
        medians = {
            kind: statistics.median(times[part] for times, _ in answers[WARM:]) * 1000
            for kind, answers in tried.items()
        }
        is_near = max(medians.values()) - min(medians.values()) <= max(5, min(medians.values()) * 0.05)
        is_same = is_same and is_near
        said = ", ".join(f"{kind} {median:.1f} ms" for kind, median in medians.items())
        print(f"    {name}: {said}", "" if is_near else "TOO FAR APART")
    return is_same


def set_up(tries, runs):
    """Create members for every try, subscribers in every state, and a meetup with seats."""
    from tests.factories import make_meetup  # noqa: PLC0415 - after the settings

    make_meetup(slug=MEETUP)
    numbers = [f"{run}-{number}@example.org" for run in range(runs) for number in range(tries + WARM)]
    make_members(numbers)
    make_subscribers(numbers)


def make_members(numbers):
    from allauth.account.models import EmailAddress  # noqa: PLC0415 - after the settings

    from members.models import Member  # noqa: PLC0415

    members = [Member(email=f"member{number}", name="A member") for number in numbers]
    for member in members:
        member.set_unusable_password()
    Member.objects.bulk_create(members)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=member, email=member.email, primary=True, verified=True) for member in members]
    )


def make_subscribers(numbers):
    from django.utils import timezone  # noqa: PLC0415 - after the settings

    from newsletter.models import Subscriber  # noqa: PLC0415

    now = timezone.now()
    states = {
        "subscribed": {"confirmed_at": now},
        "pending": {},
        "left": {"confirmed_at": now, "left_at": now},
        "suppressed": {"confirmed_at": now, "suppressed_at": now, "suppression_reason": "hard"},
    }
    for state, fields in states.items():
        Subscriber.objects.bulk_create(Subscriber(email=f"{state}{number}", **fields) for number in numbers)


def main(forms, tries, environment):
    from tests.factories import make_club  # noqa: PLC0415 - after the settings

    set_up(tries, 2 * len(forms))
    is_well, run = True, 0
    with serving(environment) as port:
        for joining in ("open", "closed"):
            make_club(joining=joining)
            print(f"A club that is {joining}")
            for form in forms:
                if joining == "closed" and form == "rsvp":
                    continue  # the form itself says that nobody new may come, to everybody
                is_well = compare(Reader(port), form, tries, run) and is_well
                run += 1
    return is_well


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--form", action="append", choices=FORMS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_in(folder, TRUSTED_PROXY_COUNT="1", SECRET_KEY=os.urandom(50).hex())
        prepare(environment)
        os.environ |= environment
        django.setup()
        sys.exit(not main(asked.form or list(FORMS), asked.tries, environment))
