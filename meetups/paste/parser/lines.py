"""Read lines as paragraphs: list marks are removed, hard-wrapped lines joined."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from meetups.paste.parser.decoding import with_plain_line_ends
from meetups.paste.parser.pieces import Shape

MARK = re.compile(r"([•‣◦▪·●○*–—-]|[0-9]{1,3}[.)])(?:\s+|$)")
DASHES = ("–", "—")
WIDEST_WRAP = 100
NARROWEST_WRAP = 40
FULL = 0.75  # of the width


@dataclass(frozen=True)
class Paragraph:
    text: str
    source: str  # the text with its list mark
    first_line: int
    last_line: int
    shape: Shape = Shape.PARAGRAPH
    mark: str = ""
    after_gap: bool = False  # an empty line stands before it
    glued: bool = False

    def part(self, start: int, end: int | None = None) -> "Paragraph":
        """Return the characters from `start` to `end` as a paragraph. For text without a list mark."""
        cut = self.source[start:end]
        glued = start > 0 and not cut[:1].isspace() and not self.source[start - 1].isspace()
        return replace(self, text=cut.strip(), source=cut.strip(), glued=glued or (start == 0 and self.glued))


def read_paragraphs(text: str) -> list[Paragraph]:
    lines = with_plain_line_ends(text).split("\n")
    return list(with_list_marks(list(join_wrapped(lines, wrap_width(lines)))))


def join_wrapped(lines: list[str], width: int) -> Iterator[Paragraph]:
    """Yield a paragraph for each line that is not empty; with a width, join lines that were wrapped at it."""
    last: Paragraph | None = None
    previous = ""
    for number, line in enumerate(lines, start=1):
        words = line.strip()
        if words and last and previous.strip() and width and continues_on_next_line(previous, line, width):
            last = replace(last, text=f"{last.text} {words}", source=f"{last.source} {words}", last_line=number)
        elif words:
            if last:
                yield last
            last = Paragraph(words, words, number, number, after_gap=not previous.strip())
        previous = line
    if last:
        yield last


def wrap_width(lines: list[str]) -> int:
    """Return the width at which the text was hard-wrapped, or 0 if each line is a paragraph.

    Wrapped text has full lines that go on in lower case on the next line.
    """
    width = max(map(len, lines))
    if not NARROWEST_WRAP <= width <= WIDEST_WRAP:
        return 0
    pairs = [(one, two.strip()) for one, two in pairwise(lines) if one.strip() and two.strip()]
    run_on = sum(two[0].islower() and continues_on_next_line(one, two, width) for one, two in pairs)
    return width if run_on >= 3 and run_on * 3 >= len(pairs) else 0


def continues_on_next_line(line: str, following: str, width: int) -> bool:
    """Return whether the line is full, so that the next one continues it."""
    return len(line.rstrip()) >= width * FULL and not MARK.match(following.strip())


def with_list_marks(paragraphs: list[Paragraph]) -> Iterator[Paragraph]:
    marks = [list_mark(paragraph.text) for paragraph in paragraphs]
    number = 0
    for index, (paragraph, mark) in enumerate(zip(paragraphs, marks, strict=True)):
        if mark[:1].isdigit():
            typed = int(mark[:-1])
            is_item = typed in (1, number, number + 1)
            number = typed if is_item else number
        else:
            # A single dash may start a remark or an attribution; two in a row are a list.
            neighbours = (marks[index - 1 : index] or [""])[0], (marks[index + 1 : index + 2] or [""])[0]
            is_item = bool(mark) and (mark not in DASHES or mark in neighbours)
        yield as_item(paragraph, mark) if is_item else paragraph


def list_mark(text: str) -> str:
    match = MARK.match(text)
    return match[1] if match else ""


def as_item(paragraph: Paragraph, mark: str) -> Paragraph:
    shape = Shape.NUMBERED if mark[0].isdigit() else Shape.BULLET
    return replace(paragraph, text=paragraph.text[len(mark) :].strip(), shape=shape, mark=mark)
