"""The cells of the admin's lists, which become cards on a phone."""

import re

from django import template
from django.utils.html import format_html, strip_tags
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

register = template.Library()
CELL = re.compile(r"<(?P<tag>t[hd])\b")


@register.filter
def with_labels(cells, headers):
    """Return the cells of a row, as Django writes them, each with its column's name for where columns are not shown.

    Their roles keep a table a table for screen readers where CSS makes blocks of it.
    """
    labels = [capfirst(strip_tags(header["text"])) for header in headers]
    labels += [""] * (len(cells) - len(labels))  # hidden keys of editable lists have no header
    return [label_cell(cell, label) for cell, label in zip(cells, labels, strict=True)]


def label_cell(cell, label):
    tag = CELL.match(cell)["tag"]
    start = format_html('<{} role="{}" data-label="{}"', tag, "rowheader" if tag == "th" else "cell", label)
    if cell.endswith(">-</td>"):
        start += " data-empty"
    return mark_safe(start + cell[len(tag) + 1 :])  # noqa: S308 - HTML of Django's admin, and escaped attributes
