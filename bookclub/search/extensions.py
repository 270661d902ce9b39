"""PostgreSQL's extensions that make search better. The site works without them."""

from django.db import DatabaseError, connection, transaction

from bookclub.search.engines import get_engine
from bookclub.search.registry import get_searchables

IS_MISSING = "SELECT 1 FROM pg_available_extensions WHERE name = %s AND installed_version IS NULL"
# insufficient_privilege, and unique_violation: another process makes it at the same moment
EXPECTED_CODES = {"42501", "23505"}


def create_extensions() -> None:
    """Make the extensions that the server offers and this role may make. Idempotent."""
    for name in get_engine(connection).EXTENSIONS:
        with connection.cursor() as cursor:
            cursor.execute(IS_MISSING, [name])
            is_missing = cursor.fetchone() is not None
        if is_missing:
            create_extension(name)


def create_extension(name):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            get_engine(connection).install_index(cursor, get_searchables())
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) not in EXPECTED_CODES:
            raise
