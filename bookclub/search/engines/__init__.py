"""What differs between the databases: how the index is stored, how terms are written, what triggers look like."""

from bookclub.search.engines import postgresql, sqlite

ENGINES = {"sqlite": sqlite, "postgresql": postgresql}


def get_engine(connection):
    """Return the module for the database of `connection`."""
    return ENGINES[connection.vendor]
