from django.db.models import QuerySet
from django.utils.text import slugify


def unique_slug(queryset: QuerySet, text: str, *, fallback: str) -> str:
    """Return a slug of `text` that no row of `queryset` has: “smart-urbanism”, then “smart-urbanism-2”, …

    One query. Two concurrent calls may return the same slug: the unique constraint refuses the second row.
    """
    base = slugify(text)[:100].strip("-") or fallback
    taken = set(queryset.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug
