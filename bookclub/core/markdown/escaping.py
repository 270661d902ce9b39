"""Escape plain text, so that rendering it gives the same text."""

import re

from bookclub.core.markdown.normalization import normalize_markdown

# Characters with a meaning in Markdown: anywhere, and at the start of a line. A # has none directly before a word. A
# line of | : - and spaces makes a table of the lines around it, unless its first - is escaped.
ESCAPED_ANYWHERE = re.compile(r"[\\`*_\[\]]")
ESCAPED_AT_START = re.compile(r"^(?:[>+\-=]|#(?!#*[^\s#])|[|: ]+-(?=[|:\- ]*$)|\d+(?=[.)]))", re.MULTILINE)


def escape_markdown(text: str) -> str:
    """Return Markdown that `render_prose` renders to the plain `text`. The web addresses in it become links."""
    text = "\n".join(line.strip() for line in normalize_markdown(text).split("\n"))
    return ESCAPED_AT_START.sub(_escape_start, ESCAPED_ANYWHERE.sub(r"\\\g<0>", text))


def _escape_start(found):
    mark = found.group()
    return f"{mark}\\" if mark.isdigit() else f"{mark[:-1]}\\{mark[-1]}"


def escape_line(text: str) -> str:
    """Return what `render_line` renders to the plain `text`."""
    return re.sub(r"[\\*_]", r"\\\g<0>", text)
