"""Decoding, where the parser's modules look for it."""

from meetups.paste.sources.decoding import decode_text, with_plain_line_ends
from meetups.paste.sources.source import MAX_TEXT_BYTES, Unreadable

__all__ = ["MAX_TEXT_BYTES", "Unreadable", "decode_text", "with_plain_line_ends"]
