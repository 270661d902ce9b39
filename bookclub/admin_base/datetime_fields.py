"""Dates and times in admin forms and lists, in the club's time zone."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateformat import format as dateformat
from django.utils.formats import date_format

from bookclub.core.formatting import format_future_moment, get_zone_city
from bookclub.core.visibility import Audience

YEARS = range(1900, 2200)  # other years are typing errors, and overflow in some time zones


class ClubDateTimeField(forms.SplitDateTimeField):
    """A date and time in the club's zone; rejects times that the clocks skip or repeat. `stored` is the row's value."""

    stored = None

    def __init__(self, **options):
        super().__init__(**options)
        # Django's texts beside the two inputs are not <label> elements.
        for part, name in zip(self.widget.widgets, ("Date", "Time"), strict=True):
            part.attrs["aria-label"] = name

    def compress(self, data_list):
        """Return the stored value, with its microseconds, if the posted one is the same second."""
        if not data_list or not all(data_list):
            return super().compress(data_list)
        wall_time = dt.datetime.combine(*data_list)
        if self.stored and wall_time == timezone.make_naive(self.stored).replace(microsecond=0):
            return self.stored
        validate_year(wall_time)
        validate_clock_time(wall_time)
        return super().compress(data_list)


def validate_year(value):
    if value.year not in YEARS:
        raise ValidationError("Give the year with all four figures, such as 2026.", code="year")


def validate_clock_time(wall_time):
    """Raise ValidationError for a naive time that the zone's clocks skip or show twice."""
    zone = timezone.get_current_timezone()
    first, second = (wall_time.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first == second:
        return
    day, time, place = dateformat(wall_time, "j F Y"), dateformat(wall_time, "H:i"), get_zone_city()
    if first < second:
        reason = f"On {day} the clocks in {place} go forward, and there is no {time}. Choose a time before or after."
        raise ValidationError(reason, code="no_such_time")
    reason = f"On {day} the clocks in {place} go back, and {time} comes twice. Choose a time before or after."
    raise ValidationError(reason, code="time_comes_twice")


def describe_visibility(row):
    """Return “Draft: nobody sees it yet”, “Goes live Thu 3 Dec 2026, 09:00 London, in 3 h” or “Public since …”."""
    if row.published_at is None:
        return "Draft: nobody sees it yet"
    is_for_members = row.audience == Audience.MEMBERS
    if not row.is_published:
        return f"Goes live {format_future_moment(row.published_at)}{', for members only' if is_for_members else ''}"
    since = date_format(timezone.localtime(row.published_at), "j F Y, H:i")
    return f"{'Members only' if is_for_members else 'Public'} since {since} {get_zone_city()}"


def publication_state(row):
    """Return “Draft”, “Goes live Thu 11 Oct 2018, 09:00 London, in 3 h 12 min” or “Published 11 October 2018, …”."""
    if row.published_at is None:
        return "Draft"
    if not row.is_published:
        return f"Goes live {format_future_moment(row.published_at)}"
    return f"Published {date_format(timezone.localtime(row.published_at), 'j F Y, H:i T')}"


def short_publication_state(row):
    """Return ("Draft", ""), ("Goes live", "Thu 11 Oct 2018, 09:00 London") or ("Published", "11 Oct 2018")."""
    if row.published_at is None:
        return "Draft", ""
    local = timezone.localtime(row.published_at)
    if not row.is_published:
        return "Goes live", f"{dateformat(local, 'D j M Y, H:i')} {get_zone_city()}"
    return "Published", dateformat(local, "j M Y")
