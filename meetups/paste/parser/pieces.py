"""The data of a parsed write-up. Every word of the text is in the `source` of exactly one piece."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    TITLE = "title"
    POSTED_BY = "posted by"
    POSTED_ON = "posted on"
    FACT = "fact"
    STANDFIRST = "standfirst"
    PROSE = "prose"
    PULL_QUOTE = "pull quote"
    BOOK = "book"
    CONTRIBUTORS = "contributors"
    NOTE = "note"
    TERM = "term"
    QUESTION = "question"
    QUOTE = "quote"
    READING = "reading"
    SESSION_NOTE = "session note"
    AUTHOR_NAME = "author's name"
    AUTHOR_BIO = "author's bio"
    AUTHOR_PHONE = "author's phone"
    AUTHOR_EMAIL = "author's e-mail"
    LABEL = "label"
    LEFT_OUT = "left out"


class Shape(StrEnum):
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    NUMBERED = "numbered"
    MARKDOWN = "markdown"  # is Markdown already, and is not escaped


@dataclass(frozen=True)
class Block:
    shape: Shape
    text: str
    line: int
    mark: str = ""  # the bullet or number as typed: "•", "3."


@dataclass(frozen=True)
class Person:
    name: str
    role: str  # MARC relator code: aut, edt, trl, ill


@dataclass
class Piece:
    """A part of the text. `marks` are the words of `source` that the page supplies itself.

    Lines count from 1. Confidence is from 0 to 1; if it is low, `doubt` is a sentence on what to check.
    """

    kind: Kind
    source: str
    first_line: int
    last_line: int
    text: str = ""
    shape: Shape = Shape.PARAGRAPH  # BULLET or NUMBERED if it had a list mark
    heading: str = ""  # of a note or a term
    blocks: list[Block] = field(default_factory=list)  # of prose, a note, a term
    people: list[Person] = field(default_factory=list)  # contributors
    attribution: str = ""  # who said a session note or pull quote, or wrote the quoted chapter or the reading
    locator: str = ""  # of a quote: "Chapter 20"
    lead_word: str = ""  # of a question: "Discuss"
    emphasis: str = ""  # of a term: "Italics mine"
    url: str = ""  # of a reading
    why: str = ""  # of a reading
    is_quotation: bool = False  # a question that is itself a quotation
    hangs_on_term: bool = False  # a question about the term right before it
    value: date | None = None  # of a date
    marks: list[str] = field(default_factory=list)
    glued: bool = False  # no white space between this piece and the one before
    confidence: float = 1.0
    doubt: str = ""
    reason: str = ""  # why it is left out

    @property
    def content(self) -> list[str]:
        """The words of `source` without the marks, in no particular order."""
        own = [
            self.heading,
            self.text,
            self.attribution,
            self.locator,
            self.lead_word,
            self.emphasis,
            self.url,
            self.why,
        ]
        lines = [line for text in own for line in text.split("\n")]
        blocks = [line for block in self.blocks for line in block.text.split("\n")]
        return [part for part in [*lines, *blocks, *(person.name for person in self.people)] if part]


@dataclass(frozen=True)
class Fact:
    """A fact from the prose or from a labelled line; it takes no words out of the text."""

    name: str  # headcount, venue, address, area, room, met_on, job
    value: str | int | date
    line: int
    confidence: float = 1.0
    doubt: str = ""


@dataclass(frozen=True, order=True)
class Doubt:
    line: int
    sentence: str


@dataclass
class Splitting:
    pieces: list[Piece]
    facts: list[Fact]

    def of(self, kind: Kind) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == kind]

    def first(self, kind: Kind) -> Piece | None:
        return next(iter(self.of(kind)), None)

    def text_of(self, kind: Kind) -> str:
        piece = self.first(kind)
        return piece.text if piece else ""

    def fact(self, name: str) -> str | int | date | None:
        return next((fact.value for fact in self.facts if fact.name == name), None)

    @property
    def posted_on(self) -> date | None:
        piece = self.first(Kind.POSTED_ON)
        return piece.value if piece else None

    @property
    def book_title(self) -> tuple[str, str]:
        """(title, subtitle), split at the first colon."""
        title, subtitle = [*re.split(r":\s+", self.text_of(Kind.BOOK), maxsplit=1), ""][:2]
        return (title.strip(), subtitle.strip()) if title.strip() else (subtitle.strip(), "")

    @property
    def people(self) -> list[Person]:
        return [person for piece in self.of(Kind.CONTRIBUTORS) for person in piece.people]

    @property
    def notes(self) -> list[Piece]:
        """One piece per heading with all its blocks, even if something left out stood between them."""
        runs: list[list[Piece]] = []
        for piece in self.of(Kind.NOTE):
            if piece.heading or not runs:
                runs.append([])
            runs[-1].append(piece)
        return [join_pieces(run) for run in runs]

    @property
    def doubts(self) -> list[Doubt]:
        pieces = [Doubt(piece.first_line, piece.doubt) for piece in self.pieces if piece.doubt]
        facts = [Doubt(fact.line, fact.doubt) for fact in self.facts if fact.doubt]
        title = [] if self.first(Kind.TITLE) else [Doubt(1, "There is no title: the first line should be one.")]
        return sorted({*pieces, *facts, *title})

    @property
    def source(self) -> str:
        """All words of the text, in order."""
        return "".join(("" if piece.glued else "\n") + piece.source for piece in self.pieces)


def join_pieces(run: list[Piece]) -> Piece:
    """Return the first piece with the blocks of all."""
    return replace(
        run[0],
        source="\n".join(piece.source for piece in run),
        last_line=run[-1].last_line,
        blocks=[block for piece in run for block in piece.blocks],
        marks=[mark for piece in run for mark in piece.marks],
        confidence=min(piece.confidence for piece in run),
    )


def subtract_text(source: str, content: list[str]) -> list[str]:
    """Return what is left of `source` after removing each part of `content` once."""
    spans: list[tuple[int, int]] = []
    for part in sorted(content, key=len, reverse=True):
        start = find_free(source, part, spans)
        if start >= 0:
            spans.append((start, start + len(part)))
    rest, position = [], 0
    for start, end in sorted(spans):
        rest.append(source[position:start].strip())
        position = end
    return [mark for mark in [*rest, source[position:].strip()] if mark]


def find_free(source: str, part: str, spans: list[tuple[int, int]]) -> int:
    """Return the position of `part` outside the spans, or -1."""
    start = source.find(part)
    while start >= 0:
        end = start + len(part)
        clash = next((span for span in spans if start < span[1] and span[0] < end), None)
        if clash is None:
            return start
        start = source.find(part, max(clash[1], start + 1))
    return -1
