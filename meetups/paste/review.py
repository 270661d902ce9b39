"""The review of a pasted document: its pieces with their kinds, doubts and texts, before anything is saved."""

from collections import Counter
from dataclasses import dataclass, field

from meetups.paste.document import Document, Marks, Passage
from meetups.paste.kinds import EXTRAS, KINDS
from meetups.paste.notation import LINE, PROSE
from meetups.paste.parser import Kind, Piece, Shape, Splitting

MAX_PIECES = 600  # fields must fit into settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
FLAGS = ("is_quotation", "hangs_on_term")
SURE, FAIRLY = 0.95, 0.6


class Unreviewable(ValueError):
    """The pieces don't fit on one page; the message says what to do."""


@dataclass
class Reviewed:
    kind: Kind
    text: str = ""
    heading: str = ""  # of a note or a term; a question's lead word
    who: str = ""
    where: str = ""
    why: str = ""
    is_quotation: bool = False
    hangs_on_term: bool = False
    notation: str = ""  # of `text`; a kind chosen later may need another one
    source: str = ""  # as pasted
    sureness: str = ""
    doubt: str = ""
    reason: str = ""  # why it is left out
    link: str = ""  # to the row that `doubt` or `reason` is about
    error: str = ""
    number: int = 0  # its place in the document, from 1, wherever it is moved

    def __post_init__(self):
        self.notation = self.notation or KINDS[self.kind].notation

    @property
    def label(self) -> str:
        return KINDS[self.kind].label

    @property
    def is_left_out(self) -> bool:
        return self.kind == Kind.LEFT_OUT

    @property
    def is_label(self) -> bool:
        return self.kind == Kind.LABEL

    @property
    def is_question(self) -> bool:
        return self.kind == Kind.QUESTION

    @property
    def rows(self) -> int:
        """Height of its text area, in lines."""
        return max(1, min(14, sum(1 + len(line) // 70 for line in self.text.split("\n"))))

    @property
    def extras(self) -> list[tuple[str, str, str]]:
        """(name, label, value) of this kind's extra fields, and of those that were filled in for another kind."""
        labels = KINDS[self.kind].extras
        no_place = "" if self.is_left_out else " (no place in this kind)"
        shown = [name for name in EXTRAS if name in labels or getattr(self, name)]
        return [(name, labels.get(name, name.capitalize() + no_place), getattr(self, name)) for name in shown]

    @property
    def unplaced(self) -> list[str]:
        """Values of extra fields that this kind doesn't have."""
        labels = KINDS[self.kind].extras
        return [getattr(self, name) for name in EXTRAS if getattr(self, name) and name not in labels]


@dataclass
class Review:
    pieces: list[Reviewed]
    facts: dict[str, object] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)

    def __post_init__(self):
        for number, piece in self.numbered:
            piece.number = number

    @property
    def open_questions(self) -> list[tuple[int, Reviewed]]:
        return [(number, piece) for number, piece in self.numbered if piece.doubt or piece.error]

    @property
    def numbered(self) -> list[tuple[int, Reviewed]]:
        return list(enumerate(self.pieces, start=1))

    @property
    def counts(self) -> list[tuple[str, int]]:
        """(label, count) of each kind, in the order of KINDS."""
        counted = Counter(piece.kind for piece in self.pieces)
        return [(KINDS[kind].label, counted[kind]) for kind in KINDS if counted[kind]]

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
    """Combine a document with its parsed text. Raise Unreviewable for more pieces than a page can show."""
    marks = Marks(document)
    pieces = join_pieces([review_piece(piece, marks.take(piece.source)) for piece in splitting.pieces])
    if len(pieces) > MAX_PIECES:
        raise Unreviewable(
            f"This makes {len(pieces)} pieces, and a page shows {MAX_PIECES}. Paste the first half now, "
            "and the rest into the draft by “Paste more”."
        )
    return Review(pieces, facts_of(splitting), list(document.reports))


def facts_of(splitting: Splitting) -> dict[str, object]:
    return {fact.name: fact.value for fact in reversed(splitting.facts)}


def review_piece(piece: Piece, passage: Passage) -> Reviewed:
    made = Reviewed(
        piece.kind, text_of(piece, passage), source=piece.source, doubt=piece.doubt, reason=piece.reason,
        is_quotation=piece.is_quotation, hangs_on_term=piece.hangs_on_term, sureness=piece_text(piece),
        **extras_of(piece),
    )  # fmt: skip
    keep_addresses(made, passage)
    if made.kind == Kind.LABEL:
        made.reason = "The page has a heading of its own for this."
    if passage.opening and made.kind in (Kind.PROSE, Kind.NOTE):
        made.doubt, made.sureness = "", "Sure"
    return made


def piece_text(piece: Piece) -> str:
    if piece.doubt:
        return "Not sure"
    return "Sure" if piece.confidence >= SURE else "Fairly sure" if piece.confidence >= FAIRLY else "Not sure"


def extras_of(piece: Piece) -> dict[str, str]:
    if piece.kind == Kind.LEFT_OUT:
        return {}
    return {
        "heading": piece.heading or piece.lead_word,
        "who": piece.attribution,
        "where": piece.locator or piece.url,
        "why": piece.why or piece.emphasis,
    }


def text_of(piece: Piece, passage: Passage) -> str:
    notation = KINDS[piece.kind].notation
    if piece.kind in (Kind.CONTRIBUTORS, Kind.FACT):
        return piece.source
    if notation == PROSE:
        opening = passage.opening if piece.kind != Kind.TERM else ""
        return join_paragraphs(
            [(block.shape, block.mark, opening + passage.prose(block.text)) for block in piece.blocks]
        )
    return passage.line(piece.text) if notation == LINE else piece.text


def join_paragraphs(blocks: list[tuple[Shape, str, str]]) -> str:
    text, last = "", None
    for shape, mark, words in blocks:
        opening = {Shape.BULLET: "- ", Shape.NUMBERED: f"{mark[:-1]}. "}.get(shape, "")
        text += ("\n" if last == shape != Shape.PARAGRAPH else "\n\n" if text else "") + opening + words
        last = shape
    return text


def keep_addresses(made: Reviewed, passage: Passage) -> None:
    """A reading keeps the URL of its link; other kinds without links get a doubt about each lost URL."""
    if made.kind == Kind.READING and passage.addresses and not made.where:
        made.where, *rest = passage.addresses
    elif made.notation != PROSE and not made.is_left_out:
        rest = [address for address in passage.addresses if address not in (made.where, f"mailto:{made.text}")]
    else:
        rest = []
    if rest:
        made.doubt = (
            f"{made.doubt} A link to {', '.join(rest)} can't stand in this kind of piece and is not kept.".strip()
        )
        made.sureness = "Not sure"


def join_pieces(pieces: list[Reviewed]) -> list[Reviewed]:
    """Join the paragraphs of a note, and of the author's bio, into one piece each."""
    result: list[Reviewed] = []
    for piece in pieces:
        before = result[-1] if result else None
        together = before and before.kind == piece.kind in (Kind.NOTE, Kind.AUTHOR_BIO) and not piece.heading
        if not together:
            result.append(piece)
            continue
        before.text = f"{before.text}{separator_between(before.text, piece.text)}{piece.text}"
        before.source = f"{before.source}\n{piece.source}"
        before.doubt = before.doubt or piece.doubt
        before.sureness = piece.sureness if piece.doubt else before.sureness
    return result


def separator_between(above: str, below: str) -> str:
    """One line break between list items, an empty line between anything else."""
    last = above.rpartition("\n")[2]
    if not above:
        return ""
    bullets = last.startswith("- ") and below.startswith("- ")
    numbers = last[:1].isdigit() and below[:1].isdigit() and is_item(last) and is_item(below)
    return "\n" if bullets or numbers else "\n\n"


def is_item(line: str) -> bool:
    number, dot, _ = line.partition(". ")
    return bool(dot) and number.isdigit() and len(number) <= 3
