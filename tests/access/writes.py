"""Notice what a request writes to the database."""

import hashlib
import re
from contextlib import contextmanager

from django.db import connection, transaction

from tests.access.field_audiences import all_models

WRITING = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b[^\"`]*[\"`](\w+)", re.IGNORECASE)
# Sessions and rate limits hold nothing of the club; cards are drawn from public rows when they are asked for.
OWN_BOOKS = {"django_session", "cache", "bookclub_sharecard"}


@contextmanager
def recorded_writes():
    """Yield a set that collects the tables to which the block writes, but for sessions and the cache."""
    tables = set()

    def note(execute, sql, params, many, context):
        if found := WRITING.match(sql):
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables
    tables -= OWN_BOOKS


@contextmanager
def rolled_back():
    """Undo what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fingerprint():
    """Return a hash of the rows of every table, but for sessions."""
    digest = hashlib.sha256()
    for model in all_models():
        if model._meta.db_table not in OWN_BOOKS:
            digest.update(repr(list(model.objects.order_by("pk").values_list())).encode())
    return digest.hexdigest()
