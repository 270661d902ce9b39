"""Turn the clippings file of a reading device into quotes of one book; the rest of it is listed as left out."""

import re

from bookclub.core.markdown import escape_line
from books.models import Book
from meetups.paste.importer.books import is_titled
from meetups.paste.pieces import Kind, Piece, Splitting
from meetups.paste.sources import Clipping, read_clippings

SERIES = re.compile(r"\s*\([^()]*\)$")
PRIVATE = {"note": "a private note on the reading device", "bookmark": "a bookmark of the reading device"}


def split_clippings(text: str, book: Book) -> Splitting:
    """Return a quote for each highlight of this book, with its page or location."""
    return Splitting([to_piece(clipping, book, line) for line, clipping in enumerate(read_clippings(text), start=1)])


def to_piece(clipping: Clipping, book: Book, line: int) -> Piece:
    lines = {"first_line": line, "last_line": line}
    source = clipping.text or clipping.place or clipping.title
    is_of_book = is_titled(book, clipping.title) or is_titled(book, SERIES.sub("", clipping.title))
    reason = PRIVATE.get(clipping.kind) or ("" if is_of_book else f"a highlight of another book: “{clipping.title}”")
    if reason or not clipping.text:
        return Piece(Kind.LEFT_OUT, text=source, source=source, reason=reason or "an empty highlight", **lines)
    text, evidence = escape_line(clipping.text), "it is a highlight of this book"
    return Piece(Kind.QUOTE, text=text, where=clipping.place, source=source, evidence=evidence, **lines)
