"""The log as the site writes it, and the secrets that must not be in it."""

import logging
import re
import sqlite3
from io import StringIO

from django.conf import settings
from django.utils.module_loading import import_string

# Parts of the names of columns whose values open something or tell who somebody is.
SECRET_COLUMNS = re.compile("token|session_key|password|secret|email|recipient")
# An address begins where its word begins: tried from each letter on, a long word would take time by its square.
WORDS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w.-]+\w|[\w-]{16,}")


def make_handler(stream):
    """Return a handler that writes what the site's own would write."""
    handler = logging.StreamHandler(stream)
    options = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(import_string(options["()"])(options["format"], style=options["style"]))
    return handler


class Log:
    """Collects what is logged from now on, until it is closed."""

    def __init__(self):
        self.stream = StringIO()
        self.handler = make_handler(self.stream)
        # Loggers with handlers of their own don't pass their records to the root.
        names = [name for name, options in settings.LOGGING["loggers"].items() if "handlers" in options]
        self.loggers = [logging.getLogger(name) for name in [None, *names]]
        for logger in self.loggers:
            logger.addHandler(self.handler)

    def close(self):
        for logger in self.loggers:
            logger.removeHandler(self.handler)

    @property
    def text(self):
        return self.stream.getvalue()

    @property
    def lines(self):
        """The lines without their time."""
        return [line.partition(",")[2].partition(" ")[2] for line in self.text.splitlines()]


class SecretCollector:
    """Remembers the secrets of all rows that are saved, as a receiver of post_save."""

    def __init__(self):
        self.secrets = set()

    def __call__(self, instance, **signal):
        for field in instance._meta.concrete_fields:
            if SECRET_COLUMNS.search(field.column):
                self.secrets.add(str(getattr(instance, field.attname)))


def find_leaks(text, secrets):
    """Return the secrets that occur in the text as whole words."""
    return set(WORDS.findall(text)) & secrets


def read_secrets(path):
    """Return the secrets in all rows of an SQLite database."""
    secrets = set()
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for column in filter(SECRET_COLUMNS.search, columns):
                rows = connection.execute(f'SELECT DISTINCT "{column}" FROM "{table}"')  # noqa: S608 - our own
                secrets |= {str(value) for (value,) in rows}
    connection.close()
    return secrets
