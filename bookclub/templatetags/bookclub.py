"""Template tags and filters, built into every template.

Dates and times of meetups are always written by `when` and `day`, which name the meetup's time zone.
"""

import re

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as dateformat
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, to_locale

from bookclub.core.email_addresses import format_readable_address
from bookclub.core.formatting import (
    count_noun,
    format_future_moment,
    format_long_date,
    format_moment,
    format_time_range,
    join_names,
    number_in_words,
)

register = template.Library()
register.filter(count_noun)
register.filter("readable_address", format_readable_address)
register.filter(join_names)
register.filter(number_in_words)
register.simple_tag(format_future_moment, name="goes_live")

# Block tags before the first and after the last letter of rendered HTML.
OPENING = re.compile(r"^(?:\s*<(?:p|ul|ol|li|blockquote)\b[^>]*>)*")
PARAGRAPH = re.compile(r'<p(?: dir="auto")?>')
CLOSING = re.compile(r"(?:</(?:p|ul|ol|li|blockquote)>\s*)*$")


@register.simple_tag(takes_context=True)
def when(context, meetup, part="all", kind=""):
    """Return a meetup's date and times in its own zone; `part` is "all", "date", "time" or "heading".

    Such as “Wednesday 13 February 2019, 7 pm to 9.30 pm, London time”; without a date “To be announced”; "time" is
    empty for a meetup without times. In a "heading" day, month and year stay on one line. Plain text, without <time>,
    in the subject of a mail. `kind` is a class.
    """
    if meetup.date is None:
        return "" if part == "time" else "To be announced"
    times = format_time_range(meetup.start_time, meetup.end_time, meetup.time_zone)
    parts = {"date": format_long_date(meetup.date), "time": times}
    text = parts.get(part, ", ".join(filter(None, parts.values())))
    if not text or context.get("is_plain"):
        return text
    if part == "heading":
        weekday, _, full_date = format_long_date(meetup.date).partition(" ")
        text = format_html('{} <span class="full-date">{}</span>', weekday, full_date)
    starts_at = meetup.starts_at and meetup.starts_at.astimezone(meetup.zone)
    return format_time((starts_at or meetup.date).isoformat(), text, kind)


@register.simple_tag
def day(moment, kind=""):
    """Return a date, or the date of an aware datetime in the club's zone: “11 October 2018”. `kind` is a class."""
    local = timezone.localtime(moment) if hasattr(moment, "tzinfo") else moment
    return format_time(dateformat(local, "Y-m-d"), dateformat(local, "j F Y"), kind)


def format_time(value, text, kind):
    attribute = format_html(' class="{}"', kind) if kind else ""
    return format_html('<time{} datetime="{}">{}</time>', attribute, value, text)


@register.simple_tag(name="moment")
def tag_moment(moment):
    """Return an aware datetime in the club's zone: “Thursday 11 October 2018, 9 am, London time”."""
    local = timezone.localtime(moment)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), format_moment(moment))


@register.simple_tag
def language_tag():
    """Return the language of the page for the lang attribute: “en-GB” for the setting en-gb."""
    return to_locale(get_language()).replace("_", "-")


@register.filter
def absolute_url(path):
    """Return a path of this site with scheme and host, for mails and for copying."""
    return f"{settings.SITE_URL}{path}"


@register.filter
def webcal_url(path):
    """Return the URL by which calendar programs subscribe to the feed at `path`."""
    return f"webcal://{absolute_url(path).partition('://')[2]}"


@register.filter
def words_of_path(path):
    """Return the words of the last part of a path: “smart cities” for /write-ups/smart-cities/. At most 100 characters."""
    parts = [part for part in path.split("/") if part]
    return " ".join(re.findall(r"[^\W_]+", parts[-1]))[:100] if parts else ""


@register.simple_tag(takes_context=True)
def aria_current(context, *view_names):
    """Return the aria-current attribute of a link: "page" on the first of the named views, "true" on the others."""
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None or match.view_name not in view_names:
        return ""
    return format_html(' aria-current="{}"', "page" if match.view_name == view_names[0] else "true")


@register.filter
def join_isolated_names(people):
    """Return names as `join_names`, each in <bdi>: a Hebrew name doesn't turn the commas and names around it."""
    isolated = [format_html("<bdi>{}</bdi>", person) for person in people]
    return mark_safe(join_names(isolated))  # noqa: S308 - escaped names in fixed tags


@register.filter
def in_quotation_marks(html):
    """Add quotation marks, which are not stored, before the first letter of rendered HTML and after the last one."""
    opened = OPENING.sub(r"\g<0>“", conditional_escape(html), count=1)
    return mark_safe(CLOSING.sub(r"”\g<0>", opened, count=1))  # noqa: S308 - escaped or rendered HTML, and two marks


@register.filter
def unwrap_paragraph(html):
    """Return rendered HTML of a single paragraph without its <p>, for an element with dir="auto"; keep several."""
    escaped = conditional_escape(html)
    inside = PARAGRAPH.sub("", escaped, count=1).removesuffix("</p>")
    return mark_safe(escaped if PARAGRAPH.search(inside) else inside)  # noqa: S308 - escaped or rendered HTML less two tags
