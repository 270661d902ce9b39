"""Limits of HTML: without them some kilobytes of it would keep the sanitizer busy for minutes."""

import re

from meetups.paste.sources.source import Unreadable

MAX_DEPTH = 3_000  # open elements at a time, including those that need no end tag
MAX_TAGS = 40_000
MAX_DEPTH_TIMES_TAGS = 10_000_000  # each tag is compared with the open elements
MAX_ENTITIES = 50_000  # cleaning time grows with the square
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
NEVER_OPEN = {"br", "img", "hr", "meta", "link", "input", "col", "wbr", "area", "base", "source", "track", "embed"}
TANGLED = "The formatting of this text is too tangled to be read. Paste it as plain text (Ctrl+Shift+V)."


def check_html(html: str) -> None:
    """Raise Unreadable for HTML that would take seconds."""
    depth = deepest = tags = 0
    for match in TAG.finditer(html):
        tags += 1
        depth += 0 if match[2].lower() in NEVER_OPEN else -1 if match[1] else 1
        deepest = max(deepest, depth)
    is_tangled = deepest > MAX_DEPTH or tags > MAX_TAGS or deepest * tags > MAX_DEPTH_TIMES_TAGS
    # A "<" that begins no tag becomes an entity, too.
    if is_tangled or html.count("&") + html.count("<") - tags > MAX_ENTITIES:
        raise Unreadable(TANGLED)
