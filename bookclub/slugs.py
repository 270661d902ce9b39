from django.db.models import QuerySet
from django.utils.text import slugify


def free_slug(queryset: QuerySet, text: str, *, fallback: str) -> str:
    """A slug of `text` that no row of `queryset` has: “smart-urbanism”, then “smart-urbanism-2”, …

    One query. Two at the same time may get the same one: the unique constraint refuses the second.
    """
    base = slugify(text)[:100].strip("-") or fallback
    taken = set(queryset.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug
