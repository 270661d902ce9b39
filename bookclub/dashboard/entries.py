"""Entries of the dashboard, in groups; each links to the page for doing it."""

from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse

SHOWN = 5


@dataclass
class Entry:
    text: str
    url: str
    detail: str = ""
    actions: list[tuple[str, str]] = field(default_factory=list)  # (label, address)


@dataclass
class Group:
    """Entries of one kind; `rest_url` is the list of all of them if not all are shown."""

    heading: str
    entries: list[Entry]
    rest_url: str = ""


def find_url(page, *args):
    """Return the address of a page of the admin, or an empty string."""
    try:
        return reverse(f"admin:{page}", args=args)
    except NoReverseMatch:
        return ""


def get_change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def get_list_url(model, query=""):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + (query and f"?{query}")


def build_group(heading, rows, query="", *, detail=lambda _: "", get_url=get_change_url, list_actions=lambda _: ()):
    """Return a Group of the first `rows`; each links to its admin page, or to `get_url(row)`."""
    found = list(rows[: SHOWN + 1])
    entries = [Entry(str(row), get_url(row), detail(row), list(list_actions(row))) for row in found[:SHOWN]]
    return Group(heading, entries, get_list_url(rows.model, query) if len(found) > SHOWN else "")
