"""Place photos and the pull quote within a write-up: "[photo]", "[photo 2]" or "[pull quote]" on a line of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from bookclub.core.markdown import mark_stored_html
from meetups.models import Photo

PULL_QUOTE = "[pull quote]"
PLACEHOLDER = re.compile(
    r"<p(?: dir=\"auto\")?>\[(?:photo(?: (?P<number>[1-9][0-9]?))?|(?P<quote>pull quote))\]</p>\n?"
)


@dataclass(frozen=True)
class Part:
    """A part of the write-up: HTML, a photo, or the pull quote."""

    html: SafeString | None = None
    photo: Photo | None = None
    pull_quote: str = ""
    # A photo without a placeholder: it is above the text, on a phone after the first paragraph.
    is_opening: bool = field(default=False, compare=False)


def arrange_body(html: str, photos: Sequence[Photo], pull_quote: str) -> list[Part]:
    """Return the parts in their order. What has no place of its own stands before the text, photos first.

    Each photo and the pull quote stand once. A placeholder for nothing stays in the text, as typed. A photo that is not
    described yet keeps its number, and neither it nor its placeholder is shown.
    """
    parts, start, placed = [], 0, set()
    for match in PLACEHOLDER.finditer(html):
        part = find_part(match, photos, pull_quote)
        if part is None or part in placed:
            continue
        placed.add(part)
        parts += [Part(html=mark_stored_html(html[start : match.start()])), part]
        start = match.end()
    parts.append(Part(html=mark_stored_html(html[start:])))
    unplaced = [
        *(Part(photo=photo, is_opening=True) for photo in photos),
        *([Part(pull_quote=pull_quote)] if pull_quote else []),
    ]
    return [part for part in [*(each for each in unplaced if each not in placed), *parts] if is_shown(part)]


def is_shown(part: Part) -> bool:
    return part.photo.is_described if part.photo else bool(part.html or part.pull_quote)


def find_part(match: re.Match, photos: Sequence[Photo], pull_quote: str) -> Part | None:
    if match["quote"]:
        return Part(pull_quote=pull_quote) if pull_quote else None
    number = int(match["number"] or 1)
    return Part(photo=photos[number - 1]) if number <= len(photos) else None


def without_placeholders(html: str) -> SafeString:
    """Return the HTML for a description, in which placeholders are no words."""
    return mark_stored_html(PLACEHOLDER.sub("", html))
