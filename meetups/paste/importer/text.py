"""Convert pieces to field values: plain lines, and the Markdown of a write-up's prose."""

import re

from bookclub.core.markdown import escape_markdown
from meetups.paste.notation import PROSE, convert_notation
from meetups.paste.parser.headings import Section, section_of
from meetups.paste.pieces import Kind, Piece, Splitting
from meetups.placement import PULL_QUOTE

ITEMS = (Kind.NOTE, Kind.TERM, Kind.QUESTION, Kind.QUOTE, Kind.READING)
HEADED = (Section.BOOK, Section.TERM, Section.QUESTIONS, Section.QUOTES, Section.READINGS)
LIST_ITEMS = (re.compile(r"\s*[-*] "), re.compile(r"[0-9]{1,3}[.)] "))


def to_plain(text: str) -> str:
    """Return `text` on one line, with single spaces."""
    return " ".join(text.split())


def join_prose(parts: list[str]) -> str:
    """Join Markdown texts with an empty line between them, but none between the items of one list."""
    whole = ""
    for part in filter(None, parts):
        last = whole.rpartition("\n")[2]
        in_one = any(item.match(last) and item.match(part) for item in LIST_ITEMS)
        whole += ("\n" if in_one else "\n\n" if whole else "") + part
    return whole


def body_of(splitting: Splitting, *, with_book: bool, with_pull_quote: bool = False) -> str:
    """Return the write-up's prose; without a book it includes notes, questions and quotes.

    `with_pull_quote`: a placeholder stands where the pull quote stood in the text.
    """
    parts = []
    for piece in splitting.pieces:
        if piece.kind == Kind.PROSE:
            parts.append(piece.text)
        elif not with_book and needs_book(piece):
            parts.append(as_prose(piece))
        elif with_pull_quote and piece.kind == Kind.PULL_QUOTE and PULL_QUOTE not in parts:
            parts.append(PULL_QUOTE)
    return join_prose(parts)


def needs_book(piece: Piece) -> bool:
    """Return whether it is an item of a book, or the heading of such items."""
    return piece.kind in ITEMS or (piece.kind == Kind.LABEL and section_of(piece.text) in HEADED)


def as_prose(piece: Piece) -> str:
    """Return the piece as Markdown prose, for a write-up without a book."""
    words = convert_notation(piece.text, piece.notation, PROSE)
    credit = ", ".join(escape_markdown(part) for part in (piece.who, piece.where) if part)
    if piece.kind == Kind.QUOTE or piece.is_quotation:
        words = f"“{words}”"
    if piece.kind == Kind.QUESTION:
        first, *more = words.split("\n")
        lead = f"{escape_markdown(piece.heading)}: " if piece.heading else ""
        words = "\n".join([f"- {lead}{first}", *(f"    {line}  " for line in more)]).rstrip()
    elif piece.heading:
        words = f"## {escape_markdown(piece.heading)}\n\n{words}".strip()
    elif piece.kind == Kind.LABEL:
        words = f"## {words}"
    why = f" ({escape_markdown(piece.why)})" if piece.why else ""
    return f"{words} – {credit}{why}" if credit else words + why
