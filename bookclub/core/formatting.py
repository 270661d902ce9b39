"""Dates, times, numbers and lists as text: the same on pages, in mails and in admin."""

import re

from django.utils import timezone
from django.utils.dateformat import format as dateformat

NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ZONE_WITHOUT_PLACE = re.compile(r"(?:Etc/)?(?:GMT|UTC|UCT|Universal|Zulu|Greenwich)([+-]?\d+)?")
DAY, HOUR, MINUTE = 86_400, 3_600, 60


def format_long_date(date):
    """“Wednesday 13 February 2019”."""
    return dateformat(date, "l j F Y")


def format_clock_time(time):
    """“7 pm”, “9.30 pm”, “noon”."""
    if (time.hour, time.minute) in {(0, 0), (12, 0)}:
        return "noon" if time.hour else "midnight"
    minutes = f".{time:%M}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes} {'am' if time.hour < 12 else 'pm'}"


def format_time_range(start, end, zone_key):
    """“7 pm to 9.30 pm, London time”; without an end “7 pm, London time”; without a start an empty string."""
    if start is None:
        return ""
    times = " to ".join(format_clock_time(time) for time in (start, end) if time)
    return f"{times}, {format_zone(zone_key)}"


def format_moment(moment):
    """An aware moment in the active time zone: “Thursday 11 October 2018, 9 am, London time”."""
    local = timezone.localtime(moment)
    return f"{format_long_date(local)}, {format_clock_time(local)}, {format_zone()}"


def format_future_moment(moment):
    """An aware moment ahead, in the active time zone: “Thu 11 Oct 2018, 09:00 London, in 3 h 12 min”."""
    local = timezone.localtime(moment)
    return f"{dateformat(local, 'D j M Y, H:i')} {get_zone_city()}, in {format_time_until(moment)}"


def format_time_until(moment):
    """The two largest units, rounded down: “12 days 3 h”, “3 h 12 min”, “40 min”, “less than a minute”."""
    seconds = int((moment - timezone.now()).total_seconds())
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min")]
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts))
    words = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(words) or "less than a minute"


def format_zone(key=""):
    """“London time” for Europe/London: unlike an abbreviation, it is right in summer and in winter."""
    city = get_zone_city(key)
    return city if city.startswith("UTC") else f"{city} time"


def get_zone_city(key=""):
    """“London” for Europe/London, “UTC−5” for a zone without a place; of the active time zone by default."""
    key = key or timezone.get_current_timezone_name()
    if found := ZONE_WITHOUT_PLACE.fullmatch(key):
        hours = int(found[1] or 0)  # west of Greenwich: Etc/GMT+5 is five hours behind UTC
        return f"UTC{'−' if hours > 0 else '+'}{abs(hours)}" if hours else "UTC"
    return key.rpartition("/")[2].replace("_", " ")


def number_in_words(number):
    """Numbers up to twelve in words, larger ones in digits."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def count_noun(number, noun, plural=""):
    """“1 question”, “10 questions”; `plural` for “2 people”."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def join_names(people):
    """“A, B and C”."""
    *most, last = [str(person) for person in people]
    return f"{', '.join(most)} and {last}" if most else last
