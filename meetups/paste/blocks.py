"""Blocks: what every way in becomes before it is parsed. A block is a paragraph, heading, list item, quotation or row."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from itertools import takewhile

from meetups.paste.rich_text import RichText
from meetups.paste.sources.decoding import CONTROL, with_plain_line_ends

# Zero-width spaces and joiners of words, soft hyphens, direction marks, byte order marks. ZWJ and ZWNJ carry meaning inside
# a word of some scripts, so they go only at its ends; direction marks do in a line with letters from right to left.
INVISIBLE = re.compile("[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
DIRECTION = "[\u200e\u200f\u202a-\u202e\u2066-\u2069]+"
NO_WIDTH = re.compile(f"[\u200b\u2060\ufeff]|^{DIRECTION}|{DIRECTION}$")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
PART_NUMBER = re.compile(r"[(\[]?[0-9]+\.[0-9]+[])]?[.)]?-?")
LETTERED = re.compile(r"\(?(?:[a-h]|[ivx]{1,4})[.)]", re.IGNORECASE)
AT_ENDS = re.compile("(?<!\\S)[\u200c\u200d\u00ad]+|[\u200c\u200d\u00ad]+(?!\\S)")


class Layout(StrEnum):
    PARAGRAPH = auto()
    HEADING = auto()
    QUOTATION = auto()
    ITEM = auto()
    ROW = auto()  # of a table: its cells are parted by " | "
    CAPTION = auto()
    SUBTITLE = auto()


@dataclass(frozen=True)
class Block:
    """Lines count from 1; in HTML they are counted as a text version would have them."""

    rich: RichText = field(default_factory=RichText)
    layout: Layout = Layout.PARAGRAPH
    cells: tuple[RichText, ...] = ()  # of a row; `rich` has them joined by " | "
    level: int = 0  # of a heading: 1 to 6; of a list item: 0 for the outermost list
    mark: str = ""  # of a list item: "•", "3.", "a)"; of a typed quotation: ">"
    first_line: int = 1
    last_line: int = 1
    after_gap: bool = False  # an empty line or the space of a paragraph stands before it
    is_typed: bool = False  # the layout was recognised in plain text, not given by the document
    glued: bool = False  # no white space between this block and the one before

    @property
    def text(self) -> str:
        return self.rich.text

    @property
    def source(self) -> str:
        """The words with the list mark."""
        return f"{self.mark} {self.text}" if self.mark else self.text

    @property
    def is_paragraph(self) -> bool:
        return self.layout in {Layout.PARAGRAPH, Layout.SUBTITLE}

    @property
    def is_item(self) -> bool:
        return self.layout == Layout.ITEM

    @property
    def is_bold(self) -> bool:
        return self.is_paragraph and self.rich.is_all("strong")

    @property
    def is_numbered(self) -> bool:
        return self.is_item and any(letter.isdigit() for letter in self.mark)

    def part(self, start: int, end: int | None = None) -> "Block":
        """Return the characters from `start` to `end` as a block; only a first part keeps the list mark."""
        cut, rich = self.text[start:end], self.rich.cut(start, end).strip()
        if start == 0:
            return replace(self, rich=rich)
        glued = not cut[:1].isspace() and not self.text[start - 1].isspace()
        layout = Layout.PARAGRAPH if self.is_item else self.layout
        return replace(self, rich=rich, glued=glued, mark="", layout=layout)


@dataclass
class Document:
    """The blocks of a pasted text or a file. `head` has the title, author and date (ISO) that a mail or front matter names."""

    blocks: list[Block] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)  # sentences on what was recognised or dropped
    doubts: list[str] = field(default_factory=list)  # sentences to look at first
    head: dict[str, str] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)  # (words, reason)
    kind: str = "text"  # of its Source
    typed: str = ""  # the text of the box

    @property
    def text(self) -> str:
        return "\n".join(block.source for block in self.blocks)


def make_readable(text: str) -> tuple[str, list[str]]:
    """Return the text without characters that no page can show, and a sentence on each kind that was removed."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    seen, number = CONTROL.subn("", with_plain_line_ends(whole))
    reports = []
    if number:
        reports.append(f"Invisible control characters taken out: {number}.")
    if broken := len(re.findall("[\ud800-\udfff]", re.sub("[\ud800-\udbff][\udc00-\udfff]", "", text))):
        reports.append(f"Broken characters, now “\ufffd”: {broken}. Look for them and type what was there.")
    marks = 0
    if INVISIBLE.search(seen):
        lines = [(NO_WIDTH if RIGHT_TO_LEFT.search(line) else INVISIBLE).subn("", line) for line in seen.split("\n")]
        seen, marks = "\n".join(line for line, _ in lines), sum(number for _, number in lines)
    seen, ends = AT_ENDS.subn("", seen)
    if marks + ends:
        reports.append(f"Marks without a shape (of width nought, or for the direction) taken out: {marks + ends}.")
    return seen, reports


