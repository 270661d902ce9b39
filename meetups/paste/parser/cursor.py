"""The parser's state: a cursor over the paragraphs, and the pieces made so far."""

from collections.abc import Iterator
from itertools import pairwise

from meetups.paste.parser.headings import Section
from meetups.paste.parser.lines import Paragraph
from meetups.paste.parser.names import read_people
from meetups.paste.parser.pieces import Block, Fact, Kind, Piece, subtract_text

UNSURE = 0.5
MAX_TITLE_LENGTH = 200


class Reader:
    def __init__(self, paragraphs: list[Paragraph], section: Section = Section.HEAD):
        self.paragraphs = paragraphs
        self.position = 0
        self.section = section
        self.is_part = section != Section.HEAD  # of a write-up: there is no title
        self.glossary = False  # whether each line is a term with its definition
        self.pieces: list[Piece] = []
        self.facts: list[Fact] = []
        self.seen: dict[Kind, Piece] = {}  # the first of each kind
        self.title_openings = title_openings(titles_in(paragraphs))

    def __iter__(self) -> Iterator[Paragraph]:
        while self.position < len(self.paragraphs):
            yield self.take()

    def take(self) -> Paragraph:
        self.position += 1
        return self.paragraphs[self.position - 1]

    def ahead(self, steps: int = 0) -> Paragraph | None:
        """Return the next paragraph, or the one `steps` after it, without taking it."""
        index = self.position + steps
        return self.paragraphs[index] if index < len(self.paragraphs) else None

    def upcoming(self, count: int) -> list[Paragraph]:
        return self.paragraphs[self.position : self.position + count]

    def skip(self, count: int) -> None:
        self.position += count

    def add(self, kind: Kind, *paragraphs: Paragraph, **values) -> Piece:
        """Add a piece made of these paragraphs; its marks are the words that its content doesn't use."""
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
        piece.marks = subtract_text(piece.source, piece.content)
        self.pieces.append(piece)
        self.seen.setdefault(kind, piece)
        return piece

    def extend_last(self, paragraph: Paragraph, **values) -> None:
        """Add a paragraph and its values to the last piece."""
        piece = self.pieces[-1]
        for name, value in values.items():
            setattr(piece, name, value)
        piece.source += "\n" + paragraph.source
        piece.last_line = paragraph.last_line
        piece.marks = subtract_text(piece.source, piece.content)

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


def title_openings(titles: list[str]) -> set[str]:
    """Return the titles and their beginnings of two or more words: the alt texts that pictures may have."""
    found = set()
    for title in titles:
        words = title.split()
        found |= {" ".join(words[:count]).rstrip(":,–—- ") for count in range(2, len(words) + 1)}
    return found


def titles_in(paragraphs: list[Paragraph]) -> list[str]:
    """Return the first line, and each line above a line of contributors."""
    above = [
        one.text for one, two in pairwise(paragraphs) if len(one.text) <= MAX_TITLE_LENGTH and read_people(two.text)
    ]
    first = [paragraph.text for paragraph in paragraphs[:1] if len(paragraph.text) <= MAX_TITLE_LENGTH]
    return first + above
