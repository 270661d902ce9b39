"""Quotes that stand there twice, perhaps with another comma."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from meetups.importing.likeness import LONGEST_COMPARED, MOST_COMPARED, is_near, normal
from meetups.proofreading.texts import Finding, Text

SHARED = 0.7  # of the words: less can't be nearly the same


def twice(texts: list[Text]) -> Iterator[Finding]:
    """Each quote that is equal or nearly equal to one before it."""
    before = []
    for text in texts[:MOST_COMPARED]:
        plain = normal(text.words)
        bag = frozenset(re.findall(r"\w+", plain))
        other = like(plain, bag, before)
        if other:
            is_same = normal(other.words) == plain
            what = "The same as" if is_same else "Nearly the same as"
            yield Finding(text.place, "twice", f"{what} {other.place.name}. Keep one of them.", text.words[:60])
        before.append((text, plain, bag))


def like(plain, bag, others):
    """The first of `others` that says nearly the same; comparing letters is dear, so words come first."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(plain[:LONGEST_COMPARED])
    for other, its_plain, its_bag in others:
        if plain == its_plain:
            return other
        if len(bag & its_bag) >= SHARED * max(len(bag), len(its_bag)) and is_near(
            matcher, its_plain[:LONGEST_COMPARED]
        ):
            return other
    return None
