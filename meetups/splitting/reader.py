"""A cursor over the paragraphs of a write-up, and the pieces made of them so far."""

from collections.abc import Iterator
from itertools import pairwise

from .headings import Section
from .lines import Paragraph
from .people import read_people
from .pieces import Block, Fact, Kind, Piece, remainder

UNSURE = 0.5
LONGEST_TITLE = 200


class Reader:
    def __init__(self, paragraphs: list[Paragraph], section: Section = Section.HEAD):
        self.paragraphs = paragraphs
        self.position = 0
        self.section = section
        self.is_part = section != Section.HEAD  # of a write-up that has its title elsewhere
        self.glossary = False  # whether the terms stand as a list, one to a line
        self.pieces: list[Piece] = []
        self.facts: list[Fact] = []
        self.seen: dict[Kind, Piece] = {}  # the first of each kind
        self.title_openings = openings(titles_in(paragraphs))

    def __iter__(self) -> Iterator[Paragraph]:
        while self.position < len(self.paragraphs):
            yield self.take()

    def take(self) -> Paragraph:
        self.position += 1
        return self.paragraphs[self.position - 1]

    def ahead(self, steps: int = 0) -> Paragraph | None:
        """The paragraph that comes next, or so many after it."""
        index = self.position + steps
        return self.paragraphs[index] if index < len(self.paragraphs) else None

    def upcoming(self, count: int) -> list[Paragraph]:
        return self.paragraphs[self.position : self.position + count]

    def skip(self, count: int) -> None:
        self.position += count

    def add(self, kind: Kind, *paragraphs: Paragraph, **values) -> Piece:
        """A piece made of these paragraphs; its marks are what its content leaves over of their words."""
        if values.get("doubt"):
            values.setdefault("confidence", UNSURE)
        piece = Piece(
            kind,
            source="\n".join(paragraph.source for paragraph in paragraphs),
            first_line=paragraphs[0].first_line,
            last_line=paragraphs[-1].last_line,
            glued=paragraphs[0].glued,
            shape=paragraphs[0].shape,
            **values,
        )
        piece.marks = remainder(piece.source, piece.content)
        self.pieces.append(piece)
        self.seen.setdefault(kind, piece)
        return piece

    def extend_last(self, paragraph: Paragraph, **values) -> None:
        """Gives the last piece one more paragraph, with what it says."""
        piece = self.pieces[-1]
        for name, value in values.items():
            setattr(piece, name, value)
        piece.source += "\n" + paragraph.source
        piece.last_line = paragraph.last_line
        piece.marks = remainder(piece.source, piece.content)

    def leave_out(self, paragraph: Paragraph, reason: str, **values) -> Piece:
        return self.add(Kind.LEFT_OUT, paragraph, text=paragraph.source, reason=reason, **values)

    def add_block(self, kind: Kind, paragraph: Paragraph, **values) -> Piece:
        block = Block(paragraph.shape, paragraph.text, paragraph.first_line, paragraph.mark)
        return self.add(kind, paragraph, blocks=[block], **values)

    @property
    def last(self) -> Piece | None:
        return self.pieces[-1] if self.pieces else None

    @property
    def last_kind(self) -> Kind | None:
        return self.pieces[-1].kind if self.pieces else None

    def first_text(self, kind: Kind) -> str:
        return self.seen[kind].text if kind in self.seen else ""

    def has(self, *kinds: Kind) -> bool:
        return not self.seen.keys().isdisjoint(kinds)


def openings(titles: list[str]) -> set[str]:
    """The titles and their first words, two or more: what a picture may be called in them."""
    found = set()
    for title in titles:
        words = title.split()
        found |= {" ".join(words[:count]).rstrip(":,–—- ") for count in range(2, len(words) + 1)}
    return found


def titles_in(paragraphs: list[Paragraph]) -> list[str]:
    """The first line, and each that stands above a line of contributors."""
    above = [one.text for one, two in pairwise(paragraphs) if len(one.text) <= LONGEST_TITLE and read_people(two.text)]
    first = [paragraph.text for paragraph in paragraphs[:1] if len(paragraph.text) <= LONGEST_TITLE]
    return first + above
