"""The registry of searchable models: each app lists its own as SEARCHABLES in its module `search`."""

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
    """The searchable text of a row, which everybody may read who may see the row, and the path of its page."""

    path: str
    title: str = ""  # its words count more
    text: str = ""
    source: str = ""  # a line below the hit that is not searched, such as the book


@dataclass(frozen=True)
class Dependency:
    """Fields of another model that documents show. `via` is the foreign key of the searchable model to it."""

    model: type[models.Model]
    fields: tuple[str, ...]
    via: str


@dataclass(frozen=True)
class Searchable:
    """A model whose rows can be found.

    `build_document(row)` reads `fields` of the row, and those of `dependencies`. `rows()` returns a queryset that joins
    them, `visible_to(user)` the rows that `user` may find. `book` and `day` are lookups for the filters by book and
    by year; `day` is a date or a datetime. Without one, that filter finds no row of the model.
    """

    model: type[models.Model]
    group: str
    fields: tuple[str, ...]
    rows: Callable
    build_document: Callable
    visible_to: Callable
    dependencies: tuple[Dependency, ...] = ()
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
