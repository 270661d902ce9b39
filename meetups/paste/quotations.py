"""Quotes that were pasted one per paragraph, with or without quotation marks."""

import re

from meetups.paste.parser import Kind
from meetups.paste.parser.names import is_name
from meetups.paste.parser.quotations import LOCATOR, part_locator
from meetups.paste.review import Review, Reviewed

BRACKETED = re.compile(r"\s*\((?P<where>[^()]{1,60})\)\s*\.?$")
DASHED = re.compile(r"\s+[–—-]{1,2}\s*(?P<credit>[^–—]{1,80})$")
MAX_TAIL_LENGTH = 90


def accept_unquoted(review: Review) -> None:
    for piece in review.pieces:
        if piece.kind == Kind.QUOTE and not (piece.who or piece.where):
            split_credit(piece)
        if "not wholly in quotation marks" in piece.doubt:
            piece.doubt, piece.sureness = "", "Sure"


def split_credit(piece: Reviewed) -> None:
    """Split `words (p. 12)`, `words – Anna Lee`, `words – Anna Lee, p. 12`; a dash within the quote stays."""
    head, tail = piece.text[:-MAX_TAIL_LENGTH], piece.text[-MAX_TAIL_LENGTH:]
    bracketed = BRACKETED.search(tail)
    if bracketed and LOCATOR.match(bracketed["where"]):
        tail, piece.where = tail[: bracketed.start()], bracketed["where"]
    dashed = DASHED.search(tail)
    who, where = part_locator(dashed["credit"].strip()) if dashed else ("", "")
    if dashed and (where or is_name(who)) and not (where and piece.where):
        tail, piece.who, piece.where = tail[: dashed.start()], who, where or piece.where
        piece.doubt, piece.sureness = f"“{dashed['credit'].strip()}” is taken for the source.", "Fairly sure"
    piece.text = head + tail
