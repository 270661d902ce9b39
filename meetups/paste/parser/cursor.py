"""The parser's state: a cursor over the blocks, and the pieces made so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile

from meetups.paste.blocks import Block, Layout, as_markdown
from meetups.paste.notation import LINE, PROSE
from meetups.paste.parser.headings import Section
from meetups.paste.parser.names import read_people
from meetups.paste.pieces import KINDS, Fact, Kind, Piece
from meetups.paste.rich_text import UNSTYLED, RichText

MAX_TITLE_LENGTH = 200
MAX_BLOCKS_ABOVE_TITLE = 12


@dataclass(frozen=True)
class Options:
    """Facts about the club that change how a text is read.

    `month_first` is its order of dates in figures, `books` the titles of its books.
    """

    month_first: bool = False
    books: tuple[str, ...] = ()


DEFAULT_OPTIONS = Options()


@dataclass
class Reader:
    blocks: list[Block]
    section: Section = Section.HEAD
    options: Options = DEFAULT_OPTIONS
    position: int = 0
    glossary: bool = False  # whether each line is a term with its definition
    lists_notes: bool = False  # whether the session notes are a list
    has_marked_quotes: bool = False  # whether the section has quotes in quotation marks
    place: str = ""  # the chapter that a line above several quotes names
    pieces: list[Piece] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    seen: dict[Kind, Piece] = field(default_factory=dict)  # the first of each kind

    def __post_init__(self):
        self.is_part = self.section != Section.HEAD  # of a write-up: there is no title
        self.title_openings = title_openings(titles_in(self.blocks))
        self.title_block = None if self.is_part else find_title_block(self.blocks)
        self.is_chat = False
        self.names_behind: set[str] = set()  # of a transcript with the speakers behind, in lower case
        self.has_question_headings = False
        self.is_told = True
        self.heading_number = 0  # of the last numbered heading
        self.book_named_at: int | None = None  # the line of a sentence that names a book
        self.speakers: set[str] = set()  # of a transcript, in lower case

    def __iter__(self) -> Iterator[Block]:
        while self.position < len(self.blocks):
            yield self.take()

    def take(self) -> Block:
        self.position += 1
        return self.blocks[self.position - 1]

    def ahead(self, steps: int = 0) -> Block | None:
        """Return the next block, or the one `steps` after it, without taking it."""
        index = self.position + steps
        return self.blocks[index] if index < len(self.blocks) else None

    def upcoming(self, count: int) -> list[Block]:
        return self.blocks[self.position : self.position + count]

    def take_while(self, condition) -> list[Block]:
        taken = []
        while (block := self.ahead()) and condition(block):
            taken.append(self.take())
        return taken

    def add(self, kind: Kind, *blocks: Block, text: str | None = None, **values) -> Piece:
        """Add a piece made of these blocks; `text` is the part of the words that it keeps, or all of them."""
        own = {
            "text": write(kind, blocks, text),
            "source": "\n".join(block.source for block in blocks),
            "first_line": blocks[0].first_line,
            "last_line": blocks[-1].last_line,
            "glued": blocks[0].glued,
        }
        piece = Piece(kind, **(own | values))
        note_lost_links(piece, blocks)
        self.pieces.append(piece)
        self.seen.setdefault(kind, piece)
        return piece

    def extend(self, piece: Piece, *blocks: Block, text: str | None = None, separator: str = "\n\n", **values) -> None:
        """Add blocks to a piece that was made already."""
        for name, value in values.items():
            setattr(piece, name, value)
        more = write(piece.kind, blocks, text)
        if more:
            piece.text = f"{piece.text}{separator}{more}" if piece.text else more
        piece.source += "".join(f"\n{block.source}" for block in blocks)
        piece.last_line = blocks[-1].last_line
        note_lost_links(piece, blocks)

    def open_section(self, section: Section, *, is_told: bool = True) -> None:
        """Begin a section; `is_told`: the words of its heading say so, and not the lines below alone."""
        self.is_told = is_told
        self.section, self.glossary = section, section == Section.TERM
        self.place, self.has_marked_quotes = "", False

    def outdent(self, heading: Block) -> None:
        """Raise the points below a numbered heading to the level of a list of their own."""
        self.heading_number = int("".join(filter(str.isdigit, heading.mark)) or 0) if heading.is_numbered else 0
        if not heading.is_numbered:
            return
        run = list(takewhile(lambda block: block.is_item and block.level, self.blocks[self.position :]))
        lowest = min((block.level for block in run), default=0)
        for place, block in enumerate(run, start=self.position):
            self.blocks[place] = replace(block, level=block.level - lowest)

    def leave_out(self, block: Block, reason: str, **values) -> Piece:
        return self.add(Kind.LEFT_OUT, block, text=block.source, reason=reason, **values)

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

    def has_fact(self, name: str) -> bool:
        return any(fact.name == name for fact in self.facts)

    @property
    def is_title_ahead(self) -> bool:
        """Whether the title was not read yet, and is one of the next blocks."""
        title = self.title_block
        return (
            title is not None
            and not self.has(Kind.TITLE)
            and any(block is title for block in self.upcoming(MAX_BLOCKS_ABOVE_TITLE))
        )

    @property
    def has_title(self) -> bool:
        """Whether the title was read, or stands further below."""
        return self.has(Kind.TITLE) or self.is_title_ahead

    @property
    def has_book(self) -> bool:
        return self.has(Kind.BOOK) or self.has_fact("book")

    @property
    def has_named_book(self) -> bool:
        """Whether a line above, or a sentence, names a book."""
        named = self.book_named_at
        return self.has_book or (
            named is not None and self.position < len(self.blocks) and named < self.blocks[self.position - 1].first_line
        )


def write(kind: Kind, blocks: tuple[Block, ...], text: str | None) -> str:
    """Return the words in the notation of the kind."""
    notation = KINDS[kind].notation
    if text == "":
        return ""
    if text is not None:
        (block,) = blocks
        rich = block.rich.find(text)
        return rich.prose() if notation == PROSE else rich.line() if notation == LINE else text
    if notation == PROSE:
        return as_markdown(blocks)
    return "\n".join(block.rich.line() if notation == LINE else block.source for block in blocks)


def note_lost_links(piece: Piece, blocks: tuple[Block, ...]) -> None:
    """A reading keeps the address of its link; in other kinds without links each lost address is a doubt."""
    addresses = list(dict.fromkeys(address for block in blocks for address in block.rich.addresses))
    if piece.kind == Kind.READING and addresses and not piece.where:
        piece.where = addresses.pop(0)
    if piece.notation == PROSE or piece.is_left_out:
        return
    lost = [address for address in addresses if address not in (piece.where, f"mailto:{piece.text}")]
    if lost:
        piece.add_doubt(f"A link to {', '.join(lost)} can't stand in this kind of piece and is not kept.")


def find_title_block(blocks: list[Block]) -> Block | None:
    """Return the only heading of the first level, if it is near the top, else the first block with words."""
    top = blocks[:MAX_BLOCKS_ABOVE_TITLE]
    titles = [block for block in blocks if block.layout == Layout.HEADING and block.level == 1]
    if len(titles) == 1 and titles[0] in top:
        above = top[: top.index(titles[0])]
        if all(not block.is_item and len(block.text) <= MAX_TITLE_LENGTH for block in above):
            return titles[0]
    return next((block for block in top if any(letter.isalnum() for letter in block.text)), None)


def title_openings(titles: list[str]) -> set[str]:
    """Return the titles and their beginnings of two or more words: the alt texts that pictures may have."""
    found = set()
    for title in titles:
        words = title.split()
        found |= {" ".join(words[:count]).rstrip(":,–—- ") for count in range(2, len(words) + 1)}
    return found


def titles_in(blocks: list[Block]) -> list[str]:
    """Return the first line, and each line above a line of contributors."""
    above = [one.text for one, two in pairwise(blocks) if len(one.text) <= MAX_TITLE_LENGTH and read_people(two.text)]
    first = [block.text for block in blocks[:1] if len(block.text) <= MAX_TITLE_LENGTH]
    return first + above


def merge_blocks(blocks: list[Block], parts: list[RichText] | None = None) -> Block:
    """Return one block with the words of all, on lines of their own; an empty line stays where there was a gap."""
    first, *rest = parts or [block.rich for block in blocks]
    runs = list(first.runs)
    for block, rich in zip(blocks[1:], rest, strict=True):
        runs += [("\n\n" if block.after_gap else "\n", UNSTYLED), *rich.runs]
    return replace(blocks[0], rich=RichText(tuple(runs)), last_line=blocks[-1].last_line)
