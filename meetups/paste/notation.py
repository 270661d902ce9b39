"""The three notations of a text (PROSE, LINE, PLAIN) and the conversions between them."""

import html
import re

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags

from bookclub.core import markdown
from bookclub.core.markdown import escape_line, escape_markdown

PROSE, LINE, PLAIN = "prose", "line", "plain"
LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\(([^()\s]*)\)")
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()>#+\-.!=])")
OPENING = re.compile(r"^(?:#{1,6} |> |[-*+] )", re.MULTILINE)
UNESCAPED = re.compile(r"(\\[\\`*_{}\[\]()>#+\-.!=])|([`\[\]])")
AT_START = re.compile(r"^(?:([#>+\-=])|(\d+)(?=[.)]))", re.MULTILINE)


def convert_notation(text: str, old: str, new: str) -> str:
    """Convert `text` from notation `old` to `new`: the same words, with the emphasis that `new` knows."""
    if old == new:
        return text
    if new == PLAIN:
        return words_of(text, old)
    if old == PLAIN:
        return escape_markdown(text) if new == PROSE else escape_line(text)
    return to_line(text) if new == LINE else to_prose(text)


def words_of(text: str, notation: str) -> str:
    """Return the words that a reader sees, or `text` itself if it can't be rendered."""
    if notation == PLAIN:
        return text
    try:
        shown = html.unescape(strip_tags(markdown.RENDERINGS[notation](text)))
    except ValidationError:
        return text
    return re.sub(r"\n{3,}", "\n\n", shown).strip()


def to_line(prose: str) -> str:
    text = LINK.sub(r"\1 (\2)", OPENING.sub("", prose))
    return ESCAPED.sub(lambda found: found[0] if found[1] in "\\*_" else found[1], text)


def to_prose(line: str) -> str:
    text = UNESCAPED.sub(lambda found: found[1] or f"\\{found[2]}", line)
    return AT_START.sub(guard_match, text)


def guard_match(found: re.Match) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\"
