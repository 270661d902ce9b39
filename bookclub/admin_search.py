"""The search box on every page of the admin: write-ups, meetups, books, quotes, people and subscribers by their words.

Each kind is searched as its own list in the admin is, so nobody finds a row that their lists don't show.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst

from bookclub.admin_base.datetime_fields import publication_state
from bookclub.core.visibility import PublishableModel
from books.models import Book, Contributor, Question, Quote
from meetups.models import Meetup, Venue, WriteUp
from members.models import Author, Member
from newsletter.models import Issue, Subscriber

SHOWN = 5
MAX_LENGTH = 100
KINDS = [WriteUp, Meetup, Book, Quote, Question, Member, Author, Contributor, Venue, Issue, Subscriber]


@dataclass
class Hit:
    text: str
    url: str
    detail: str = ""


@dataclass
class Kind:
    """The hits of one model; `rest_url` is its list, searched for the same words, if there are more."""

    heading: str
    hits: list[Hit]
    rest_url: str


def get_urls(admin_site):
    return [path("search/", admin_site.admin_view(show_results), {"admin_site": admin_site}, name="search")]


def show_results(request, admin_site):
    words = request.GET.get("q", "").replace("\0", "").strip()[:MAX_LENGTH]
    kinds = list(find_kinds(request, admin_site, words)) if words else []
    context = {"title": "Search", "words": words, "kinds": kinds}
    return TemplateResponse(request, "admin/search.html", admin_site.each_context(request) | context)


def find_kinds(request, admin_site, words):
    """Yield a Kind for each model in which something is found. One query a model."""
    for model in KINDS:
        model_admin = admin_site.get_model_admin(model)
        if not model_admin.has_view_permission(request):
            continue
        if rows := list(find_rows(request, model_admin, words)[: SHOWN + 1]):
            heading = capfirst(model._meta.verbose_name_plural)
            list_url = reverse(f"admin:{model_admin.url_name('changelist')}")
            rest_url = f"{list_url}?{urlencode({'q': words})}" if len(rows) > SHOWN else ""
            yield Kind(heading, [build_hit(model_admin, row) for row in rows[:SHOWN]], rest_url)


def find_rows(request, model_admin, words):
    """Return the rows that the list of this model, searched for `words`, shows the user."""
    rows = model_admin.get_queryset(request).order_by(*model_admin.get_ordering(request) or ["-pk"])
    if model_admin.list_select_related:
        rows = rows.select_related(*model_admin.list_select_related)
    rows, has_duplicates = model_admin.get_search_results(request, rows, words)
    return rows.distinct() if has_duplicates else rows


def build_hit(model_admin, row):
    state = publication_state(row) if isinstance(row, PublishableModel) else ""
    source = str(row.book) if isinstance(row, (Quote, Question)) else ""
    address = row.email if isinstance(row, Member) and row.name else ""
    detail = ", ".join(filter(None, [source, address, state]))
    return Hit(str(row), model_admin.reverse("change", row.pk), detail)
