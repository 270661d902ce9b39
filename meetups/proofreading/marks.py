"""Quotation marks, brackets, dots and dashes."""

import re
from collections.abc import Iterator

from meetups.proofreading.texts import Finding, Fix, Text, around, hidden

# Apostrophes look like single marks that close, so of these only the opening one is held to anything.
PAIRS = {"“": "”", "„": "“”", "«": "»", "(": ")", "[": "]", "{": "}"}
MARKS = re.compile(r"[“”„«»()\[\]{}]")
NO_BRACKET = re.compile(r"(?m)^[ \t>]*(?:\d{1,4}|[a-zA-Z]|[ivxIVX]{1,5})\)|[:;=8][-'^]?[()\[\]]")
PARAGRAPH = re.compile(r"\n[ \t>]*\n[ \t>*+\-]*")
STRAIGHT = re.compile(r"\"|(?<=\s)'(?=\w)|^'(?=\w)|(?<=\w)'|(?<=[.,!?…])'(?=\s|$)", re.MULTILINE)
DOTS = re.compile(r"(?<!\.)\.{3}(?!\.)")
SHORTENED = re.compile(r"'(?:\d|tis\b|twas\b|em\b|til\b|cause\b|n\b)", re.IGNORECASE)
OPENS_AFTER = re.compile(r"(?:^|[\s(\[{“‘—–*_-])$")
RULE = re.compile(r"^[ \t]*-[- \t]*$", re.MULTILINE)


def unbalanced(text: Text) -> Iterator[Finding]:
    """A mark that is opened and not closed, or closed and never opened."""
    words = NO_BRACKET.sub(lambda found: "x" * len(found.group()), hidden(text.words))
    for start in sorted({*unmatched(words), *unclosed_single(words), *odd_straight(words)}):
        mark = words[start]
        way = "is opened and not closed" if mark in PAIRS or mark == "‘" else "is closed and never opened"
        way = "stands there an odd number of times" if mark == '"' else way
        sentence = f"{mark} {way}. Add the other one, or take it away."
        yield Finding(text.place, "balance", sentence, around(text.words, start))


def unmatched(words):
    """Where a mark of PAIRS has no partner. A quotation of several paragraphs may open each of them again."""
    reopened = {found.end() for found in PARAGRAPH.finditer(words)}
    opened = {mark: [] for mark in PAIRS}
    for found in MARKS.finditer(words):
        at, mark = found.start(), found.group()
        waiting = next((each for each in reversed(PAIRS) if mark in PAIRS[each] and opened[each]), None)
        if waiting:
            opened[waiting].pop()
        elif mark in PAIRS:
            if not (mark in "“«" and opened[mark] and at in reopened):
                opened[mark].append(at)
        elif mark in "”»)]}":
            yield at
    for left in opened.values():
        yield from left


def unclosed_single(words):
    """‘ without any ’ after it in its paragraph."""
    for start, end in paragraphs(words):
        last = max(start, words.rfind("’", start, end))
        yield from (at for at in range(last, end) if words[at] == "‘")


def odd_straight(words):
    """The last " of a paragraph that has an odd number; inches are left alone."""
    for start, end in paragraphs(words):
        marks = [at for at in range(start, end) if words[at] == '"']
        if len(marks) % 2 and not any(at and words[at - 1].isdigit() for at in marks):
            yield marks[-1]


def paragraphs(words):
    """Where each begins and ends."""
    gaps = [found.span() for found in PARAGRAPH.finditer(words)]
    return zip([0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(words)], strict=True)


def ellipses(text: Text) -> Iterator[Finding]:
    for found in DOTS.finditer(hidden(text.words)):
        fix = Fix(found.start(), "...", "…", "Put an ellipsis")
        sentence = "Three dots: one ellipsis … keeps them together on a line."
        yield Finding(text.place, "marks", sentence, around(text.words, fix.start, 3), fix)


def straight_marks(text: Text) -> Iterator[Finding]:
    for found in STRAIGHT.finditer(hidden(text.words)):
        fix = Fix(found.start(), found.group(), curly(text.words, found.start()), "Put a curly mark")
        sentence = f"A straight mark {fix.old} where print has {fix.new}."
        yield Finding(text.place, "marks", sentence, around(text.words, fix.start), fix)


def curly(words, at):
    opens = OPENS_AFTER.search(words[max(0, at - 1) : at])
    if words[at] == '"':
        return "“" if opens else "”"
    return "‘" if opens and not SHORTENED.match(words, at) else "’"


def double_hyphens(text: Text) -> Iterator[Finding]:
    words = RULE.sub(lambda found: "x" * len(found.group()), hidden(text.words))
    for found in re.finditer(r"(?<![-!])--(?![->])", words):
        before, after = words[max(0, found.start() - 1) : found.start()], words[found.end() : found.end() + 1]
        new = " – " if before.isalpha() and after.isalpha() else "–"
        fix = Fix(found.start(), "--", new, "Put a dash")
        sentence = "Two hyphens where print has a dash –."
        yield Finding(text.place, "marks", sentence, around(text.words, fix.start, 2), fix)
