"""Compare texts: equal, or nearly equal."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import islice

NEAR = 0.9
MAX_COMPARED_LENGTH = 500  # characters; comparing time grows with the square
MAX_COMPARED_TEXTS = 500  # the latest ones
FEW_WORDS = 8  # shorter texts may be similar without sharing a word
SHARED = 0.4  # share of words below which letters need not be compared
SIGNS = str.maketrans("‘’“”–—", "''\"\"--")


class SimilarTexts:
    """Texts with their places, to find similar ones."""

    def __init__(self, texts: Iterable[tuple[str, str]]):
        self.places: dict[str, tuple[str, set[str]]] = {}
        for text, place in texts:
            self.add(text, place)

    def add(self, text: str, place: str) -> None:
        key = normalize_text(text)
        self.places.setdefault(key, (place, set(key.split())))

    def to(self, text: str) -> str:
        """Return the place of the latest similar text, or ""."""
        matcher = SequenceMatcher(autojunk=False)
        key = normalize_text(text)
        matcher.set_seq2(key[:MAX_COMPARED_LENGTH])
        words = set(key.split())
        for other, (place, others) in islice(reversed(self.places.items()), MAX_COMPARED_TEXTS):
            if may_be_near(words, others) and is_near(matcher, other[:MAX_COMPARED_LENGTH]):
                return place
        return ""


def may_be_near(words: set[str], others: set[str]) -> bool:
    fewer = min(len(words), len(others))
    return fewer < FEW_WORDS or len(words & others) >= fewer * SHARED


def is_near(matcher: SequenceMatcher, text: str) -> bool:
    matcher.set_seq1(text)
    cheap_first = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(ratio() >= NEAR for ratio in cheap_first)


def normalize_text(text: str) -> str:
    """Fold case, quotation marks, dashes and spaces; drop emphasis, and dots and marks at both ends."""
    text = unicodedata.normalize("NFKC", text).translate(SIGNS).casefold()
    text = re.sub(r"[*_\\]", "", text) or text
    return re.sub(r"\s+", " ", text).strip(" .,;\"'") or text
