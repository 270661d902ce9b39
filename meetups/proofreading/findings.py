"""Data classes of proofreading: texts, findings, fixes."""

import re
from dataclasses import dataclass

# PROSE is Markdown; LINE has only *emphasis*; QUOTE is a quote from the book; FACT is only checked for presence; NAME
# is a person's name as it will be public.
PROSE, LINE, QUOTE, FACT, NAME = "prose", "line", "quote", "fact", "name"

NOT_WORDS = re.compile(
    r"`[^`\n]{1,500}`"
    r"|(?<=\])\((?:[^()\n]|\([^()\n]{0,200}\)){0,1000}\)"
    r"|(?:https?://|www\.)(?:[^\s()]|\([^\s()]{0,200}\)){1,2000}"
)
EXCERPT = 24  # characters on each side


@dataclass(frozen=True)
class Place:
    """The model field of a text and its label: Place("books.quote", 3, "text", "Quote 3")."""

    model: str
    key: int
    field: str
    name: str


@dataclass(frozen=True)
class Text:
    place: Place
    words: str
    kind: str = PROSE
    wanted: str = ""  # message if the text is empty
    emphasis_note: str = ""  # the term's note on this text: “Italics mine”


@dataclass(frozen=True)
class Fix:
    """Replace `old`, which starts at the character `start`, by `new`."""

    start: int
    old: str
    new: str
    label: str  # for the button, as the old and new marks look alike

    def apply(self, words: str) -> str:
        return words[: self.start] + self.new + words[self.start + len(self.old) :]


@dataclass(frozen=True)
class Finding:
    place: Place
    kind: str  # a key of TITLES
    sentence: str
    excerpt: str = ""
    fix: Fix | None = None


def mask_non_prose(words: str) -> str:
    """Replace code, URLs and link targets by placeholders of the same length, so that positions stay valid."""
    return NOT_WORDS.sub(lambda found: "x" * len(found.group()), words)


def excerpt_around(words: str, start: int, length: int = 1) -> str:
    """Return a few words before and after, on one line."""
    first, last = max(0, start - EXCERPT), start + length + EXCERPT
    excerpt = " ".join(words[first:last].split())
    return f"{'…' if first else ''}{excerpt}{'…' if last < len(words) else ''}"
