from functools import wraps

from django.db import IntegrityError


def retry_on_integrity_error(function):
    """Decorate a function that is one transaction: call it a second time after an IntegrityError.

    For a row that was deleted by another transaction after this one had read it: PostgreSQL reports the broken
    foreign key only at COMMIT.
    """

    @wraps(function)
    def wrapper(*args, **options):
        try:
            return function(*args, **options)
        except IntegrityError:
            return function(*args, **options)

    return wrapper
