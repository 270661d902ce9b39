"""The parts of search that depend on the database: storage, query syntax, triggers and locks. One module for each."""

from bookclub.search.engines import postgresql, sqlite

ENGINES = {"sqlite": sqlite, "postgresql": postgresql}


def get_engine(connection):
    """Return the module for the database of `connection`."""
    return ENGINES[connection.vendor]
