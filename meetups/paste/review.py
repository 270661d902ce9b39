"""The review of a pasted document: its pieces with their kinds, doubts and texts, before anything is saved."""

from collections import Counter
from dataclasses import dataclass, field

from meetups.paste.blocks import Document
from meetups.paste.pieces import KINDS, Kind, Piece, Splitting

MAX_PIECES = 600  # fields must fit into settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


class Unreviewable(ValueError):
    """The pieces don't fit on one page; the message says what to do."""


@dataclass
class Review:
    pieces: list[Piece]
    facts: dict[str, object] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)  # of the form's own fields, where somebody corrected them

    def __post_init__(self):
        for number, piece in self.numbered:
            piece.number = number

    @property
    def numbered(self) -> list[tuple[int, Piece]]:
        return list(enumerate(self.pieces, start=1))

    @property
    def to_look_at(self) -> list[tuple[int, Piece]]:
        """What is not sure, most doubtful first: errors, doubts without evidence, doubts, no evidence."""
        unsure = [(number, piece) for number, piece in self.numbered if not (piece.is_sure or piece.is_listed_below)]
        return sorted(unsure, key=lambda one: one[1].doubtfulness, reverse=True)

    @property
    def people(self) -> list[tuple[str, list[int]]]:
        """(name, numbers of the pieces that name them) of people whom readers see named, by the first place."""
        found: dict[str, list[int]] = {}
        for piece in self.pieces:
            for name in piece.people:
                found.setdefault(name, []).append(piece.number)
        return list(found.items())

    @property
    def left_out(self) -> list[tuple[int, Piece]]:
        return [(number, piece) for number, piece in self.numbered if piece.is_left_out]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """(label, count) of each kind, in the order of KINDS."""
        counted = Counter(piece.kind for piece in self.pieces)
        return [(KINDS[kind].label, counted[kind]) for kind in KINDS if counted[kind]]

    @property
    def title(self) -> str:
        """The title of the write-up, or the first words."""
        kept = [piece for piece in self.pieces if not piece.is_left_out] or self.pieces
        titles = [piece.text for piece in kept if piece.kind == Kind.TITLE]
        return next(iter(titles or [piece.source for piece in kept]), "")

    @property
    def said(self) -> dict[str, str]:
        """The book and author in the text; the form offers others."""
        names = {Kind.BOOK: "book", Kind.POSTED_BY: "author"}
        return {names[piece.kind]: piece.text[:80] for piece in reversed(self.pieces) if piece.kind in names}

    def move(self, number: int, steps: int) -> None:
        """Move the piece with this number of the document up or down."""
        place = next((place for place, piece in enumerate(self.pieces) if piece.number == number), None)
        if place is not None:
            piece = self.pieces.pop(place)
            self.pieces.insert(max(0, place + steps), piece)


def review_of(document: Document, splitting: Splitting) -> Review:
    """Return the review of a document that was split. Raise Unreviewable for more pieces than a page can show."""
    pieces = [*splitting.pieces, *(left_out_piece(words, reason) for words, reason in document.left_out)]
    if len(pieces) > MAX_PIECES:
        raise Unreviewable(
            f"This makes {len(pieces)} pieces, and a page shows {MAX_PIECES}. Paste the first half now, "
            "and the rest into the draft by “Paste more”."
        )
    doubts = [fact.doubt for fact in splitting.facts if fact.doubt]
    return Review(pieces, facts_of(splitting), [*document.doubts, *doubts, *document.reports])


def left_out_piece(words: str, reason: str) -> Piece:
    return Piece(Kind.LEFT_OUT, text=words, source=words, reason=reason)


def facts_of(splitting: Splitting) -> dict[str, object]:
    return {fact.name: fact.value for fact in reversed(splitting.facts)}
