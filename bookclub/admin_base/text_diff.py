"""The difference of two texts, word by word, as HTML: `<del>` for removed, `<ins>` for added words."""

import re
from difflib import SequenceMatcher
from itertools import groupby, takewhile

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
LINES = re.compile(r".*\n|.+")
MAX_COMPARED_TOKENS = 4_000  # comparing time may grow with the square
CONTEXT = 60  # characters shown before and after a change
SAME, GONE, NEW = "same", "gone", "new"
TAGS = {
    SAME: "{}",
    GONE: "<del>{}</del>",
    NEW: "<ins>{}</ins>",
}


def diff_html(old: str, new: str) -> SafeString:
    """Return the escaped difference. Changed line ends are shown as ¶; unchanged text is shortened around changes."""
    parts = merge_neighbours(compare_lines(old, new))
    shown = [
        (kind, shorten_unchanged(text, number, len(parts)) if kind == SAME else mark_line_ends(text))
        for number, (kind, text) in enumerate(parts)
    ]
    return format_html_join("", "{}", [(format_html(TAGS[kind], text),) for kind, text in shown])


def compare_lines(old, new):
    """Yield (kind, text). Compare lines first, then words within lines that differ, so long texts are fast."""
    for tag, was, now in compare_sequences(LINES.findall(old), LINES.findall(new)):
        if tag == SAME:
            yield SAME, was
        else:
            yield from compare_words(was, now)


def compare_words(was, now):
    was, now = TOKENS.findall(was), TOKENS.findall(now)
    start = count_common_start(was, now)
    end = count_common_start(was[start:][::-1], now[start:][::-1])
    yield SAME, "".join(was[:start])
    yield from compare_middles(was[start : len(was) - end], now[start : len(now) - end])
    yield SAME, "".join(was[len(was) - end :])


def count_common_start(one, other):
    """Return the number of equal tokens at the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def compare_middles(was, now):
    if max(len(was), len(now)) > MAX_COMPARED_TOKENS:
        yield GONE, "".join(was)
        yield NEW, "".join(now)
        return
    for tag, gone, came in compare_sequences(was, now):
        if tag == SAME:
            yield SAME, gone
        else:
            yield GONE, gone
            yield NEW, came


def compare_sequences(old, new):
    """Yield (SAME or "other", old text, new text).

    Keeps the matcher's `autojunk`: without it, one word repeated 2,000 times would take minutes.
    """
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        yield (SAME if tag == "equal" else "other"), "".join(old[start:end]), "".join(new[new_start:new_end])


def merge_neighbours(parts):
    """Merge adjacent parts of one kind; white space between two changes becomes a part of both."""
    parts = [part for part in parts if part[1]]
    runs = []
    for is_change, group in groupby(parts, lambda part: part[0] != SAME or not part[1].strip()):
        run = list(group)
        runs += split_change(run) if is_change else [(SAME, "".join(text for _, text in run))]
    return runs


def split_change(run):
    if all(kind == SAME for kind, _ in run):
        return run
    sides = {side: "".join(text for kind, text in run if kind in (side, SAME)) for side in (GONE, NEW)}
    return [(side, text) for side, text in sides.items() if text]


def mark_line_ends(text):
    return text.replace("\n", "¶\n")


def shorten_unchanged(text, number, count):
    """Return the unchanged `text` shortened in the middle, or at an end without a change beside it."""
    if count == 1 or len(text) < 3 * CONTEXT:
        return text
    head = text[:CONTEXT].rpartition(" ")[0] if number else ""
    tail = text[-CONTEXT:].partition(" ")[2] if number < count - 1 else ""
    return f"{head} … {tail}"
