"""Parse English dates: "11th October 2018", "Thursday, October 11, 2018", "2018-10-11"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAY = r"(?:(?:" + "|".join(f"{day[:3]}(?:{day[3:]})?" for day in WEEKDAYS) + r"|tues|thur|thurs)\b\.?,?\s+)?"
MONTH = r"(?P<month>" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS) + r"|sept)\b\.?"
DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
YEAR = r"(?P<year>[0-9]{4})\b"
FORMS = [
    re.compile(rf"\b{WEEKDAY}(?:the\s+)?{DAY}(?:\s+of)?\s+{MONTH},?\s+{YEAR}", re.IGNORECASE),
    re.compile(rf"\b{WEEKDAY}{MONTH}\s+{DAY},?\s+{YEAR}", re.IGNORECASE),
    re.compile(r"\b(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})\b"),
]


@dataclass(frozen=True)
class Found:
    value: date
    start: int
    end: int


def find_date(text: str) -> Found | None:
    """Return the first valid date in the text."""
    matches = sorted((match for form in FORMS for match in form.finditer(text)), key=lambda match: match.start())
    found = ((match, to_date(**match.groupdict())) for match in matches)
    return next((Found(value, match.start(), match.end()) for match, value in found if value), None)


def to_date(year: str, month: str, day: str) -> date | None:
    number = (
        int(month) if month.isdigit() else next(n for n, m in enumerate(MONTHS, 1) if m[:3] == month[:3].casefold())
    )
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def weekday_before(day: date, name: str) -> date:
    """Return the last day before `day` with this weekday."""
    wanted = WEEKDAYS.index(name.casefold())
    return day - timedelta(days=(day.weekday() - wanted - 1) % 7 + 1)
