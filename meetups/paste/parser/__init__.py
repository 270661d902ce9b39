"""Parse the blocks of a write-up into typed pieces. Pure Python, without database or web."""

from meetups.paste.parser.cursor import Options
from meetups.paste.parser.headings import Section
from meetups.paste.parser.split import split_document, split_items

__all__ = ["Options", "Section", "split_document", "split_items"]
