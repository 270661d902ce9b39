"""The query strings that pages take: filters, search, order, pages, popups, autocompletes, and where to go next.

Values are the keys of hidden rows and the beginning that all marks share, so that what answers to them gives itself away.
"""

from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin

from bookclub.search.registry import GROUPS
from books.models import Book
from meetups.models import WriteUp
from members.models import Member
from tests.access.arguments import registered

BEGINNING = "zq1"


def queries_for(world, pattern):
    """Return the query strings to try with a pattern, besides none."""
    if pattern.name.endswith("_changelist"):
        return queries_of_list(world, model_of(pattern))
    if pattern.name.endswith("_add") and pattern.is_admin:
        return queries_of_form(world, model_of(pattern))
    return [urlencode(query, doseq=True) for query in PUBLIC.get(pattern.name, lambda world: [])(world)]


def model_of(pattern):
    return next(
        model
        for model in registered()
        if pattern.route.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/")
    )


def queries_of_list(world, model):
    """Return search, order, pages, popups and facets, each filter by each hidden row, and filters that no list offers."""
    options = admin.site.get_model_admin(model)
    queries = [{"q": BEGINNING}, {"q": "zq9"}, {"o": "-1.2"}, {"p": "1"}, {"p": "99"}, {"all": ""}]
    queries += [{"_popup": "1"}, {"_popup": "1", "_to_field": "id"}, {"_facets": "True"}, {"id__in": "1,2"}]
    for each in options.list_filter:
        name = each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each)
        if isinstance(each, tuple):
            related = model._meta.get_field(name).related_model
            queries += [{f"{name}__id__exact": row.pk} for row in world.specimens(related)]
        else:
            queries += [{name: value} for value in ("draft", "scheduled", "members", "1")]
    for field in model._meta.fields:
        if field.related_model in world.rows:
            queries += [{f"{field.name}__{text}__startswith": BEGINNING} for text in first_texts(field.related_model)]
        elif field.get_internal_type() in {"CharField", "TextField"}:
            queries.append({f"{field.name}__startswith": BEGINNING})
    return [urlencode(query) for query in queries]


def first_texts(model):
    return [field.name for field in model._meta.fields if field.get_internal_type() == "CharField"][:2]


def queries_of_form(world, model):
    """Return each related field filled in with each hidden row, as links between pages of the admin do."""
    related = [field for field in model._meta.fields if field.related_model in world.rows]
    queries = [{field.name: row.pk} for field in related for row in world.specimens(field.related_model)]
    return [
        urlencode(query) for query in [*queries, {"_popup": "1"}, {"fetched": world.fetched}, {"isbn": "9780000000002"}]
    ]


def autocompletes(world):
    """Return each related field of each model of the admin, searched for nothing and for the beginning of all marks."""
    fields = [
        (model, field)
        for model in registered() + [inline.model for model in registered() for inline in inlines_of(model)]
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.related_model and isinstance(admin.site._registry.get(field.related_model), ModelAdmin)  # noqa: SLF001
    ]
    names = [
        {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
        for model, field in dict.fromkeys(fields)
    ]
    return [{"term": term} | each for each in names for term in ("", BEGINNING)] + [{"term": BEGINNING}]


def inlines_of(model):
    return admin.site.get_model_admin(model).inlines


def nexts(world):
    slugs = [f"/books/{row.slug}/" for row in world.specimens(Book)] + ["//evil.example/", "https://evil.example/"]
    return [{"next": path} for path in slugs]


def writeup_filters(world):
    books = [{"book": row.slug} for row in world.specimens(Book)]
    authors = [{"author": row.slug} for row in world.authors.values()]
    return [*books, *authors, {"year": "2026"}, {"year": "x"}, {"page": "2"}, {"page": "x"}, {"book": BEGINNING}]


def searches(world):
    """Return searches for the beginning of all marks, everywhere and in each kind, and slips of every hundredth mark."""
    slips = [{"q": f"x{text[1:]}"} for text in list(world.marks.by_text)[::100]]
    kinds = [{"q": BEGINNING, "kind": kind} for kind in GROUPS]
    books = [{"q": BEGINNING, "book": row.slug} for row in world.specimens(Book)]
    return [{"q": BEGINNING}, {"q": f"-{BEGINNING} zq"}, {"q": "the", "year": "2026"}, *kinds, *books, *slips]


PUBLIC = {
    "home": lambda world: [{"q": BEGINNING}],
    "meetups:list": lambda world: [{"page": page} for page in ("1", "2", "x")],
    "books:list": lambda world: [{"page": page} for page in ("1", "2", "x")],
    "newsletter:issue_list": lambda world: [{"page": page} for page in ("1", "2", "x")],
    "books:quotes": lambda world: [{"page": "2"}, *({"book": row.slug} for row in world.specimens(Book))],
    "meetups:writeup_list": writeup_filters,
    "account_login": nexts,
    "account_signup": nexts,
    "account_logout": nexts,
    "account_reauthenticate": nexts,
    "admin:login": nexts,
    "sitemap": lambda world: [{"p": "2"}, {"section": "books"}],
    "admin:autocomplete": autocompletes,
    "admin:jsi18n": lambda world: [{"language": "de"}],
    "admin:search": lambda world: [{"q": words} for words in (BEGINNING, "the")],
    "search": searches,
    "admin:joining": lambda world: [{"id": [row.pk for row in world.rows[Member]]}, {"id": "x"}],
    "admin:books_book_same_title": lambda world: [{"title": row.title} for row in world.specimens(Book)],
    "admin:books_book_merge_with": lambda world: [{"q": BEGINNING}],
    "admin:newsletter_issue_review": lambda world: [{"as": "text"}],
    "admin:newsletter_issue_add": lambda world: [{"writeup": row.pk} for row in world.specimens(WriteUp)],
}
