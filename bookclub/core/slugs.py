import re

from anyascii import anyascii
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify

NOT_ASCII_WORD = re.compile(r"[^\W_a-zA-Z0-9]+")
NEXT_SYLLABLE = re.compile(r"(?<=[a-z])(?=[A-Z])")  # anyascii writes 村上 as “CunShang”
RESERVED = {"feed"}  # /write-ups/feed/ and /meetups/feed/ are no write-up and no meetup
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def unique_slug(queryset: QuerySet, text: str, *, fallback: str) -> str:
    """Return a slug of `text` that is not reserved and that no row of `queryset` has: “smart-urbanism”, “smart-urbanism-2”, …

    A text without letters and digits gets `fallback` and today's date. One query. Two concurrent calls may return the
    same slug: the unique constraint refuses the second row, see `retry_with_free_slug`.
    """
    base = make_slug(text) or f"{fallback}-{timezone.localdate()}"
    taken = RESERVED | set(queryset.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def retry_with_free_slug(row, make_free_slug, save):
    """Call `save()`; while a concurrent save takes the slug of `row` first, set `make_free_slug()` and call it again."""
    while True:
        try:
            with transaction.atomic():
                return save()
        except IntegrityError:
            taken, row.slug = row.slug, make_free_slug()
            if row.slug == taken:  # another constraint refuses the row
                raise


def make_slug(text: str) -> str:
    """Return `text` in Latin letters, digits and hyphens, at most 100: “Мастер и Маргарита” is “master-i-margarita”."""
    return slugify(NOT_ASCII_WORD.sub(_transliterate_word, text))[:100].strip("-")


def _transliterate_word(found):
    return NEXT_SYLLABLE.sub("-", anyascii(found.group()))


def is_slug_of(slug: str, text: str, *, fallback: str) -> bool:
    """Return whether `unique_slug` may have made `slug` from `text`."""
    base = re.escape(make_slug(text)) or f"{re.escape(fallback)}-{DATE}"
    return bool(re.fullmatch(rf"{base}(-[0-9]+)?", slug))
