"""The pieces of a pasted document: one class from the parser through the review to the saving."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from meetups.paste.notation import LINE, PLAIN, PROSE, words_of

FLAGS = ("is_quotation", "hangs_on_term")
EXTRAS = ("heading", "who", "where", "why")


class Kind(StrEnum):
    PROSE = "prose"
    NOTE = "note"
    TERM = "term"
    QUESTION = "question"
    QUOTE = "quote"
    READING = "reading"
    SESSION_NOTE = "session note"
    TITLE = "title"
    STANDFIRST = "standfirst"
    PULL_QUOTE = "pull quote"
    POSTED_BY = "posted by"
    POSTED_ON = "posted on"
    FACT = "fact"
    BOOK = "book"
    CONTRIBUTORS = "contributors"
    AUTHOR_NAME = "author's name"
    AUTHOR_BIO = "author's bio"
    AUTHOR_PHONE = "author's phone"
    AUTHOR_EMAIL = "author's e-mail"
    LABEL = "label"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class KindOptions:
    label: str
    notation: str = PLAIN
    extras: dict[str, str] = field(default_factory=dict)  # names of EXTRAS and their labels


WHERE = "Page or chapter"
KINDS = {
    Kind.PROSE: KindOptions("Prose", PROSE),
    Kind.NOTE: KindOptions("Note on the book", PROSE, {"heading": "Heading"}),
    Kind.TERM: KindOptions(
        "Term", PROSE, {"heading": "Heading", "who": "Source", "where": WHERE, "why": "Who put the italics there"}
    ),
    Kind.QUESTION: KindOptions("Question", LINE, {"heading": "Lead word", "who": "Whose words", "where": WHERE}),
    Kind.QUOTE: KindOptions("Quote", LINE, {"who": "Who wrote it, in a collection", "where": WHERE}),
    Kind.READING: KindOptions("Further reading", PLAIN, {"who": "By", "where": "Web address", "why": "Why"}),
    Kind.SESSION_NOTE: KindOptions("Session note", LINE, {"who": "Who said it"}),
    Kind.TITLE: KindOptions("Title of the write-up"),
    Kind.STANDFIRST: KindOptions("Standfirst"),
    Kind.PULL_QUOTE: KindOptions("Pull quote"),
    Kind.POSTED_BY: KindOptions("Posted by"),
    Kind.POSTED_ON: KindOptions("Date it was posted"),
    Kind.FACT: KindOptions("Fact of the meetup"),
    Kind.BOOK: KindOptions("Title of the book"),
    Kind.CONTRIBUTORS: KindOptions("Who made the book"),
    Kind.AUTHOR_NAME: KindOptions("About you: name"),
    Kind.AUTHOR_BIO: KindOptions("About you: bio", PROSE),
    Kind.AUTHOR_PHONE: KindOptions("About you: phone"),
    Kind.AUTHOR_EMAIL: KindOptions("About you: e-mail"),
    Kind.LABEL: KindOptions("Heading of a part"),
    Kind.LEFT_OUT: KindOptions("Leave out"),
}
OF_BOOK = (Kind.QUOTE, Kind.QUESTION, Kind.NOTE, Kind.TERM, Kind.READING, Kind.LEFT_OUT)
OF_SESSION = (Kind.SESSION_NOTE, Kind.LEFT_OUT)
# Shown to everybody as typed; names of people in them are pointed out.
PUBLIC = (Kind.PROSE, Kind.NOTE, Kind.SESSION_NOTE, Kind.STANDFIRST, Kind.PULL_QUOTE, Kind.TITLE, Kind.QUESTION)


@dataclass(frozen=True)
class Person:
    name: str
    role: str  # MARC relator code: aut, edt, trl, ill


@dataclass(frozen=True)
class Fact:
    """A fact from the prose or from a labelled line; it takes no words out of the text."""

    name: str  # headcount, venue, address, area, room, met_on, job, book, contributors
    value: str | int | dt.date | tuple[Person, ...]
    line: int
    doubt: str = ""
    is_labelled: bool = False


@dataclass(frozen=True, order=True)
class Doubt:
    line: int
    sentence: str


@dataclass
class Piece:
    """A part of the document.

    `text` is in the notation of its kind: Markdown prose, a line with emphasis, or plain. `source` holds its words as
    pasted. "Sure" needs `evidence`, a phrase on what speaks for the kind, and no doubt.
    """

    kind: Kind
    text: str = ""
    heading: str = ""  # of a note or a term; a question's lead word
    who: str = ""  # who said a session note, wrote the quoted chapter or the reading
    where: str = ""  # a quote's page or chapter; a reading's address
    why: str = ""  # of a reading; of a term: who put the italics there
    is_quotation: bool = False  # a question that is itself a quotation
    hangs_on_term: bool = False  # a question about the term right before it
    source: str = ""
    first_line: int = 0
    last_line: int = 0
    evidence: str = ""
    doubt: str = ""
    likely: Kind | None = None  # the likeliest other kind
    reason: str = ""  # why it is left out
    link: str = ""  # to the row that `doubt` or `reason` is about
    notation: str = ""  # of `text`; a kind chosen later may need another one
    error: str = ""
    number: int = 0  # its place in the document, from 1, wherever it is moved
    people: list[str] = field(default_factory=list)  # names of people in it that everybody reads
    value: dt.date | None = None  # of a date
    glued: bool = False  # no white space between this piece and the one before

    def __post_init__(self):
        self.notation = self.notation or KINDS[self.kind].notation

    @property
    def label(self) -> str:
        return KINDS[self.kind].label

    @property
    def is_left_out(self) -> bool:
        return self.kind == Kind.LEFT_OUT

    @property
    def is_question(self) -> bool:
        return self.kind == Kind.QUESTION

    @property
    def is_sure(self) -> bool:
        return bool(self.evidence) and not (self.doubt or self.is_left_out)

    @property
    def likely_label(self) -> str:
        return KINDS[self.likely].label if self.likely else ""

    @property
    def is_listed_below(self) -> bool:
        """True for a piece in the list of left-out text, without a doubt."""
        return self.is_left_out and not (self.doubt or self.error)

    @property
    def doubtfulness(self) -> int:
        """How much it wants to be looked at, from 0."""
        return 4 * bool(self.error) + 2 * bool(self.doubt) + (not self.evidence and not self.is_left_out)

    @property
    def sureness(self) -> str:
        return "Sure" if self.is_sure else "Left out" if self.is_left_out else "Look at this"

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

    @property
    def words(self) -> str:
        """The words of `text` as a reader sees them."""
        return words_of(self.text, self.notation)

    def add_doubt(self, sentence: str, likely: Kind | None = None) -> None:
        self.doubt = f"{self.doubt} {sentence}".strip()
        self.likely = self.likely or likely


@dataclass
class Splitting:
    pieces: list[Piece]
    facts: list[Fact] = field(default_factory=list)

    def of(self, kind: Kind) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == kind]

    def first(self, kind: Kind) -> Piece | None:
        return next(iter(self.of(kind)), None)

    def text_of(self, kind: Kind) -> str:
        piece = self.first(kind)
        return piece.text if piece else ""

    def fact(self, name: str) -> object | None:
        return next((fact.value for fact in self.facts if fact.name == name), None)

    @property
    def posted_on(self) -> dt.date | None:
        piece = self.first(Kind.POSTED_ON)
        return piece.value if piece else None

    @property
    def doubts(self) -> list[Doubt]:
        pieces = [Doubt(piece.first_line, piece.doubt) for piece in self.pieces if piece.doubt]
        facts = [Doubt(fact.line, fact.doubt) for fact in self.facts if fact.doubt]
        title = [] if self.first(Kind.TITLE) else [Doubt(1, "There is no title: the first line should be one.")]
        return sorted({*pieces, *facts, *title})

    @property
    def source(self) -> str:
        """All words of the document, in order."""
        return "".join(("" if piece.glued else "\n") + piece.source for piece in self.pieces)
