"""Read the date of a mail's header or of front matter, in the languages that mail programs write."""

import re
from datetime import date

from bookclub.core.text import fold_accents

# The first letters of the months, without accents, in English, German, French, Spanish, Italian, Dutch, Portuguese.
MONTHS = (
    "jan ene gen", "feb fev fevr", "mar mae maa mrt marz", "apr abr avr", "may mai mei mag maio", "jun juin giu",
    "jul juil lug", "aug aou ago", "sep set", "oct okt ott out", "nov", "dec dez dic",
)  # fmt: skip
NUMBERS = {letters: number for number, names in enumerate(MONTHS, 1) for letters in names.split()}
ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
FIGURES = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s-]+(?:de\s+|of\s+)?([^\W\d]{3,12})\.?,?[\s-]+(?:de\s+)?(\d{4})"
)
MONTH_FIRST = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(?:de\s+)?(\d{4})")


def read_date(text: str) -> str:
    """Return the first date as "2025-03-05", or "" for none and for one whose day and month can't be told apart."""
    text = text[:200]
    if found := ISO.search(text):
        return make_date(found[1], found[2], found[3])
    if found := DAY_FIRST.search(text):
        return make_date(found[3], read_month(found[2]), found[1])
    if found := MONTH_FIRST.search(text):
        return make_date(found[3], read_month(found[1]), found[2])
    if found := FIGURES.search(text):
        return read_figures(found)
    return ""


def read_figures(found: re.Match) -> str:
    """Read 5.3.2025 with the day first. With other marks, only a number over 12 tells the day; else return ""."""
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    year += 2000 if year < 100 else 0
    if found[2] == "." or first > 12 or first == second:
        return make_date(year, second, first)
    return make_date(year, first, second) if second > 12 else ""


def read_month(name: str) -> int:
    folded = fold_accents(name)
    return next((NUMBERS[folded[:length]] for length in (4, 3) if folded[:length] in NUMBERS), 0)


def make_date(year, month, day) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
