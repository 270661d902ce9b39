"""Read dates and times as people type them: “3 December”, “Thursday”, “7pm”, “19.30”. What is ambiguous is refused."""

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format
from django.utils.translation import override

YEARS = range(1900, 2200)  # other years are typing errors, and overflow in some time zones
NEAR_DAYS = 120  # without a year, a date is the one within so many days: the next nearest is over 200 days away
WRITE_DATE = "Write the date like “3 December 2026” or “3 December”."
WRITE_TIME = "Write the time like “19:30” or “7.30 pm”."
WRITE_YEAR = "Give the year with all four figures, such as 2026."
NOON_OR_MIDNIGHT = "Write “noon” or “midnight”."
FILLERS = {"of", "the", "on", "st", "nd", "rd", "th"}
DAYS_AHEAD = {"yesterday": -1, "today": 0, "tomorrow": 1}
SHORT_NAMES = {"sept": 9, "tues": 1, "weds": 2, "thur": 3, "thurs": 3}
CLOCK_TIME = re.compile(r"(\d{1,2})(?:[.:h](\d{2}))?(?::(\d{2})(?:\.\d{1,6})?)?(am|pm)?")
FOUR_FIGURES = re.compile(r"(\d\d)(\d\d)()(am|pm)?")


def parse_date(text, today=None) -> dt.date:
    """Raise ValidationError with a sentence that says what to write. `today` is that of the active time zone."""
    today = today or timezone.localdate()
    tokens = [each for each in re.findall(r"\d+|[^\W\d_]+", text.casefold()) if each not in FILLERS]
    if len(tokens) == 1 and tokens[0] in DAYS_AHEAD:
        return today + dt.timedelta(DAYS_AHEAD[tokens[0]])
    months, weekdays = read_names(MONTHS, MONTHS_3), read_names(WEEKDAYS, WEEKDAYS_ABBR)
    month = take_one(tokens, months)
    weekday = take_one(tokens, weekdays)
    if not all(map(str.isdecimal, tokens)):
        raise ValidationError(WRITE_DATE, code="date")
    if not tokens and month is None and weekday is not None:
        return find_next_weekday(weekday, today)
    year, month, day = split_numbers(tokens, month)
    if year is None:
        return find_nearest(day, month, weekday, today)
    date = build_date(year, month, day)
    if date is None:
        raise ValidationError(describe_missing_day(day, month), code="no_such_day")
    check_weekday(date, weekday)
    return date


def read_names(*tables):
    """Return {name: number} of months or weekdays, in the active language and in English."""
    names = list_names(tables)
    with override("en"):
        names |= list_names(tables)
    return names | {name: number for name, number in SHORT_NAMES.items() if name[:3] in names}


def list_names(tables):
    return {str(name).casefold().rstrip("."): number for table in tables for number, name in table.items()}


def take_one(tokens, names):
    """Remove the one token that is in `names` and return its number, or None; refuse two of them."""
    found = [token for token in tokens if token in names]
    if len(found) > 1:
        raise ValidationError(WRITE_DATE, code="date")
    for token in found:
        tokens.remove(token)
    return names[found[0]] if found else None


def split_numbers(numbers, month):
    """Return (year or None, month, day). Two short numbers stand in the order of the site's language."""
    years = [number for number in numbers if len(number) > 2]
    others = [int(number) for number in numbers if len(number) <= 2]
    if len(years) > 1 or any(len(year) != 4 for year in years):
        raise ValidationError(WRITE_YEAR if years else WRITE_DATE, code="year")
    if len(others) + bool(years) + (month is not None) == 3 and not years:
        raise ValidationError(WRITE_YEAR, code="year")
    if len(others) != (1 if month is not None else 2):
        raise ValidationError(WRITE_DATE, code="date")
    if month is None:
        is_iso = bool(years) and numbers[0] == years[0]
        first, second = others
        month, day = (first, second) if is_iso or not is_day_first() else (second, first)
        if month > 12 >= day:  # “12/31/2026” can only be read in one way
            month, day = day, month
    else:
        [day] = others
    if years and int(years[0]) not in YEARS:
        raise ValidationError(WRITE_YEAR, code="year")
    return (int(years[0]) if years else None), month, day


