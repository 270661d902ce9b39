"""Parse a plain-text write-up into typed pieces. Pure Python, without database or web."""

from meetups.paste.parser.decoding import MAX_TEXT_BYTES, Unreadable, decode_text
from meetups.paste.parser.headings import Section
from meetups.paste.parser.pieces import Block, Doubt, Fact, Kind, Person, Piece, Shape, Splitting
from meetups.paste.parser.split import split_items, split_writeup

__all__ = [
    "MAX_TEXT_BYTES",
    "Block",
    "Doubt",
    "Fact",
    "Kind",
    "Person",
    "Piece",
    "Section",
    "Shape",
    "Splitting",
    "Unreadable",
    "decode_text",
    "split_items",
    "split_writeup",
]
