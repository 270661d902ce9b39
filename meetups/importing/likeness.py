"""Which texts are the same, and which nearly."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import islice

NEAR = 0.9
LONGEST_COMPARED = 500  # characters; comparing takes the square of them
MOST_COMPARED = 500  # texts, the latest ones
FEW_WORDS = 8  # a text of fewer may be nearly another one and share none of them
SHARED = 0.4  # of a longer one's words: less, and the letters need not be compared
SIGNS = str.maketrans("‘’“”–—", "''\"\"--")


class Likeness:
    """Texts, each with where it is, to be compared with others."""

    def __init__(self, texts: Iterable[tuple[str, str]]):
        self.places: dict[str, tuple[str, set[str]]] = {}
        for text, place in texts:
            self.add(text, place)

    def add(self, text: str, place: str) -> None:
        key = normal(text)
        self.places.setdefault(key, (place, set(key.split())))

    def to(self, text: str) -> str:
        """Where the latest text is that is nearly the same as this, or nothing."""
        matcher = SequenceMatcher(autojunk=False)
        key = normal(text)
        matcher.set_seq2(key[:LONGEST_COMPARED])
        words = set(key.split())
        for other, (place, others) in islice(reversed(self.places.items()), MOST_COMPARED):
            if may_be_near(words, others) and is_near(matcher, other[:LONGEST_COMPARED]):
                return place
        return ""


def may_be_near(words: set[str], others: set[str]) -> bool:
    fewer = min(len(words), len(others))
    return fewer < FEW_WORDS or len(words & others) >= fewer * SHARED


def is_near(matcher: SequenceMatcher, text: str) -> bool:
    matcher.set_seq1(text)
    cheap_first = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(ratio() >= NEAR for ratio in cheap_first)


def normal(text: str) -> str:
    """In one case, one kind of marks and spaces, without emphasis and without the dots and marks at its ends."""
    text = unicodedata.normalize("NFKC", text).translate(SIGNS).casefold()
    text = re.sub(r"[*_\\]", "", text) or text
    return re.sub(r"\s+", " ", text).strip(" .,;\"'") or text
