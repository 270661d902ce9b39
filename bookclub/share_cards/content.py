"""The content of a share card, and the digest that changes with it."""

import hashlib
import html
from dataclasses import dataclass, fields

from django.utils.html import strip_tags

from bookclub.core.text import single_line
from bookclub.images.fields import ResponsiveImageFile

DESIGN_VERSION = 1  # raise it after a change of drawing.py, so that all cards are drawn again


@dataclass(frozen=True)
class CardContent:
    """The words, the picture and the colours of a card. Words that the fonts lack are left out when it is drawn."""

    eyebrow: str  # the kind, in a word or two, above the headline
    headline: str
    club_name: str
    accent: str
    surface: str  # the club's colour behind white text
    details: tuple[str, ...] = ()  # short lines below the headline
    fallback: str = ""  # replaces a headline with letters that the fonts lack
    flag: str = ""  # the colour of the kind; empty for a card on the club's colour
    is_quotation: bool = False
    picture: ResponsiveImageFile | None = None
    is_photo: bool = False  # fills the end of the card; a cover stands in it

    @property
    def digest(self):
        values = [DESIGN_VERSION, *(str(getattr(self, field.name)) for field in fields(self))]
        return hashlib.sha256(repr(values).encode()).hexdigest()[:16]

    @property
    def description(self):
        """Return the alternative text of the picture."""
        headline = f"“{self.headline}”" if self.is_quotation else self.headline
        return single_line(f"{self.eyebrow}: {headline}", 200)


def get_club_look(club):
    """Return the arguments of CardContent that are the same for all cards of a club."""
    return {"club_name": single_line(club.name), "accent": club.theme.light, "surface": club.theme.surface}


def extract_plain_text(rendered_html):
    """Return the words of rendered Markdown on one line."""
    return single_line(html.unescape(strip_tags(rendered_html)), None)
