import time

import pytest
from django.db import connection

from bookclub.core.database.lock_waiting import limit_lock_waiting

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]

COMMANDS_WAIT_MS = {"sqlite": 20_000, "postgresql": 0}  # 0: without a limit


def read_lock_wait_ms():
    query = {
        "sqlite": "PRAGMA busy_timeout",
        "postgresql": "SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'",
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor])
        return cursor.fetchone()[0]


def test_new_connection_waits_for_locks_no_longer_than_the_request_may():
    connection.close()

    with limit_lock_waiting(time.monotonic() + 10):
        assert 1 <= read_lock_wait_ms() <= 10_000

    connection.close()
    assert read_lock_wait_ms() == COMMANDS_WAIT_MS[connection.vendor]
