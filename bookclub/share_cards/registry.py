"""The kinds of cards: the club's own, and those that the apps list as CARD_KINDS in their `share_cards` modules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.module_loading import module_has_submodule

from bookclub.core.models import Club
from bookclub.share_cards.content import CardContent, get_club_look


@dataclass(frozen=True)
class CardKind:
    """`find_rows(user)` returns visible rows, newest first; `build(row, club)` returns the content without a query."""

    name: str
    model: type[Model]
    find_rows: Callable[[object], QuerySet]
    build: Callable[[Model, Club], CardContent]

    def public_rows(self):
        """Return the rows whose cards everybody may see."""
        return self.find_rows(AnonymousUser())


@dataclass(frozen=True)
class CardLink:
    """The absolute URL of a card, and its alternative text."""

    url: str
    description: str


def build_club_card(club, _club=None):
    return CardContent(
        eyebrow=club.usually_meets or "A book club",
        headline=club.tagline or club.name,
        details=tuple(filter(None, [settings.SITE_HOST])),
        **get_club_look(club),
    )


CLUB = CardKind("club", Club, lambda user: Club.objects.filter(pk=1), build_club_card)


@lru_cache(maxsize=1)
def get_card_kinds() -> dict[str, CardKind]:
    found = [config for config in apps.get_app_configs() if module_has_submodule(config.module, "share_cards")]
    modules = [import_module(f"{config.name}.share_cards") for config in found if config.name != "bookclub"]
    kinds = [CLUB, *(kind for module in modules for kind in module.CARD_KINDS)]
    return {kind.name: kind for kind in kinds}


def get_card_link(row, club) -> CardLink | None:
    """Return the link to the card of `row`, or None if not everybody may see the row. No query for fetched rows.

    The URL has the digest of the card, so that programs that cache pictures fetch a changed one.
    """
    kind = next(kind for kind in get_card_kinds().values() if kind.model is type(row))
    is_stored = not row._state.adding  # noqa: SLF001 - Django documents it; a new site has a club that is not stored
    if not is_stored or not getattr(row, "is_public", True):
        return None
    content = kind.build(row, club)
    return CardLink(settings.SITE_URL + get_card_path(kind, row, content), content.description)


def get_card_path(kind, row, content):
    return reverse("share_card", args=[kind.name, row.pk, content.digest])
