"""Convert parsed text to field values: single lines, and escaped Markdown."""

import re

from bookclub.core.markdown import escape_line, escape_markdown
from meetups.paste.parser import Block, Kind, Piece, Shape, Splitting
from meetups.paste.parser.headings import Section, bare_heading, section_of
from meetups.paste.parser.lines import list_mark

ITEMS = (Kind.NOTE, Kind.TERM, Kind.QUESTION, Kind.QUOTE, Kind.READING)
HEADED = (Section.BOOK, Section.TERM, Section.QUESTIONS, Section.QUOTES, Section.READINGS)
HEADING = "##"  # in place of a list mark
ITEMS_TYPED = (re.compile(r"[-*] "), re.compile(r"[0-9]{1,3}[.)] "))


def to_plain(text: str) -> str:
    """Return `text` on one line, with single spaces."""
    return " ".join(text.split())


def to_markdown(blocks: list[Block]) -> str:
    """Join blocks in order; there is no empty line between items of one list."""
    text, last = "", None
    for block in blocks:
        text += ("\n" if last and are_in_one_list(last, block) else "\n\n" if text else "") + block_to_markdown(block)
        last = block
    return text


def are_in_one_list(above: Block, below: Block) -> bool:
    if above.shape == below.shape == Shape.MARKDOWN:
        last = above.text.rpartition("\n")[2]
        return any(item.match(last) and item.match(below.text) for item in ITEMS_TYPED)
    return above.shape == below.shape != Shape.PARAGRAPH


def block_to_markdown(block: Block) -> str:
    return block.text if block.shape == Shape.MARKDOWN else escape_opening(block) + escape_markdown(block.text)


def to_line(piece: Piece) -> str:
    """Return the text of a question, quote or session note, whose only Markdown is emphasis."""
    return piece.text if piece.shape == Shape.MARKDOWN else escape_line(piece.text)


def escape_opening(block: Block) -> str:
    if block.shape == Shape.BULLET:
        return "- "
    if block.shape == Shape.NUMBERED:
        return f"{block.mark[:-1]}. "
    return f"{HEADING} " if block.mark == HEADING else ""


def body_of(splitting: Splitting, *, with_book: bool) -> str:
    """Return the write-up's prose; without a book it includes notes and questions as typed."""
    blocks = []
    for piece in splitting.pieces:
        if piece.kind == Kind.PROSE:
            blocks += piece.blocks
        elif not with_book and needs_book(piece):
            blocks += as_typed(piece)
    return to_markdown(blocks)


def needs_book(piece: Piece) -> bool:
    """Return whether it is an item of a book, or the heading of such items."""
    return piece.kind in ITEMS or (piece.kind == Kind.LABEL and section_of(piece.text) in HEADED)


def as_typed(piece: Piece) -> list[Block]:
    if piece.shape == Shape.MARKDOWN:
        return [Block(Shape.MARKDOWN, piece.source, piece.first_line)]
    if piece.kind == Kind.NOTE and not piece.heading:
        return piece.blocks
    first, *rest = [line for line in piece.source.split("\n") if line.strip()]
    lines = [Block(Shape.PARAGRAPH, line, piece.first_line) for line in rest]
    if piece.heading or piece.kind == Kind.LABEL:
        return [Block(Shape.PARAGRAPH, bare_heading(first), piece.first_line, HEADING), *lines]
    mark = list_mark(first) if piece.shape != Shape.PARAGRAPH else ""
    return [Block(Shape.BULLET if mark else Shape.PARAGRAPH, first[len(mark) :].strip(), piece.first_line), *lines]
