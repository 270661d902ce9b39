"""Plain text on its way into fields: squeezed for one line, escaped for Markdown."""

from bookclub.markdown import escape
from meetups.splitting import Block, Kind, Piece, Shape, Splitting
from meetups.splitting.headings import Section, bare_heading, section_of
from meetups.splitting.lines import list_mark

ITEMS = (Kind.NOTE, Kind.TERM, Kind.QUESTION, Kind.QUOTE, Kind.READING)
HEADED = (Section.BOOK, Section.TERM, Section.QUESTIONS, Section.QUOTES, Section.READINGS)
HEADING = "##"  # in place of a list mark


def plain(text: str) -> str:
    """On one line, with single spaces."""
    return " ".join(text.split())


def to_markdown(blocks: list[Block]) -> str:
    """Paragraphs and lists in the order typed; items of one list stand close together."""
    text, last = "", None
    for block in blocks:
        together = last and last.shape == block.shape != Shape.PARAGRAPH
        text += ("\n" if together else "\n\n" if text else "") + opening(block) + escape(block.text)
        last = block
    return text


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
    if piece.kind == Kind.NOTE and not piece.heading:
        return piece.blocks
    first, *rest = [line for line in piece.source.split("\n") if line.strip()]
    lines = [Block(Shape.PARAGRAPH, line, piece.first_line) for line in rest]
    if piece.heading or piece.kind == Kind.LABEL:
        return [Block(Shape.PARAGRAPH, bare_heading(first), piece.first_line, HEADING), *lines]
    mark = list_mark(first) if piece.shape != Shape.PARAGRAPH else ""
    return [Block(Shape.BULLET if mark else Shape.PARAGRAPH, first[len(mark) :].strip(), piece.first_line), *lines]
