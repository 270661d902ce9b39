"""Every time, on every page and in every mail, is written by `when` and `day`: in the zone of the evening, named."""

import re

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as dateformat
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from bookclub.desk.moments import goes_live as words_for

register = template.Library()

# The blocks that open before the first letter of rendered HTML, and that close behind its last.
OPENING = re.compile(r"^(?:\s*<(?:p|ul|ol|li|blockquote)\b[^>]*>)*")
CLOSING = re.compile(r"(?:</(?:p|ul|ol|li|blockquote)>\s*)*$")

NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@register.simple_tag(takes_context=True)
def when(context, meetup, part="all"):
    """A meetup's date and times as on the poster, with the zone: `part` is all, date or time.

    “Wednesday 13 February 2019, 7 pm to 9.30 pm, London time”; without a date “To be announced”; `time` of a meetup
    without one is empty. In the text of a mail it is words alone.
    """
    if meetup.date is None:
        return "" if part == "time" else "To be announced"
    parts = {"date": long_date(meetup.date), "time": clock_times(meetup)}
    text = parts.get(part, ", ".join(filter(None, parts.values())))
    if not text or context.get("is_plain"):
        return text
    return format_html('<time datetime="{}">{}</time>', machine_time(meetup), text)


@register.simple_tag
def day(moment):
    """The day of an aware moment in the club's zone: “11 October 2018”."""
    local = timezone.localtime(moment) if hasattr(moment, "tzinfo") else moment
    return format_html('<time datetime="{}">{}</time>', dateformat(local, "Y-m-d"), dateformat(local, "j F Y"))


@register.simple_tag(name="moment")
def in_full(moment):
    """An aware moment in the club's zone: “Thursday 11 October 2018, 9 am, London time”."""
    local = timezone.localtime(moment)
    text = f"{long_date(local)}, {clock(local)}, {zone_name(timezone.get_current_timezone_name())}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), text)


@register.simple_tag
def goes_live(moment):
    """An aware moment ahead, and how long it takes: “Thu 11 Oct 2018, 09:00 London, in 3 h 12 min”."""
    return words_for(moment)


def long_date(date):
    return dateformat(date, "l j F Y")


def clock_times(meetup):
    """“7 pm to 9.30 pm, London time”, or nothing where no time is set."""
    if meetup.start_time is None:
        return ""
    times = " to ".join(clock(time) for time in (meetup.start_time, meetup.end_time) if time)
    return f"{times}, {zone_name(meetup.time_zone)}"


def clock(time):
    """“7 pm”, “9.30 pm”, “noon”."""
    if (time.hour, time.minute) in {(0, 0), (12, 0)}:
        return "noon" if time.hour else "midnight"
    minutes = f".{time:%M}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes} {'am' if time.hour < 12 else 'pm'}"


def zone_name(key):
    """A zone by its city, which stays right when the clocks change: “London time”."""
    return f"{key.rpartition('/')[2].replace('_', ' ')} time"


def machine_time(meetup):
    return meetup.starts_at.astimezone(meetup.zone).isoformat() if meetup.starts_at else meetup.date.isoformat()


@register.filter
def full(path):
    """A path of ours with the site's address before it, to be copied out of the page."""
    return f"{settings.SITE_URL}{path}"


@register.filter
def webcal(path):
    """The same, as programs understand it that are to subscribe to a calendar there."""
    return f"webcal://{full(path).partition('://')[2]}"


@register.filter
def in_words(number):
    """Numbers up to twelve as words, as in a sentence."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


@register.filter
def count(number, noun):
    """“1 question”, “10 questions”."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@register.filter
def names(people):
    """“A, B and C”."""
    *most, last = [str(person) for person in people]
    return f"{', '.join(most)} and {last}" if most else last


@register.simple_tag(takes_context=True)
def here(context, *view_names):
    """Marks a link as the current page where one of the named views draws it, as the section where it is below."""
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None or match.view_name not in view_names:
        return ""
    return mark_safe(' aria-current="page"' if match.view_name == view_names[0] else ' aria-current="true"')  # noqa: S308 - two fixed strings


@register.filter
def in_quotation_marks(html):
    """Rendered words with outer quotation marks, which are stored nowhere: before the first letter, after the last."""
    opened = OPENING.sub(r"\g<0>“", html, count=1)
    return mark_safe(CLOSING.sub(r"”\g<0>", opened, count=1))  # noqa: S308 - rendered HTML and two marks


@register.filter
def inline(html):
    """Rendered words of one paragraph without its <p>, to stand in a list entry; several keep theirs."""
    inside = html.removeprefix("<p>").removesuffix("</p>")
    return mark_safe(html if "<p>" in inside else inside)  # noqa: S308 - rendered HTML less two tags
