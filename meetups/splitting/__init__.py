"""Splits a plain-text write-up into typed pieces. Plain Python: it knows neither the database nor the web."""

from .decoding import MOST_BYTES, Unreadable, decode
from .headings import Section
from .pieces import Block, Doubt, Fact, Kind, Person, Piece, Shape, Splitting
from .split import split, split_items

__all__ = [
    "MOST_BYTES",
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
    "decode",
    "split",
    "split_items",
]
