"""Keep dates and times in the HTML of a mail whole: no line ends within “Wednesday 13 February 2030” or “7 pm”."""

import re

from django.utils.dates import MONTHS

TIME_ELEMENT = re.compile(r"(<time\b[^>]*>)([^<]*)(</time>)")
TIME_OR_TAG = re.compile(r"(<time\b[^>]*>[^<]*</time>|<[^>]*>)")
CELL_TAG = re.compile(r"<(/?)t[dh]\b")
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def keep_dates_whole(html: str) -> str:
    """Return `html` with dates that can be broken only after a comma.

    Dates of ours, in <time>, get no-break spaces. Dates that somebody typed are put into an element that does not wrap:
    their letters stay as they are. In the cells of a table, which can be narrower than a date, they may wrap.
    """
    parts = TIME_OR_TAG.split(html)
    parts[1::2] = [TIME_ELEMENT.sub(bind_spaces, tag) for tag in parts[1::2]]
    pattern, open_cells = get_date_pattern(), 0
    for index in range(0, len(parts), 2):
        open_cells += count_opened_cells(parts[index - 1]) if index else 0
        if not open_cells:
            parts[index] = pattern.sub(r'<span class="date">\g<0></span>', parts[index])
    return "".join(parts)


def count_opened_cells(tag) -> int:
    """Return 1 for the start of a table's cell, -1 for its end, otherwise 0."""
    found = CELL_TAG.match(tag)
    return (-1 if found[1] else 1) if found else 0


def bind_spaces(found):
    return found[1] + re.sub(r"(?<!,) ", NO_BREAK_SPACE, found[2]) + found[3]


def get_date_pattern():
    """Return the pattern of a day and a month, perhaps with the year, or of a time: “13 February 2030”, “6.30 pm”."""
    names = [str(name) for name in MONTHS.values()]
    months = "|".join(sorted({*names, *(name[:3] for name in names)}, key=len, reverse=True))
    date = rf"\d{{1,2}}(?:st|nd|rd|th)? (?:{months})\b(?: \d{{4}}\b)?"
    return re.compile(rf"\b(?:{date}|\d{{1,2}}(?:[.:]\d\d)? [ap]m\b)")
