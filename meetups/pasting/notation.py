"""The three ways a text may be written, as `bookclub.markdown` reads them, and the way from each to each."""

import html
import re

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags

from bookclub import markdown
from bookclub.markdown import escape, escape_line

PROSE, LINE, PLAIN = "prose", "line", "plain"
LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\(([^()\s]*)\)")
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()>#+\-.!=])")
OPENING = re.compile(r"^(?:#{1,6} |> |[-*+] )", re.MULTILINE)
UNESCAPED = re.compile(r"(\\[\\`*_{}\[\]()>#+\-.!=])|([`\[\]])")
AT_START = re.compile(r"^(?:([#>+\-=])|(\d+)(?=[.)]))", re.MULTILINE)


def converted(text: str, old: str, new: str) -> str:
    """`text`, written as `old`, written as `new`: the same words, with the emphasis that `new` knows."""
    if old == new:
        return text
    if new == PLAIN:
        return words_of(text, old)
    if old == PLAIN:
        return escape(text) if new == PROSE else escape_line(text)
    return to_line(text) if new == LINE else to_prose(text)


def words_of(text: str, notation: str) -> str:
    """What a reader sees of it; the text itself where it can't be rendered."""
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
    return AT_START.sub(guarded, text)


def guarded(found: re.Match) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\"
