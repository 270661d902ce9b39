"""Read plain text as blocks: list marks are parted, nested by their indent; hard-wrapped lines are joined."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from meetups.paste.blocks import Block, Document, Layout, make_readable
from meetups.paste.rich_text import RichText, join_rich

# "•", "3.", "(3)", "Q4.", "Question 5:", "6 -"; below an item also "a)", "(ii)", "b.". Word's bullets "o" and "§" have a tab.
BULLET = r"[•‣◦▪·●○⁃∙➢➤✓✔*–—-](?=\s|$)|[o§](?=\t)|\[[ xX]?\](?=\s)"
NUMBER = r"\[[0-9]{1,2}(?:\.[0-9]{1,2})?\](?=\s)|\(?[0-9]{1,3}(?:\.[0-9]{1,2})?[.)]-?(?=\s|$)|[0-9]{1,2}\.[0-9]{1,2}(?=\s)|[0-9]{1,2}\s[–-](?=\s)"
ASKED = r"(?:Q|Question|Frage|Pregunta|Domanda|Vraag|Pergunta)\s?[0-9]{1,3}\s?[.:)](?=\s)"
LETTER = r"(?-i:\(?(?:[a-h]|[ivx]{1,4})[.)]|\(?[A-H][.)])(?=\s)"
SECOND_LETTER = {"a": "b", "i": "ii"}  # of a list whose first point has this letter
LINES_BETWEEN = 6  # the most lines from one lettered point to the next
MARK = re.compile(rf"(?P<bullet>{BULLET})|(?P<asked>{ASKED})|(?P<number>{NUMBER})|(?P<letter>{LETTER})", re.IGNORECASE)
QUOTED = re.compile(r">\s+(?=[^\s>])")
DASHES = ("–", "—")
WIDEST_WRAP = 100
NARROWEST_WRAP = 40
FULL = 0.75  # of the width
TAB_WIDTH = 4
MAX_LEVEL = 5


@dataclass(frozen=True)
class Line:
    text: str
    indent: int
    first_line: int
    last_line: int
    after_gap: bool


def text_document(text: str) -> Document:
    text, reports = make_readable(text)
    return Document(read_lines(text), reports)


def read_lines(text: str) -> list[Block]:
    lines = text.split("\n")
    return list(with_layouts(list(join_wrapped(lines, wrap_width(lines)))))


def join_wrapped(lines: list[str], width: int) -> Iterator[Line]:
    """Yield each line that is not empty; with a width, join lines that were wrapped at it."""
    last: Line | None = None
    previous = ""
    for number, line in enumerate(lines, start=1):
        words = line.strip()
        if words and last and previous.strip() and width and continues_on_next_line(previous, line, width):
            last = replace(last, text=f"{last.text} {words}", last_line=number)
        elif words:
            if last:
                yield last
            last = Line(words, indent_of(line), number, number, after_gap=not previous.strip())
        previous = line
    if last:
        yield last


def indent_of(line: str) -> int:
    start = line[: len(line) - len(line.lstrip())].expandtabs(TAB_WIDTH)
    return len(start)


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


def with_layouts(lines: list[Line]) -> Iterator[Block]:
    marks = [MARK.match(line.text) for line in lines]
    number, part, levels = 0, 0, Levels()
    for index, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        cells = line.text.split("\t") if is_row(lines, index) else []
        if cells:
            yield row_of(line, [RichText.of(cell.strip()) for cell in cells])
            continue
        if quoted := QUOTED.match(line.text):
            levels.close(line)
            rich = RichText.of(line.text[quoted.end() :])
            yield replace(block_of(line), rich=rich, layout=Layout.QUOTATION, mark=">", is_typed=True)
            continue
        kind = mark.lastgroup if mark else ""
        if kind in {"number", "asked"}:
            figures = [int(part) for part in re.findall("[0-9]+", mark[0])]
            is_part = len(figures) > 1  # "2.1"
            is_item = figures[-1 if is_part else 0] in ((1, part + 1) if is_part else (1, number, number + 1))
            part = figures[1] if is_part and is_item else 0
            number = figures[0] if is_item and line.indent <= levels.outermost(line) else number
        elif kind == "letter":
            is_item = is_lettered(marks, index, levels)
        else:
            is_item = bool(mark) and is_bullet(mark[0], marks, index)
        if is_item:
            levels.last_letter = mark[0] if kind == "letter" else levels.last_letter
            yield item_of(line, mark, levels.of(line, is_letter=kind == "letter"))
        else:
            levels.close(line)
            yield block_of(line)


def with_typed_marks(blocks: list[Block]) -> list[Block]:
    """Return the blocks of HTML, in which paragraphs with a typed list mark are items: "1. Is the sea a character?"."""
    found: list[Block] = []
    for is_paragraph, run in groupby(blocks, lambda block: block.is_paragraph):
        run = list(run)
        lines = [Line(block.text, 0, block.first_line, block.last_line, block.after_gap) for block in run]
        marked = with_layouts(lines) if is_paragraph else run
        found += [
            typed_item(block, one) if is_paragraph and one.is_item else block
            for block, one in zip(run, marked, strict=True)
        ]
    return found


def typed_item(block: Block, item: Block) -> Block:
    rich = block.rich.cut(len(block.text) - len(item.text))
    return replace(block, rich=rich, layout=Layout.ITEM, mark=item.mark, level=item.level, is_typed=True)


def is_bullet(mark: str, marks: list[re.Match | None], index: int) -> bool:
    """Return whether the mark begins a list item. A single dash may start a remark; two in a row are a list."""
    neighbours = [marks[place][0] for place in (index - 1, index + 1) if 0 <= place < len(marks) and marks[place]]
    return mark not in DASHES or mark in neighbours


def is_lettered(marks: list[re.Match | None], index: int, levels: "Levels") -> bool:
    """Return whether "a)" or "(i)" marks a point: below a numbered one, or where the next letter follows."""
    mark = marks[index][0]
    letter = mark.strip("(.)")
    if levels.is_letter and mark[-1] == levels.last_letter[-1:]:
        return True
    if letter.casefold() not in SECOND_LETTER:
        return False
    following = [one[0] for one in marks[index + 1 : index + 1 + LINES_BETWEEN] if one and one.lastgroup == "letter"]
    expected = SECOND_LETTER[letter.casefold()]
    goes_on = any(one.strip("(.)") == (expected.upper() if letter.isupper() else expected) for one in following)
    return goes_on or (levels.is_within and not letter.isupper())


class Levels:
    """The indents of the open lists."""

    def __init__(self):
        self.indents: list[int] = []
        self.is_letter = False
        self.is_lettered_on_top = False
        self.last_letter = ""

    @property
    def is_within(self) -> bool:
        return bool(self.indents)

    def outermost(self, line: Line) -> int:
        return self.indents[0] if self.indents else line.indent

    def of(self, line: Line, *, is_letter: bool) -> int:
        """Return the level of an item with this indent; letters are one level below the numbers that they follow."""
        self.is_lettered_on_top = is_letter and (self.is_lettered_on_top or not self.indents)
        while self.indents and self.indents[-1] > line.indent:
            self.indents.pop()
        if not self.indents or self.indents[-1] < line.indent:
            self.indents.append(line.indent)
        if is_letter and not self.is_letter and len(self.indents) == 1 and not self.is_lettered_on_top:
            self.indents.append(line.indent)
        elif self.is_letter and not is_letter:
            del self.indents[1:]
        self.is_letter = is_letter
        return min(len(self.indents) - 1, MAX_LEVEL)

    def close(self, line: Line) -> None:
        if not line.after_gap or line.indent == 0:
            self.indents, self.is_letter, self.is_lettered_on_top = [], False, False


def is_row(lines: list[Line], index: int) -> bool:
    """Return whether tabs part the line into cells, as they do with the line above or below."""
    count = lines[index].text.count("\t")
    near = [lines[place].text.count("\t") for place in (index - 1, index + 1) if 0 <= place < len(lines)]
    return count > 0 and count in near and not MARK.match(lines[index].text)


def block_of(line: Line) -> Block:
    return Block(RichText.of(line.text), first_line=line.first_line, last_line=line.last_line, after_gap=line.after_gap)


def item_of(line: Line, mark: re.Match, level: int) -> Block:
    words = line.text[mark.end() :].strip()
    return replace(
        block_of(line), rich=RichText.of(words), layout=Layout.ITEM, mark=mark[0].strip(), level=level, is_typed=True
    )


def row_of(line: Line, cells: list[RichText]) -> Block:
    return replace(block_of(line), rich=join_rich(cells, " | "), cells=tuple(cells), layout=Layout.ROW, is_typed=True)