def only_letters(text: str) -> str:
    return "".join(text.split())


def as_markdown(blocks: Iterable[Block]) -> str:
    """Join blocks as Markdown prose; between the items of one list there is no empty line. Rows make a table."""
    text, last = "", None
    blocks = with_levels_from_zero(block for block in blocks if block.text)  # without empty list items
    for index, block in enumerate(blocks):
        text += separate_blocks(last, block) + write_block(block)
        if block.layout == Layout.ROW and not (last and last.layout == Layout.ROW):
            rows = takewhile(lambda one: one.layout == Layout.ROW, blocks[index:])
            width = max(len(row.cells) for row in rows)
            text += "  |" * (width - len(block.cells)) + "\n|" + " --- |" * width
        last = block
    return text


def with_levels_from_zero(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks with no level left out in a list: a list that begins within another one would be code."""
    found: list[Block] = []
    levels: list[int] = []
    for block in blocks:
        levels = [level for level in levels if level < block.level] if block.is_item else []
        if block.is_item:
            levels.append(block.level)
            block = replace(block, level=len(levels) - 1)
        found.append(block)
    return found


def separate_blocks(above: Block | None, below: Block) -> str:
    if above is None:
        return ""
    is_one_list = above.is_item and below.is_item and (below.level > 0 or has_number(above) == has_number(below))
    return "\n" if is_one_list or above.layout == below.layout == Layout.ROW else "\n\n"


def write_block(block: Block) -> str:
    if block.layout == Layout.ROW:
        return "|" + "".join(f" {cell.prose().replace('|', chr(92) + '|')} |" for cell in block.cells)
    return write_opening(block) + block.rich.prose()


def write_opening(block: Block) -> str:
    """Return the Markdown that starts the block: `- `, `2. `, `> `, `# `."""
    if block.is_item:
        return "    " * block.level + (write_number(block) if has_number(block) else write_bullet(block))
    if block.layout == Layout.QUOTATION:
        return "> "
    return ("# " if block.level < 3 else "## ") if block.layout == Layout.HEADING else ""


def has_number(block: Block) -> bool:
    """Return whether Markdown can number the item: "1." or "(3)", and not "1.2" or "a)"."""
    return block.is_numbered and not PART_NUMBER.fullmatch(block.mark)


def write_number(block: Block) -> str:
    return f"{int(re.sub('[^0-9]', '', block.mark))}. "


def write_bullet(block: Block) -> str:
    return f"- {get_told_mark(block)} ".replace("[", "\\[").replace("]", "\\]") if get_told_mark(block) else "- "


def get_told_mark(block: Block) -> str:
    """Return the mark of an item that Markdown has no list for, "1.2" or "(a)", which the text may refer to."""
    is_told = block.is_item and (PART_NUMBER.fullmatch(block.mark) or LETTERED.fullmatch(block.mark))
    return block.mark if is_told else ""
