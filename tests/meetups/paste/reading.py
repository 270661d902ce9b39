"""Read a document as the paste does, for comparing with what was written down."""

from dataclasses import dataclass, field
from itertools import groupby

from meetups.paste.notation import words_of


@dataclass(frozen=True)
class Entry:
    kind: str
    text: str
    who: str = ""
    where: str = ""
    is_sure: bool = False
    heading: str = ""


@dataclass
class Read:
    facts: dict = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


OF_HEAD = {"title": "title", "posted by": "posted_by", "book": "book"}


def read_with_parser(path) -> Read:
    from meetups.paste.importer.books import people_in, title_of  # noqa: PLC0415
    from meetups.paste.importer.report import Import  # noqa: PLC0415
    from meetups.paste.parser import Options, split_document  # noqa: PLC0415
    from meetups.paste.pieces import Kind  # noqa: PLC0415
    from meetups.paste.review import review_of  # noqa: PLC0415
    from meetups.paste.upload import read_file  # noqa: PLC0415

    document = read_file(path.name, path.read_bytes())
    splitting = split_document(document, options=Options())
    review = review_of(document, splitting)
    done = Import(splitting)
    facts = {OF_HEAD[piece.kind]: piece.text for piece in reversed(review.pieces) if piece.kind in OF_HEAD}
    facts |= {fact.name: fact.value for fact in reversed(splitting.facts) if fact.name not in {"book", "contributors"}}
    facts |= {"posted_on": splitting.posted_on, "book": title_of(done)}
    facts["contributors"] = [(person.name, person.role) for person in people_in(done)]
    hidden = {Kind.TITLE, Kind.POSTED_BY, Kind.POSTED_ON, Kind.BOOK, Kind.CONTRIBUTORS}
    entries = [
        Entry(kind_of(piece), shown(piece), piece.who, piece.where, piece.is_sure, piece.heading)
        for piece in review.pieces
        if piece.kind not in hidden
    ]
    return Read(facts, entries)


def kind_of(piece) -> str:
    """Return the kind; a line that tells a fact is left out of what readers see."""
    return "left out" if piece.kind == "fact" else str(piece.kind)


def shown(piece) -> str:
    """Return the words as a reader sees them, with a line per paragraph, item and row of a table."""
    if piece.is_left_out:
        return piece.text
    parts = []
    for is_row, lines in groupby(piece.text.split("\n"), lambda line: line.startswith("| ")):
        text = "\n".join(lines)
        parts.append(text if is_row else words_of(text, piece.notation))
    return "\n".join(parts)
