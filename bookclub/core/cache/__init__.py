"""Cache backends that raise CacheUnavailable where the server or the table can't be read or written.

The limits for codes, passwords and mail to strangers are counted in the cache, so a view that doesn't catch it is closed
while nothing can be counted: docs/decisions/0014-cache-away.md.
"""

import datetime as dt
import secrets

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache as DjangoDatabaseCache
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone

PROBE_KEY = "availability"
PROBE_SECONDS = 60


class CacheUnavailable(Exception):
    """The cache can't be read or written at present."""


class GuardedCacheMixin:
    """Raises CacheUnavailable in place of `errors`."""

    errors = ()

    def guard(self, method, *args, **kwargs):
        try:
            return method(*args, **kwargs)
        except self.errors as error:
            raise CacheUnavailable(str(error)) from error

    def add(self, *args, **kwargs):
        return self.guard(super().add, *args, **kwargs)

    def get(self, *args, **kwargs):
        return self.guard(super().get, *args, **kwargs)

    def set(self, *args, **kwargs):
        return self.guard(super().set, *args, **kwargs)

    def touch(self, *args, **kwargs):
        return self.guard(super().touch, *args, **kwargs)

    def delete(self, *args, **kwargs):
        return self.guard(super().delete, *args, **kwargs)

    def get_many(self, *args, **kwargs):
        return self.guard(super().get_many, *args, **kwargs)

    def has_key(self, *args, **kwargs):
        return self.guard(super().has_key, *args, **kwargs)

    def incr(self, *args, **kwargs):
        return self.guard(super().incr, *args, **kwargs)

    def set_many(self, *args, **kwargs):
        return self.guard(super().set_many, *args, **kwargs)

    def delete_many(self, *args, **kwargs):
        return self.guard(super().delete_many, *args, **kwargs)

    def clear(self):
        return self.guard(super().clear)


class DatabaseCache(GuardedCacheMixin, DjangoDatabaseCache):
    """A table of the database."""

    errors = (DatabaseError,)

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        is_added = super().add(key, value, timeout, version)
        if not is_added and not self.has_key(key, version):
            # Somebody has just deleted the key, or the database takes no rows: Django returns False in both cases.
            self.guard(self.insert_probe)
        return is_added

    def insert_probe(self):
        """Add a row that expires. Raises the DatabaseError that Django's method hides."""
        connection = connections[router.db_for_write(self.cache_model_class)]
        names = (self._table, "cache_key", "value", "expires")
        table, *columns = (connection.ops.quote_name(name) for name in names)
        expires = timezone.now() + dt.timedelta(seconds=PROBE_SECONDS)
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES (%s, %s, %s)",  # noqa: S608 - quoted names
                [f"{PROBE_KEY}-{secrets.token_hex(8)}", "", connection.ops.adapt_datetimefield_value(expires)],
            )

    def check_available(self):
        """Raise CacheUnavailable if the table can't be read. It is not written: readers don't wait for a lock."""
        self.has_key(PROBE_KEY)
