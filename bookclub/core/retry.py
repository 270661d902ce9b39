from functools import wraps

from django.db import IntegrityError


def retry_on_integrity_error(function):
    """Decorator for a function that is one transaction: call it again after an IntegrityError.

    Another transaction may delete a row after this one has read it: PostgreSQL reports the broken foreign key only at
    COMMIT.
    """

    @wraps(function)
    def wrapper(*args, **options):
        try:
            return function(*args, **options)
        except IntegrityError:
            return function(*args, **options)

    return wrapper
