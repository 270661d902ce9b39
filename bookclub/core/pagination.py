from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


def get_page(queryset: QuerySet, number: str | None, *, per_page: int = 20) -> Page:
    """Return page `number`, as in ?page=, or the nearest that exists. Two queries."""
    return Paginator(queryset, per_page).get_page(number)
