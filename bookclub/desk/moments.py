"""When something goes live: how an organiser types it, and how the desk says it. In the club's zone."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateformat import format as dateformat
from django.utils.formats import date_format

YEARS = range(1900, 2200)  # of evenings and moments: what lies beyond is a slip, and some zones could not show it
DAY, HOUR, MINUTE = 86_400, 3_600, 60


class Moment(forms.SplitDateTimeField):
    """A date and a time on the club's clock, where it shows that time once. `kept` is the moment that stands there."""

    kept = None

    def __init__(self, **options):
        super().__init__(**options)
        # Django's words beside the two label nothing.
        for part, name in zip(self.widget.widgets, ("Date", "Time"), strict=True):
            part.attrs["aria-label"] = name

    def compress(self, data_list):
        if not data_list or not all(data_list):
            return super().compress(data_list)
        wall = dt.datetime.combine(*data_list)
        if self.kept and wall == timezone.make_naive(self.kept).replace(microsecond=0):
            return self.kept
        check_year(wall)
        check_clock(wall)
        return super().compress(data_list)


def check_year(value):
    if value.year not in YEARS:
        raise ValidationError("Give the year with all four figures, such as 2026.", code="year")


def check_clock(wall):
    """Raises ValidationError, with the reason, for a naive time that the clocks of the zone skip or show twice."""
    zone = timezone.get_current_timezone()
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first == second:
        return
    day, time, place = dateformat(wall, "j F Y"), dateformat(wall, "H:i"), place_name()
    if first < second:
        reason = f"On {day} the clocks in {place} go forward, and there is no {time}. Choose a time before or after."
        raise ValidationError(reason, code="no_such_time")
    reason = f"On {day} the clocks in {place} go back, and {time} comes twice. Choose a time before or after."
    raise ValidationError(reason, code="time_comes_twice")


def state_in_words(thing):
    """“Draft”, “Goes live Thu 11 Oct 2018, 09:00 London, in 3 h 12 min”, “Published 11 October 2018, 12:00 BST”."""
    if thing.published_at is None:
        return "Draft"
    if not thing.is_published:
        return f"Goes live {goes_live(thing.published_at)}"
    return f"Published {date_format(timezone.localtime(thing.published_at), 'j F Y, H:i T')}"


def goes_live(moment):
    """An aware moment ahead: “Thu 11 Oct 2018, 09:00 London, in 3 h 12 min”."""
    local = timezone.localtime(moment)
    return f"{dateformat(local, 'D j M Y, H:i')} {place_name()}, in {time_until(moment)}"


def time_until(moment):
    """Its two greatest parts, rounded down: “12 days 3 h”, “3 h 12 min”, “40 min”, “less than a minute”."""
    seconds = int((moment - timezone.now()).total_seconds())
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min")]
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts))
    said = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(said) or "less than a minute"


def place_name():
    """The zone by its city: “London”."""
    return timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")
