"""Parse a typed query into terms: words, quoted phrases and excluded words. Any text is a valid query."""

import re
from dataclasses import dataclass
from functools import cached_property

from bookclub.core.text import strip_controls
from bookclub.search.analysis import compact_isbns, find_words

MAX_LENGTH = 200  # characters; the rest is not read
MAX_TERMS = 12
MIN_PREFIX_LENGTH = 3
QUOTES = '"“”„‟«»＂'
# -"a phrase", a phrase up to the closing mark, or what stands between spaces. A mark without its partner is a space.
PIECE = re.compile(rf"(?P<minus>(?<!\S)[-−])?(?:[{QUOTES}](?P<phrase>[^{QUOTES}]*)[{QUOTES}]|(?P<word>[^\s{QUOTES}]+))")


@dataclass(frozen=True)
class Term:
    """One word, which also finds words that begin with it, or several in a row."""

    stems: tuple[str, ...]
    word: str = ""  # folded; empty for a phrase
    is_excluded: bool = False

    @property
    def prefix(self):
        return self.word if len(self.word) >= MIN_PREFIX_LENGTH and not self.is_excluded else ""

    @property
    def spaced_stems(self):
        """The stems as they stand in a text that begins and ends with a space."""
        return f" {' '.join(self.stems)} "


@dataclass(frozen=True)
class Query:
    text: str
    terms: tuple[Term, ...]
    was_cut: bool = False

    @classmethod
    def parse(cls, typed: str) -> "Query":
        text = " ".join(strip_controls(typed[: MAX_LENGTH * 4]).split())
        terms, seen = [], set()
        for piece in PIECE.finditer(compact_isbns(text[:MAX_LENGTH])):
            term = make_term(piece)
            if term and term not in seen:
                seen.add(term)
                terms.append(term)
        was_cut = len(text) > MAX_LENGTH or len(terms) > MAX_TERMS
        return cls(text[:MAX_LENGTH], tuple(terms[:MAX_TERMS]), was_cut)

    @cached_property
    def wanted(self):
        return tuple(term for term in self.terms if not term.is_excluded)

    @cached_property
    def excluded(self):
        return tuple(term for term in self.terms if term.is_excluded)

    @cached_property
    def all_stems(self):
        """All wanted stems in their order, with spaces around them, to find them as one phrase."""
        return f" {' '.join(stem for term in self.wanted for stem in term.stems)} "

    def matches(self, word):
        """Return whether a term matches this Word of a text."""
        return any(word.stem in term.stems or self._begins(word, term) for term in self.wanted)

    @staticmethod
    def _begins(word, term):
        return bool(term.prefix) and any(each.startswith(term.prefix) for each in (word.folded, *word.parts))


def make_term(piece):
    """Return the Term for a match of PIECE, or None if it has neither letters nor digits."""
    words = list(find_words(piece["phrase"] or piece["word"] or ""))
    if not words:
        return None
    is_single = len(words) == 1 and piece["phrase"] is None
    return Term(tuple(word.stem for word in words), words[0].folded if is_single else "", bool(piece["minus"]))
