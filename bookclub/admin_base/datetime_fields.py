"""Dates and times in admin forms and lists, in the club's time zone."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateformat import format as dateformat
from django.utils.formats import date_format

from bookclub.admin_base.date_parsing import (
    WRITE_YEAR,
    YEARS,
    format_typed_date,
    format_typed_time,
    parse_date,
    parse_time,
)
from bookclub.core.formatting import format_future_moment, get_zone_city
from bookclub.core.visibility import Audience


class ClubDateInput(forms.DateInput):
    """Shows “3 December 2026”; a script adds the browser's calendar beside it."""

    class Media:
        js = [forms.Script("js/date-picker.js", defer=True)]

    def __init__(self, attrs=None):
        super().__init__({"class": "vDateField", "size": 17, "autocomplete": "off", "data-date": ""} | (attrs or {}))

    def format_value(self, value):
        return format_typed_date(value) if isinstance(value, dt.date) else value


class ClubTimeInput(forms.TimeInput):
    """Shows “19:30”."""

    def __init__(self, attrs=None):
        super().__init__({"class": "vTimeField", "size": 8, "autocomplete": "off"} | (attrs or {}))

    def format_value(self, value):
        return format_typed_time(value) if isinstance(value, dt.time) else value


class ClubDateTimeInput(forms.SplitDateTimeWidget):
    template_name = "admin/widgets/date_and_time.html"

    def __init__(self, attrs=None):
        forms.MultiWidget.__init__(self, [ClubDateInput, ClubTimeInput], attrs)

    def name_parts(self, label):
        """Name both inputs for screen readers: the label of the field is not tied to them."""
        for part, name in zip(self.widgets, ("date", "time"), strict=True):
            part.attrs["aria-label"] = f"{label}: {name}" if label else name.capitalize()


class ClubDateField(forms.DateField):
    widget = ClubDateInput

    def to_python(self, value):
        return parse_date(value) if isinstance(value, str) and value.strip() else super().to_python(value)


class ClubTimeField(forms.TimeField):
    widget = ClubTimeInput

    def to_python(self, value):
        return parse_time(value) if isinstance(value, str) and value.strip() else super().to_python(value)


class ClubDateTimeField(forms.SplitDateTimeField):
    """A date and time in the club's zone; rejects times that the clocks skip or repeat. `stored` is the row's value."""

    widget = ClubDateTimeInput
    stored = None
    default_error_messages = {
        "invalid_date": "Give the date too, or leave the time empty.",
        "invalid_time": "Give the time too, or leave the date empty.",
    }

    def __init__(self, **options):
        forms.MultiValueField.__init__(self, (ClubDateField(), ClubTimeField()), **options)
        if isinstance(self.widget, ClubDateTimeInput):
            self.widget.name_parts(self.label)

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
        raise ValidationError(WRITE_YEAR, code="year")


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


def describe_time_zone():
    """“Times are in London.”, for forms with a time."""
    return f"Times are in {get_zone_city()}."


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
