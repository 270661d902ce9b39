"""Parse dates in seven languages and in figures: "11th October 2018", "12. März 2025", "11/3/25", "2025/03/11"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

# English, German, French, Spanish, Italian, Dutch, Portuguese; with their usual short forms.
MONTHS = {
    1: "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    2: "february feb februar février févr fevrier febrero febbraio februari fevereiro fev",
    3: "march mar märz mrz maerz mars marzo maart mrt março marco",
    4: "april apr avril avr abril abr aprile",
    5: "may mai mayo maggio mag mei maio",
    6: "june jun juni juin junio giugno giu junho",
    7: "july jul juli juillet juil julio luglio lug julho",
    8: "august aug août aout agosto ago augustus",
    9: "september sep sept septembre septiembre setiembre settembre set setembro",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out",
    11: "november nov novembre noviembre novembro",
    12: "december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro",
}
MONTH_NUMBERS = {name: number for number, names in MONTHS.items() for name in names.split()}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

NAMES = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
WEEKDAY = r"(?:(?:" + "|".join(f"{day[:3]}(?:{day[3:]})?" for day in WEEKDAYS) + r"|tues|thur|thurs)\b\.?,?\s+)?"
MONTH = rf"(?P<month>{NAMES})\b\.?"
DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|ère|º|°|ª)?\.?"
YEAR = r"(?P<year>[0-9]{4})\b"
FORMS = [
    re.compile(rf"\b{WEEKDAY}(?:the\s+)?{DAY}(?:\s+(?:of|de))?\s+{MONTH},?(?:\s+del?)?\s+{YEAR}", re.IGNORECASE),
    re.compile(rf"\b{WEEKDAY}{MONTH}\s+{DAY},?\s+{YEAR}", re.IGNORECASE),
    re.compile(rf"\b(?P<day>[0-9]{{1,2}})[-/.](?P<month>{NAMES})[-/.](?P<year>[0-9]{{4}})\b", re.IGNORECASE),
    re.compile(r"\b(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})\b"),
]
IN_FIGURES = re.compile(
    r"(?<![0-9./-])(?P<one>[0-9]{1,2})(?P<sign>[./-])\s?(?P<two>[0-9]{1,2})(?P=sign)\s?(?P<year>[0-9]{4}|[0-9]{2})(?![0-9./-]?[0-9])"
)


@dataclass(frozen=True)
class Found:
    value: date
    start: int
    end: int
    is_ambiguous: bool = False  # in figures, and the other order of day and month would be a date too


def find_date(text: str, *, month_first: bool = False) -> Found | None:
    """Return the first valid date in the text. `month_first` is the order of dates in figures such as 11/3/25."""
    if not any(letter.isdigit() for letter in text):
        return None
    found = [date_in_words(match) for form in FORMS for match in form.finditer(text)]
    found += [date_in_figures(match, month_first=month_first) for match in IN_FIGURES.finditer(text)]
    return min(filter(None, found), key=lambda one: one.start, default=None)


def date_in_words(match: re.Match) -> Found | None:
    month = match["month"].casefold()
    value = to_date(match["year"], MONTH_NUMBERS.get(month) or int(month), match["day"])
    return Found(value, match.start(), match.end()) if value else None


def date_in_figures(match: re.Match, *, month_first: bool) -> Found | None:
    one, two = int(match["one"]), int(match["two"])
    pairs = [(one, two), (two, one)] if month_first and match["sign"] != "." else [(two, one), (one, two)]
    year = match["year"] if len(match["year"]) == 4 else f"20{match['year']}"
    values = [value for month, day in pairs if (value := to_date(year, month, day))]
    return Found(values[0], match.start(), match.end(), is_ambiguous=len(set(values)) > 1) if values else None


def to_date(year: str, month: int, day: str | int) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def weekday_before(day: date, name: str) -> date:
    """Return the last day before `day` with this weekday."""
    wanted = WEEKDAYS.index(name.casefold())
    return day - timedelta(days=(day.weekday() - wanted - 1) % 7 + 1)


def ask_date(found: Found, text: str) -> str:
    day, words = found.value, text[found.start : found.end]
    return f"“{words}” is read as {day.day} {day:%B %Y}: is it?" if found.is_ambiguous else ""
