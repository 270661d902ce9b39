"""What is searchable: each app's module `search` has a list SEARCHABLES of these."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from django.apps import apps
from django.db import models
from django.utils.module_loading import module_has_submodule

# The groups of a result page: (name, heading, noun for “12 quotes”), in the order for groups of equal rank.
GROUPS = {
    "write-up": ("Write-ups", "write-up"),
    "book": ("Books", "book"),
    "person": ("People", "person"),
    "meetup": ("Meetups", "meetup"),
    "quote": ("Quotes", "quote"),
    "question": ("Questions", "question"),
    "term": ("Terms", "term"),
    "note": ("Notes", "note"),
    "session-note": ("Notes on sessions", "session note"),
    "letter": ("Letters", "letter"),
}


@dataclass(frozen=True)
class Document:
    """The searchable words of a row, all of which everybody who may see the row may read; and where they stand."""

    path: str
    title: str = ""  # its words count more
    text: str = ""
    source: str = ""  # a line below the hit that is not searched, such as the book


@dataclass(frozen=True)
class Watched:
    """Fields of `model`. If one changes, the rows of the searchable model are stale whose field `via` refers to it."""

    model: type[models.Model]
    fields: tuple[str, ...]
    via: str


@dataclass(frozen=True)
class Searchable:
    """A model whose rows can be found.

    `fields` are its own fields on which `write(row)` depends, a Document. `rows()` returns a queryset with all that
    `write` reads, `visible_to(user)` those that `user` may find. `book` and `day` are lookups for the filters by book and
    by year; `day` is a date, or with `day_is_moment` a datetime. Empty: such a filter finds none.
    """

    model: type[models.Model]
    group: str
    fields: tuple[str, ...]
    rows: Callable
    write: Callable
    visible_to: Callable
    watched: tuple[Watched, ...] = ()
    book: str = ""
    day: str = ""

    @property
    def name(self):
        return self.model._meta.model_name


@lru_cache
def get_searchables() -> dict[str, Searchable]:
    """Return {name: Searchable} of all apps."""
    configs = [
        config
        for config in apps.get_app_configs()
        if config.name != "bookclub" and module_has_submodule(config.module, "search")
    ]
    modules = [import_module(f"{config.name}.search") for config in configs]
    found = [searchable for module in modules for searchable in getattr(module, "SEARCHABLES", ())]
    order = list(GROUPS)
    return {each.name: each for each in sorted(found, key=lambda each: order.index(each.group))}
