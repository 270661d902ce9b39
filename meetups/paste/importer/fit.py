"""Fit reviewed pieces to their kinds before they are saved: notations, dates, people, facts."""

from dataclasses import replace

from meetups.paste.importer.report import Import, LeftOut, Refused
from meetups.paste.importer.text import to_plain
from meetups.paste.notation import convert_notation
from meetups.paste.parser.dates import find_date
from meetups.paste.parser.labels import read_facts
from meetups.paste.parser.names import read_people
from meetups.paste.pieces import KINDS, Fact, Kind, Piece, Splitting

BY_CHOICE = "you chose to leave it out"
READ_AS = {
    Kind.CONTRIBUTORS: "Write who made the book as “By Anna Lee” or “Ed. Anna Lee and Bo Doe”.",
    Kind.POSTED_ON: "Write the date as “11 October 2018”.",
    Kind.FACT: "Write a fact as “Came: 9”, “Met: 10 October 2018”, “Venue: The George, Southwark” or “Room: the back room”.",
}


def import_of(pieces: list[Piece], facts: list[Fact], *, month_first: bool = False, **options) -> Import:
    """Turn pieces into an Import; `facts` win over those of the pieces. Values without a place are reported.

    Raise Refused, with the line of the piece, for a text that doesn't fit its kind.
    """
    fitted = [fit(piece, month_first=month_first) for piece in pieces if not (is_empty(piece) or piece.is_left_out)]
    known = {fact.name for fact in facts}
    read = [fact for piece in fitted if piece.kind == Kind.FACT for fact in facts_of(piece, month_first=month_first)]
    done = Import(Splitting(fitted, [*facts, *(fact for fact in read if fact.name not in known)]), **options)
    for piece in pieces:
        if piece.is_left_out or is_empty(piece):
            done.left_out.append(LeftOut(piece.first_line, piece.source or piece.text, piece.reason or BY_CHOICE))
        else:
            reason = f"a {piece.label.lower()} has no place for it"
            done.left_out += [LeftOut(piece.first_line, text, reason) for text in piece.unplaced]
    return done


def with_numbers(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces of a review with their numbers on its page as their lines."""
    return [replace(piece, first_line=number, last_line=number) for number, piece in enumerate(pieces, start=1)]


def is_empty(piece: Piece) -> bool:
    return not (piece.text.strip() or piece.heading.strip() or piece.where.strip())


def fit(piece: Piece, *, month_first: bool) -> Piece:
    """Return the piece in the notation of its kind. Raise Refused."""
    notation = KINDS[piece.kind].notation
    text = convert_notation(piece.text, piece.notation, notation)
    fitted = replace(piece, text=text, notation=notation)
    for name in ("heading", "who", "where", "why"):
        if name not in KINDS[piece.kind].extras:
            setattr(fitted, name, "")
    understood = True
    if piece.kind == Kind.POSTED_ON:
        found = find_date(text, month_first=month_first)
        understood, fitted.value = bool(found), found.value if found else None
    elif piece.kind == Kind.CONTRIBUTORS:
        understood = bool(read_people(to_plain(text), trusted=True))
    elif piece.kind == Kind.FACT:
        understood = bool(facts_of(fitted, month_first=month_first))
    if not understood:
        raise Refused(f"is not understood. {READ_AS[piece.kind]}", line=piece.first_line)
    return fitted


def facts_of(piece: Piece, *, month_first: bool) -> list[Fact]:
    return read_facts(piece.text, piece.first_line, month_first=month_first)
