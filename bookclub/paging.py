from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


def page_of(queryset: QuerySet, number: str | None, *, per_page: int = 20) -> Page:
    """The page that a reader asked for by ?page=; the nearest there is, where that makes no sense. Two queries."""
    return Paginator(queryset, per_page).get_page(number)