def is_day_first():
    """Return whether the site's language writes 3/12 for the 3rd of December."""
    orders = [each for each in get_format("DATE_INPUT_FORMATS") if "%d" in each and "%m" in each]
    numeric = [each for each in orders if not each.startswith(("%Y", "%y"))]
    return not numeric or numeric[0].index("%d") < numeric[0].index("%m")


def build_date(year, month, day):
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def find_next_weekday(weekday, today):
    ahead = (weekday - today.weekday()) % 7
    if not ahead:
        name = str(WEEKDAYS[weekday])
        raise ValidationError(f"Today is {name}: write “today”, or the date of another {name}.", code="ambiguous")
    return today + dt.timedelta(ahead)


def find_nearest(day, month, weekday, today):
    """Return the date of this day and month that is nearest to today, if none other can be meant."""
    years = range(today.year - 1, today.year + 2)
    dates = [date for year in years if (date := build_date(year, month, day))]
    if not dates:
        raise ValidationError(describe_missing_day(day, month), code="no_such_day")
    near = min(dates, key=lambda date: abs(date - today))
    if abs((near - today).days) > NEAR_DAYS:
        ahead = [date for date in dates if date > today]
        behind = [date for date in dates if date < today]
        choice = " or ".join(f"“{format_typed_date(each)}”" for each in (behind[-1:] + ahead[:1]))
        raise ValidationError(f"Add the year: {choice}.", code="ambiguous")
    check_weekday(near, weekday)
    return near


def check_weekday(date, weekday):
    if weekday is not None and date.weekday() != weekday:
        name = WEEKDAYS[date.weekday()]
        raise ValidationError(f"{format_typed_date(date)} is a {name}. Correct the day or the date.", code="weekday")


def describe_missing_day(day, month):
    if month in MONTHS:
        return f"There is no {day} {MONTHS[month]}. {WRITE_DATE}"
    return WRITE_DATE


def format_typed_date(date):
    """“3 December 2026”, as the fields show it."""
    return f"{date.day} {MONTHS[date.month]} {date.year}"


def format_typed_time(time):
    """“19:30”, as the fields show it; with seconds where there are some."""
    return f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"


def parse_time(text) -> dt.time:
    """Raise ValidationError with a sentence that says what to write."""
    words = re.sub(r"\s", "", text.casefold())
    words = re.sub(r"([ap])\.m\.?$", r"\1m", words)
    if words in {"noon", "midday"}:
        return dt.time(12)
    if words == "midnight":
        return dt.time(0)
    if words == "now":
        return timezone.localtime().time().replace(second=0, microsecond=0)
    match = FOUR_FIGURES.fullmatch(words) or CLOCK_TIME.fullmatch(words)
    if match is None:
        raise ValidationError(WRITE_TIME, code="time")
    hours, minutes, seconds, half = match.groups()
    hour, minute, second = int(hours), int(minutes or 0), int(seconds or 0)
    if minute > 59 or second > 59 or hour > (12 if half else 23) or (half and hour == 0):
        raise ValidationError(WRITE_TIME, code="time")
    if (hour == 12 and minutes is None) or (half and hour == 12 and minute == 0):
        raise ValidationError(NOON_OR_MIDNIGHT, code="ambiguous")
    if half:
        return dt.time(hour % 12 + (12 if half == "pm" else 0), minute, second)
    has_two_figures = len(hours) == 2 and (minutes is not None or hour > 12 or hour == 0)
    if not has_two_figures and 0 < hour <= 12:
        typed = f"{hour}.{minutes}" if minutes else f"{hour}"
        raise ValidationError(f"Morning or evening? Write “{typed} am” or “{typed} pm”.", code="ambiguous")
    return dt.time(hour, minute, second)
