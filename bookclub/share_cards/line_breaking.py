"""Break a text into lines of a card, and shorten one that is too long.

A date, a time, a page number, an ellipsis with its word and short [brackets] are never split, and lines are of about the
same length.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.dates import MONTHS

NO_BREAK = "\u00a0"
MONTH_NAMES = "|".join(str(name) for name in MONTHS.values())
WEEKDAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
KEPT_WHOLE = [
    re.compile(rf"(?:(?:{WEEKDAYS}),? )?\b\d{{1,2}} (?:{MONTH_NAMES})(?: \d{{4}})?"),
    re.compile(rf"\b(?:{MONTH_NAMES}) \d{{1,2}}(?:, \d{{4}})?"),
    re.compile(r"\b\d{1,2}(?:[.:]\d\d)? [ap]\.?m\b"),
    re.compile(r"\b(?:pp?\.|[Cc]hapter|[Nn]o\.) ?\d+"),
    re.compile(r"\[[^\[\]]{1,24}\]"),
    re.compile(r"\([^()]{1,14}\)"),
    re.compile(r"\S+ (?=…|\.\.\.|[–—] )"),  # an ellipsis or a dash stays with the word before it
    re.compile(r"…(?: \S{1,3}(?=\s))"),
]
AFTER_DASH = re.compile(r"(?<=[—/-])(?=\w\w)")
SENTENCE_END = re.compile(r"[.!?]['’”)]*$")
DANGLING = " ,;:–—-([“‘…"


@dataclass(frozen=True)
class Lines:
    lines: list[str]
    is_shortened: bool = False


@dataclass(frozen=True)
class Word:
    text: str
    width: float
    follows_space: bool


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return as few lines as possible, of about the same length; a word wider than `width` is broken.

    `measure` is asked for words alone, and should remember them.
    """
    words, space = split_into_words(text, width, measure), measure(" ")
    lines = fill_lines(words, width, space)
    low, high = max((word.width for word in words), default=0), width
    while len(lines) > 1 and high - low > width / 100:
        middle = (low + high) / 2
        low, high = (low, middle) if len(fill_lines(words, middle, space)) == len(lines) else (middle, high)
    return fill_lines(words, high, space)


def shorten_to_lines(text: str, width: float, measure: Callable[[str], float], max_lines: int) -> Lines:
    """Return at most `max_lines` lines. A longer text ends with “…”: after a sentence if that leaves most of it."""
    lines = break_lines(text, width, measure)
    if len(lines) <= max_lines:
        return Lines(lines)
    words = text.split(" ")
    fitting = find_longest_start(words, lambda start: len(break_lines(start, width, measure)) <= max_lines)
    lines = break_lines(prefer_whole_sentences(words, fitting), width, measure)
    if len(lines) > max_lines:  # a single word that fills more
        lines = [*lines[: max_lines - 1], f"{lines[max_lines - 1][:-2]}…"]
    return Lines(lines, is_shortened=True)


def find_longest_start(words, fits):
    """Return the number of words that fit with an ellipsis; at least one."""
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(cut_after(words, middle)) else (low, middle - 1)
    return low


def prefer_whole_sentences(words, count):
    for number in range(count, count // 2, -1):
        if SENTENCE_END.search(words[number - 1]) and is_balanced(words[:number]):
            return f"{' '.join(words[:number])}{NO_BREAK}…"
    return cut_after(words, count)


def cut_after(words, count):
    """Return the first `count` words and an ellipsis; an opened bracket is left out whole."""
    while count > 1 and not is_balanced(words[:count]):
        count -= 1
    return f"{' '.join(words[:count]).rstrip(DANGLING)}{NO_BREAK}…"


def is_balanced(words):
    text = " ".join(words)
    return text.count("[") == text.count("]") and text.count("(") == text.count(")")


def join_units(text):
    """Return `text` with no-break spaces within the units that are never split."""
    for pattern in KEPT_WHOLE:
        text = pattern.sub(lambda found: found[0].replace(" ", NO_BREAK), text)
    return text


def measure_widest_unit(text: str, measure: Callable[[str], float]) -> float:
    return max(map(measure, join_units(text).split(" ")))


def split_into_words(text, width, measure):
    """Return the Words. A unit that is never split is one Word, unless it is too wide for a line."""
    words = []
    for word in filter(None, join_units(text).split(" ")):
        parts = [word] if measure(word) <= width else filter(None, word.split(NO_BREAK))
        for part in parts:
            first, *others = break_word(part, width, measure)
            words.append(Word(first, measure(first), True))
            words += [Word(piece, measure(piece), False) for piece in others]
    return words


def break_word(word, width, measure):
    """Return the pieces of a word that is too wide: after hyphens and slashes, otherwise where the line is full."""
    if measure(word) <= width:
        return [word]
    pieces = []
    for part in AFTER_DASH.split(word):
        start, filled = 0, 0.0
        for position, character in enumerate(part):
            if filled + measure(character) > width and position > start:
                pieces.append(part[start:position])
                start, filled = position, 0.0
            filled += measure(character)
        pieces.append(part[start:])
    return pieces


def fill_lines(words, width, space):
    lines, filled = [], 0.0
    for word in words:
        longer = filled + (space if word.follows_space else 0) + word.width
        if lines and longer <= width:
            lines[-1] += f"{' ' if word.follows_space else ''}{word.text}"
            filled = longer
        else:
            lines.append(word.text)
            filled = word.width
    return lines
