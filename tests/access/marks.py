"""Secrets that can be recognised wherever they turn up: each text of the world holds a mark, a number between letters."""

import itertools
import re
from dataclasses import dataclass, replace

MARK = re.compile(r"zq\d+qz", re.IGNORECASE)


@dataclass(frozen=True)
class Mark:
    """A mark, where it is stored ("books.Book.title (draft)"), and who may see it: roles, and holders of secret links."""

    text: str
    place: str
    viewers: frozenset

    @property
    def email(self):
        return f"{self.text}@example.org"

    @property
    def url(self):
        return f"https://{self.text}.example/"

    @property
    def base32(self):
        """A text of 16 characters, as the secret of a second factor."""
        return f"{self.text:a<16}"

    def token(self, length):
        """Return the mark, filled up to `length` characters."""
        return self.text + "-" * (length - len(self.text))


class Marks:
    """All marks of a world, by their text."""

    def __init__(self):
        self._numbers = map("".join, itertools.product("234567", repeat=6))  # base32 has no other digits
        self.by_text = {}

    def new(self, place, viewers):
        mark = Mark(f"zq{next(self._numbers)}qz", place, frozenset(viewers))
        self.by_text[mark.text] = mark
        return mark

    def extend_viewers(self, text, viewers):
        """Let `viewers`, too, see the mark that `text` begins with."""
        mark = self.by_text[MARK.match(text).group()]
        self.by_text[mark.text] = replace(mark, viewers=mark.viewers | viewers)

    def out_of_place(self, found, viewers):
        """Return those of the texts `found` that none of `viewers` may see."""
        known = [self.by_text[text] for text in sorted(found) if text in self.by_text]
        return [mark for mark in known if not mark.viewers & viewers]


def find_marks(text):
    return {found.lower() for found in MARK.findall(text)}


def blunt(text):
    """Return `text` with its marks turned into words that are none: what a stranger would type in their place."""
    return MARK.sub(lambda found: found.group().lower().replace("zq", "zx").replace("qz", "xz"), text)
