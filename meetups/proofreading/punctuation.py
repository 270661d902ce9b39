"""Find unbalanced marks, typed ellipses, straight quotation marks and double hyphens."""

import re
from collections.abc import Iterator

from meetups.proofreading.findings import Finding, Fix, Text, excerpt_around, mask_non_prose

# An apostrophe looks like a closing single quotation mark, so only opening ones are checked.
PAIRS = {"“": "”", "„": "“”", "«": "»", "(": ")", "[": "]", "{": "}"}
MARKS = re.compile(r"[“”„«»()\[\]{}]")
NO_BRACKET = re.compile(r"(?m)^[ \t>]*(?:\d{1,4}|[a-zA-Z]|[ivxIVX]{1,5})\)|[:;=8][-'^]?[()\[\]]")
PARAGRAPH = re.compile(r"\n[ \t>]*\n[ \t>*+\-]*")
STRAIGHT = re.compile(r"\"|(?<=\s)'(?=\w)|^'(?=\w)|(?<=\w)'|(?<=[.,!?…])'(?=\s|$)", re.MULTILINE)
DOTS = re.compile(r"(?<!\.)\.{3}(?!\.)")
SHORTENED = re.compile(r"'(?:\d|tis\b|twas\b|em\b|til\b|cause\b|n\b)", re.IGNORECASE)
OPENS_AFTER = re.compile(r"(?:^|[\s(\[{“‘—–*_-])$")
RULE = re.compile(r"^[ \t]*-[- \t]*$", re.MULTILINE)


def find_unbalanced_marks(text: Text) -> Iterator[Finding]:
    """Find marks that are opened and not closed, or closed and never opened."""
    words = NO_BRACKET.sub(lambda found: "x" * len(found.group()), mask_non_prose(text.words))
    for start in sorted(
        {*find_unmatched_positions(words), *find_unclosed_single_quote(words), *find_odd_straight_quote(words)}
    ):
        mark = words[start]
        way = "is opened and not closed" if mark in PAIRS or mark == "‘" else "is closed and never opened"
        way = "stands there an odd number of times" if mark == '"' else way
        sentence = f"{mark} {way}. Add the other one, or take it away."
        yield Finding(text.place, "balance", sentence, excerpt_around(text.words, start))


def find_unmatched_positions(words):
    """Yield positions of PAIRS marks without a partner. A long quotation may open again at each paragraph."""
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


def find_unclosed_single_quote(words):
    """Yield positions of ‘ without any ’ after it in its paragraph."""
    for start, end in paragraph_spans(words):
        last = max(start, words.rfind("’", start, end))
        yield from (at for at in range(last, end) if words[at] == "‘")


def find_odd_straight_quote(words):
    """Yield the position of the last " of a paragraph with an odd number of them; inches are ignored."""
    for start, end in paragraph_spans(words):
        marks = [at for at in range(start, end) if words[at] == '"']
        if len(marks) % 2 and not any(at and words[at - 1].isdigit() for at in marks):
            yield marks[-1]


def paragraph_spans(words):
    """Return (start, end) of each paragraph."""
    gaps = [found.span() for found in PARAGRAPH.finditer(words)]
    return zip([0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(words)], strict=True)


def find_typed_ellipses(text: Text) -> Iterator[Finding]:
    for found in DOTS.finditer(mask_non_prose(text.words)):
        fix = Fix(found.start(), "...", "…", "Put an ellipsis")
        sentence = "Three dots: one ellipsis … keeps them together on a line."
        yield Finding(text.place, "marks", sentence, excerpt_around(text.words, fix.start, 3), fix)


def find_straight_quotes(text: Text) -> Iterator[Finding]:
    for found in STRAIGHT.finditer(mask_non_prose(text.words)):
        fix = Fix(found.start(), found.group(), curly_quote(text.words, found.start()), "Put a curly mark")
        sentence = f"A straight mark {fix.old} where print has {fix.new}."
        yield Finding(text.place, "marks", sentence, excerpt_around(text.words, fix.start), fix)


def curly_quote(words, at):
    opens = OPENS_AFTER.search(words[max(0, at - 1) : at])
    if words[at] == '"':
        return "“" if opens else "”"
    return "‘" if opens and not SHORTENED.match(words, at) else "’"


def find_double_hyphens(text: Text) -> Iterator[Finding]:
    words = RULE.sub(lambda found: "x" * len(found.group()), mask_non_prose(text.words))
    for found in re.finditer(r"(?<![-!])--(?![->])", words):
        before, after = words[max(0, found.start() - 1) : found.start()], words[found.end() : found.end() + 1]
        new = " – " if before.isalpha() and after.isalpha() else "–"
        fix = Fix(found.start(), "--", new, "Put a dash")
        sentence = "Two hyphens where print has a dash –."
        yield Finding(text.place, "marks", sentence, excerpt_around(text.words, fix.start, 2), fix)
