"""Words of the search that mean a date: “10 October”, “October 2018”, “2018-10-10”, “Thursday”."""

import re

from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR

from bookclub.admin_base.date_parsing import FILLERS, YEARS, parse_date, read_names, take_one


def find_date_conditions(words: str) -> dict:
    """Return the lookups of the field `date` that `words` mean; an empty dictionary if they are no date.

    A day and a month without a year mean that day of any year.
    """
    tokens = [each for each in re.findall(r"\d+|[^\W\d_]+", words.casefold()) if each not in FILLERS]
    try:
        month = take_one(tokens, read_names(MONTHS, MONTHS_3))
        if month is None:
            return {"date": parse_date(words)}
        take_one(tokens, read_names(WEEKDAYS, WEEKDAYS_ABBR))
    except ValidationError:
        return {}
    if not all(each.isascii() and each.isdecimal() for each in tokens):
        return {}
    years = [int(each) for each in tokens if len(each) == 4]
    days = [int(each) for each in tokens if len(each) <= 2]
    if len(years) > 1 or len(days) > 1 or len(years) + len(days) != len(tokens) or not set(years) <= set(YEARS):
        return {}
    conditions = {"date__month": month}
    if days:
        conditions["date__day"] = days[0]
    if years:
        conditions["date__year"] = years[0]
    return conditions
