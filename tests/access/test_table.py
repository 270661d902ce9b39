"""The access table: no URL shows anybody what is not for them, whichever method they use.

`make test` requests a sample of it, `make test-all` and `python -m bench.access_table` all of it.
"""

import logging
import os

import pytest

from tests.access.addresses import all_addresses, sample
from tests.access.bodies import bodies_for
from tests.access.cells import OTHERS, Table, close_files
from tests.access.making import make_world
from tests.access.roles import (
    AUTHOR,
    BARE_ORGANISER,
    MEMBER,
    ORGANISER,
    OTHER_AUTHOR,
    OTHER_MEMBER,
    PENDING,
    ROLES,
    SUBSCRIBER,
    SUPERUSER,
    VISITOR,
)  # fmt: skip
from tests.access.writes import fingerprint, rolled_back

# By what they cost: the pages of the admin take most of the time.
GROUPS = [
    [VISITOR, SUBSCRIBER, PENDING, MEMBER, OTHER_MEMBER, BARE_ORGANISER], [AUTHOR, OTHER_AUTHOR], [ORGANISER],
    [SUPERUSER],
]  # fmt: skip
# Who asks for the pages of a sample in turn. A visitor asks for all pages outside of the admin.
IN_ADMIN = [AUTHOR, BARE_ORGANISER, OTHER_AUTHOR, VISITOR, ORGANISER, SUPERUSER]
ON_SITE = [MEMBER, BARE_ORGANISER, OTHER_AUTHOR, SUBSCRIBER, PENDING, OTHER_MEMBER, ORGANISER]


@pytest.fixture
def world(db, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    settings.ROOT_URLCONF, settings.ANYMAIL = "tests.access.urls", {"WEBHOOK_SECRET": "reports:of-the-provider"}
    return make_world()


@pytest.fixture(autouse=True)
def quiet_log():
    """Don't print the thousands of pages that are refused, as they should be."""
    loggers = [logging.getLogger("django.request"), logging.getLogger("django.security")]
    for logger, level in zip(loggers, [logging.ERROR, logging.CRITICAL], strict=True):
        logger.setLevel(level)
    yield
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


@pytest.fixture
def table(world, record_property, capsys):
    table = Table(world)
    yield table
    record_property("cells", table.cell_count)
    record_property("out of place", len(table.cells_out_of_place))
    record_property("other problems", sum(not problem.is_mark for problem in table.problems))
    with capsys.disabled():
        print(f"\nAccess table: {table.cell_count:,} cells, {len(table.cells_out_of_place)} out of place")  # noqa: T201


def test_sample_of_table_shows_nothing_out_of_place(table):
    addresses = sample(all_addresses(table.world))
    clients = {role: table.client_of(role) for role in ROLES}
    before = fingerprint()

    for number, address in enumerate(addresses):
        is_admin = address.pattern.is_admin
        roles = [IN_ADMIN[number % len(IN_ADMIN)]] if is_admin else [VISITOR, ON_SITE[number % len(ON_SITE)]]
        for role in roles:
            table.request(clients[role], role, "GET", address)
        if not address.pattern.is_admin:
            table.request(clients[VISITOR], VISITOR, "POST", address)

    assert list(map(str, table.problems)) == []
    assert fingerprint() == before


@pytest.mark.all_tests
@pytest.mark.parametrize("roles", GROUPS, ids=" and ".join)
def test_whole_table_shows_nothing_out_of_place(table, roles):
    addresses = all_addresses(table.world)[:: int(os.environ.get("ACCESS_TABLE_STEP", "1"))]
    clients = {role: table.client_of(role) for role in {*roles, SUPERUSER}}
    before, seen = fingerprint(), set()

    for address in addresses:
        is_first = address.pattern not in seen
        seen.add(address.pattern)
        bodies = [{}] if roles == [SUPERUSER] or address.query else list_bodies(table, clients[SUPERUSER], address)
        for role in roles:
            request_cells(table, clients[role], role, address, bodies, OTHERS if is_first else [])

    assert list(map(str, table.problems)) == []
    assert fingerprint() == before


def list_bodies(table, client, address):
    """Return what to post to an address; `client` may see everything, and so all forms of its page."""
    with rolled_back():
        page = client.get(address.full)
    close_files(page)
    return bodies_for(table.world, address, page)


def request_cells(table, client, role, address, bodies, other_methods):
    """Request an address by GET and, without a query string, by HEAD, by POST with each body, and by other methods."""
    table.request(client, role, "GET", address)
    if address.query:
        return
    for method in ["HEAD", *other_methods]:
        table.request(client, role, method, address)
    for body in bodies:
        table.request(client, role, "POST", address, body)
