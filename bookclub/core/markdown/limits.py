"""Limits of typed text: without them a few kilobytes would keep the parser busy for minutes.

Within them no text takes more than about 0.2 s to render: `python -m bench.hostile_markdown`.
"""

import re

from django.core.exceptions import ValidationError

from bookclub.core.markdown.lists import indent_lists
from bookclub.core.markdown.normalization import normalize_markdown
from bookclub.core.markdown.tables import count_cells

SIZE_LIMIT_BYTES = 64 * 1024
LINES_LIMIT = 3_000
RULE_LINES_LIMIT = 500
CHARACTER_LIMITS = dict.fromkeys("*_><!\\|", 2_000) | {"[": 400, "`": 1_000}
REPEATED_CHARACTER = re.compile(r"([\[*_><`!(])(?:\s?\1){60}")
NESTING_LIMIT = 12
NESTING_SUM_LIMIT = 12_000
LINK_LENGTH_LIMIT = 1_000
CELLS_LIMIT = 4_000
BARE_LINKS_LIMIT = 1_000


def check_markdown(text: str) -> None:
    """Raise ValidationError, with advice for the author, for text that would take the parser minutes.

    Counts marks and nesting without parsing.
    """
    if len(text.encode("utf-8", "replace")) > SIZE_LIMIT_BYTES:
        raise ValidationError("This text is longer than 64 KB. Split it in two.", code="too_long")
    text = normalize_markdown(text)
    lines = text.split("\n")
    if len(lines) > LINES_LIMIT:
        raise ValidationError("This text has more than 3,000 lines. Split it in two.", code="too_many_rows")
    is_dense = any(text.count(character) > limit for character, limit in CHARACTER_LIMITS.items())
    rule_lines = sum(bool(line) and not line.strip(" -=*_") for line in lines)
    if is_dense or rule_lines > RULE_LINES_LIMIT or re.search(REPEATED_CHARACTER, text):
        raise ValidationError(
            "This text has too many of the marks [ * _ > < ` | \\ = - to be read as prose.", code="too_dense"
        )
    if text.count("://") > BARE_LINKS_LIMIT:
        raise ValidationError("This text has more than 1,000 links. Split it in two.", code="too_many_links")
    lines = indent_lists([line.expandtabs(4) for line in lines])
    depths = [_nesting_depth(line) for line in lines]
    if max(depths) > NESTING_LIMIT or sum(depths) > NESTING_SUM_LIMIT:
        raise ValidationError("Lists or quotations in this text are nested too deeply.", code="too_deep")
    if count_cells(lines) > CELLS_LIMIT:
        raise ValidationError("The tables in this text have more than 4,000 cells.", code="too_many_cells")


def _nesting_depth(line):
    start = re.match(r"(?:\s|>|[*+\-](?=\s)|\d+[.)](?=\s)|\[\^[^\]]*\]:)*", line).group()
    return len(re.findall(r">|[*+\-]|\d+[.)]| {4}", start))
