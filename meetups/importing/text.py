"""Plain text on its way into fields: squeezed for one line, escaped for Markdown."""

import re

from bookclub.markdown import escape, escape_line
from meetups.splitting import Block, Kind, Piece, Shape, Splitting
from meetups.splitting.headings import Section, bare_heading, section_of
from meetups.splitting.lines import list_mark

ITEMS = (Kind.NOTE, Kind.TERM, Kind.QUESTION, Kind.QUOTE, Kind.READING)
HEADED = (Section.BOOK, Section.TERM, Section.QUESTIONS, Section.QUOTES, Section.READINGS)
HEADING = "##"  # in place of a list mark
ITEMS_TYPED = (re.compile(r"[-*] "), re.compile(r"[0-9]{1,3}[.)] "))


def plain(text: str) -> str:
    """On one line, with single spaces."""
    return " ".join(text.split())


def to_markdown(blocks: list[Block]) -> str:
    """Paragraphs and lists in the order typed; items of one list stand close together."""
    text, last = "", None
    for block in blocks:
        text += ("\n" if last and together(last, block) else "\n\n" if text else "") + written(block)
        last = block
    return text


def together(above: Block, below: Block) -> bool:
    if above.shape == below.shape == Shape.MARKDOWN:
        last = above.text.rpartition("\n")[2]
        return any(item.match(last) and item.match(below.text) for item in ITEMS_TYPED)
    return above.shape == below.shape != Shape.PARAGRAPH


def written(block: Block) -> str:
    return block.text if block.shape == Shape.MARKDOWN else opening(block) + escape(block.text)


def to_line(piece: Piece) -> str:
    """The text of a question, a quote or a session note, in which emphasis alone is Markdown."""
    return piece.text if piece.shape == Shape.MARKDOWN else escape_line(piece.text)


def opening(block: Block) -> str:
    if block.shape == Shape.BULLET:
        return "- "
    if block.shape == Shape.NUMBERED:
        return f"{block.mark[:-1]}. "
    return f"{HEADING} " if block.mark == HEADING else ""


def body_of(splitting: Splitting, *, with_book: bool) -> str:
    """The write-up's prose. Without a book to hang them on, notes and questions stand in it too, as they were typed."""
    blocks = []
    for piece in splitting.pieces:
        if piece.kind == Kind.PROSE:
            blocks += piece.blocks
        elif not with_book and needs_book(piece):
            blocks += as_typed(piece)
    return to_markdown(blocks)


def needs_book(piece: Piece) -> bool:
    """Whether it is an item of a book, or the label of such items."""
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
