"""Lists: nested by two spaces or more, numbered with “1.” or “1)”."""

import re

from markdown.extensions.sane_lists import SaneOListProcessor, SaneUListProcessor
from markdown.preprocessors import Preprocessor

NUMBER_MARK = r"[0-9]{1,9}[.)]"  # up to nine digits, as in CommonMark: HTML has no larger number
BULLET_MARK = r"[*+-]"
ITEM = re.compile(rf"(?:{BULLET_MARK}|{NUMBER_MARK}) ")
QUOTATION = re.compile(r" {0,3}> ?")
HEADING = re.compile(r"#{1,6} ")
QUOTATION_DEPTH_LIMIT = 20  # deeper quotations are refused by `check_markdown`


def indent_lists(lines: list[str], depth: int = 0) -> list[str]:
    """Return `lines`, without tabs, with four spaces for each level of a list, as the parser wants.

    An item belongs to the item above it from two spaces on, a paragraph after an empty line likewise.
    """
    result, start = [], 0
    while start < len(lines):
        is_quoted = bool(QUOTATION.match(lines[start])) and depth < QUOTATION_DEPTH_LIMIT
        end = start + 1
        while end < len(lines) and bool(QUOTATION.match(lines[end])) == is_quoted:
            end += 1
        result += _indent_quoted(lines[start:end], depth) if is_quoted else _indent_plain(lines[start:end])
        start = end
    return result


def _indent_quoted(lines, depth):
    marks = [QUOTATION.match(line).group() for line in lines]
    inner = indent_lists([line.removeprefix(mark) for mark, line in zip(marks, lines, strict=True)], depth + 1)
    return [mark + line for mark, line in zip(marks, inner, strict=True)]


def _indent_plain(lines):
    result = []
    levels = []  # indentation of the present item and of the items around it, as typed
    is_block_start = True
    for line in lines:
        text = line.lstrip(" ")
        indentation = len(line) - len(text)
        is_border = not text.strip("-=*_ ") or bool(HEADING.match(line))
        is_code = is_block_start and indentation >= 4 * len(levels) + 4
        if is_border:
            levels = levels if not text else []
        elif ITEM.match(text) and (levels or is_block_start) and not is_code:
            _enter_item(levels, indentation)
            line = " " * 4 * (len(levels) - 1) + text
        elif is_block_start:
            levels = [level for level in levels if level + 2 <= indentation]
            line = " " * max(4 * len(levels), indentation) + text
        result.append(line)
        is_block_start = is_border
    return result


def _enter_item(levels, indentation):
    while len(levels) > 1 and indentation < levels[-1]:
        levels.pop()
    if levels and indentation < levels[-1] + 2:
        levels[-1] = indentation
    else:
        levels.append(indentation)


class IndentLists(Preprocessor):
    def run(self, lines):
        return indent_lists(lines)


class MarksMixin:
    """Accept both “1.” and “1)”."""

    def __init__(self, parser):
        super().__init__(parser)
        mark = NUMBER_MARK if self.TAG == "ol" else BULLET_MARK
        self.RE = re.compile(rf"^ {{0,3}}{mark} +(.*)")
        self.CHILD_RE = re.compile(rf"^ {{0,3}}(({mark})) +(.*)")
        self.INDENT_RE = re.compile(rf"^ {{4,7}}({NUMBER_MARK}|{BULLET_MARK}) +.*")


class OrderedListProcessor(MarksMixin, SaneOListProcessor):
    pass


class UnorderedListProcessor(MarksMixin, SaneUListProcessor):
    pass
