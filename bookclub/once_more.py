from functools import wraps

from django.db import IntegrityError


def once_more(verb):
    """Try `verb`, one transaction, a second time where a row that it counted on was deleted at that moment.

    PostgreSQL says so at the end of the transaction alone. What fails twice is raised.
    """

    @wraps(verb)
    def tried(*args, **options):
        try:
            return verb(*args, **options)
        except IntegrityError:
            return verb(*args, **options)

    return tried
