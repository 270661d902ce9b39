import pytest
from django.db import connection

from newsletter.models import Subscriber
from tests.factories import make_subscriber

COUNT_CURSORS = {"sqlite": "SELECT 0", "postgresql": "SELECT count(*) FROM pg_cursors"}[connection.vendor]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_list_that_is_read_in_chunks_needs_no_cursor_on_the_server():
    """Through PgBouncer, the next chunk may be asked for in another connection of the server."""
    for number in range(3):
        make_subscriber(f"reader{number}@example.org")

    rows = Subscriber.objects.iterator(chunk_size=1)
    next(rows)

    with connection.cursor() as cursor:
        cursor.execute(COUNT_CURSORS)
        assert cursor.fetchall() == [(0,)]
    assert len(list(rows)) == 2
