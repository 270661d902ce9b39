"""What is read, and what is found in it."""

import re
from dataclasses import dataclass

# PROSE is Markdown; LINE has *emphasis* alone; QUOTE is a line from the book; of a FACT it matters whether it is there;
# NAME is somebody's name as everybody will see it.
PROSE, LINE, QUOTE, FACT, NAME = "prose", "line", "quote", "fact", "name"

NOT_WORDS = re.compile(
    r"`[^`\n]{1,500}`"
    r"|(?<=\])\((?:[^()\n]|\([^()\n]{0,200}\)){0,1000}\)"
    r"|(?:https?://|www\.)(?:[^\s()]|\([^\s()]{0,200}\)){1,2000}"
)
EXCERPT = 24  # characters on each side


@dataclass(frozen=True)
class Place:
    """Where a text is stored, as people call it: Place("books.quote", 3, "text", "Quote 3")."""

    model: str
    key: int
    field: str
    name: str


@dataclass(frozen=True)
class Text:
    place: Place
    words: str
    kind: str = PROSE
    wanted: str = ""  # what to say where it is empty
    emphasis_note: str = ""  # typed elsewhere, of this text: “Italics mine”


@dataclass(frozen=True)
class Fix:
    """Put `new` for `old`, which begins at the character `start`."""

    start: int
    old: str
    new: str
    label: str  # on the button: the marks themselves look alike

    def apply(self, words: str) -> str:
        return words[: self.start] + self.new + words[self.start + len(self.old) :]


@dataclass(frozen=True)
class Finding:
    place: Place
    kind: str  # a key of TITLES
    sentence: str
    excerpt: str = ""
    fix: Fix | None = None


def hidden(words: str) -> str:
    """`words` at its length, with letters for what is no prose: code, addresses, and what a link leads to."""
    return NOT_WORDS.sub(lambda found: "x" * len(found.group()), words)


def around(words: str, start: int, length: int = 1) -> str:
    """A few words before and after, on one line."""
    first, last = max(0, start - EXCERPT), start + length + EXCERPT
    excerpt = " ".join(words[first:last].split())
    return f"{'…' if first else ''}{excerpt}{'…' if last < len(words) else ''}"
