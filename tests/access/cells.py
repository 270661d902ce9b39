"""Cells of the table: one address, one role, one method; and what is wrong with the answer."""

from collections import Counter
from dataclasses import dataclass, field

from tests.access.marks import find_marks
from tests.access.responses import marks_in_response
from tests.access.roles import SUBSCRIBER, VISITOR, make_client, own_data
from tests.access.writes import recorded_writes, rolled_back

SAFE = {"GET", "HEAD"}
OTHERS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
UNUSED = {"PUT", "PATCH", "DELETE", "TRACE"}
ORDERLY = {200, 301, 302, 400, 403, 404, 405, 410, 413}
WITH_COOKIES = ("/accounts/", "/admin/")


@dataclass(frozen=True)
class Problem:
    role: str
    method: str
    address: object
    sentence: str
    is_mark: bool = False

    def __str__(self):
        return f"{self.role}: {self.method} {self.address} {self.sentence}"


@dataclass
class Table:
    """Requests cells of a world, counts them, and collects the problems."""

    world: object
    problems: list = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)

    @property
    def cell_count(self):
        return self.statuses.total()

    @property
    def cells_out_of_place(self):
        return {(each.role, each.method, each.address) for each in self.problems if each.is_mark}

    def client_of(self, role):
        """Return the browser of a role, which starts each cell with the same cookies."""
        client = make_client(self.world.people.get(role), self.world.sessions.get(role, {}))
        client.own_cookies = client.cookies.copy()
        return client

    def request(self, client, role, method, address, body=None):
        """Request one cell, and undo what it writes; add what is wrong to `problems`."""
        client.cookies = client.own_cookies.copy()
        with rolled_back(), recorded_writes() as tables:
            if method == "POST":
                response = client.post(address.full, body or {})
            else:
                response = client.generic(method, address.full)
            found = marks_in_response(response)
            close_files(response)
        found -= find_marks(f"{address.full} {body}")  # what somebody typed may be shown to them again
        self.statuses[response.status_code] += 1
        viewers = {role, own_data(role)} if address.pattern.name == "members:export_data" else {role}
        for mark in self.world.marks.out_of_place(found, viewers | address.keys):
            self.problems.append(Problem(role, method, address, f"shows {mark.place}", is_mark=True))
        for sentence in other_faults(role, method, address, response, tables):
            self.problems.append(Problem(role, method, address, sentence))
        return response


def other_faults(role, method, address, response, tables):
    """Yield a sentence for each other thing that is wrong with a response; `tables` were written to."""
    if response.status_code not in ORDERLY | ({422, 429} if method == "POST" else set()):
        yield f"has the status {response.status_code}"
    if method in UNUSED and response.status_code == 200 and not address.pattern.is_admin:
        yield "answers as if it had been asked for by GET"
    if method != "POST" and tables:
        yield f"writes to {', '.join(sorted(tables))}"
    is_public = role in {VISITOR, SUBSCRIBER} and method in SAFE and not address.path.startswith(WITH_COOKIES)
    if is_public and response.cookies:
        yield "sets a cookie"


def close_files(response):
    """Close the file of a response that nobody has read, such as of an answer to HEAD."""
    for close in response._resource_closers:  # noqa: SLF001 - close() would close the database, too
        close()
