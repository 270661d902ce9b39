"""Save a review as rows: a new draft, additions to a write-up, or items of a book. Each in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from bookclub.core.markdown import escape_markdown
from books.models import Book
from meetups.models import Meetup, WriteUp
from meetups.paste.importer.authors import describe_author
from meetups.paste.importer.builder import add_session_notes, leave_out_labels, make_draft, report_missing_book
from meetups.paste.importer.items import add_items
from meetups.paste.importer.meetups import complete_meetup, report_unused_facts
from meetups.paste.importer.report import Import, LeftOut, Refused, save_row
from meetups.paste.importer.text import body_of, to_plain
from meetups.paste.kinds import KINDS
from meetups.paste.notation import PROSE, convert_notation
from meetups.paste.parser import Block, Fact, Kind, Piece, Shape, Splitting
from meetups.paste.parser.dates import find_date
from meetups.paste.parser.facts import read_labelled_facts
from meetups.paste.parser.names import read_people
from meetups.paste.parser.title_block import LABEL
from meetups.paste.review import Review, Reviewed
from members.models import Author

OF_HEAD = (Kind.TITLE, Kind.POSTED_BY, Kind.POSTED_ON, Kind.BOOK, Kind.CONTRIBUTORS)
FILLED = {Kind.STANDFIRST: "standfirst", Kind.PULL_QUOTE: "pull_quote"}
READ_AS = {
    Kind.CONTRIBUTORS: "Write who made the book as “By Anna Lee” or “Ed. Anna Lee and Bo Doe”.",
    Kind.POSTED_ON: "Write the date as “11 October 2018”.",
    Kind.FACT: "Write a fact as “Came: 9”, “Met: 10 October 2018”, “Venue: The George, Southwark” or “Room: the back room”.",
}


@dataclass
class MeetupChoices:
    """The choices made in the review; the rest is taken from the text."""

    book: Book | None = None
    meetup: Meetup | None = None
    author: Author | None = None
    facts: dict[str, object] = field(default_factory=dict)
    is_article: bool = False  # no meetup, whatever the text says


@dataclass
class SavePermissions:
    """The rows that the signed-in user may save."""

    may_change: Callable = lambda row: True
    may_add: Callable = lambda row: True

    def check(self, done: Import) -> None:
        """Raise Refused if the person may not add one of the new rows."""
        for row in done.kept:
            if not self.may_add(row):
                raise Refused(
                    f"You may not add a {row._meta.verbose_name}. Choose one that is here, or ask an organiser to paste this."
                )


def save_meetup_writeup(review: Review, chosen: MeetupChoices, permissions: SavePermissions) -> Import:
    """Save a draft write-up with its meetup, book and items. Raise Refused, and save nothing, if that is impossible."""
    done = import_of(review, {} if chosen.is_article else chosen.facts, permissions)
    if chosen.is_article:
        done.splitting.facts = [fact for fact in done.splitting.facts if fact.name == "job"]
    with transaction.atomic():
        make_draft(done, book=chosen.book, meetup=chosen.meetup, author=chosen.author)
        permissions.check(done)
    return done


def add_to_writeup(review: Review, writeup: WriteUp, permissions: SavePermissions) -> Import:
    """Append prose and session notes to the write-up, and add items to its book. Raise Refused."""
    done = import_of(review, {}, permissions)
    with transaction.atomic():
        done.writeup = WriteUp.objects.select_for_update().get(pk=writeup.pk)
        keep_head(done)
        add_prose(done)
        if done.writeup.book:
            add_items(done, done.writeup.book)
        else:
            report_missing_book(done)
        add_session_notes(done)
        leave_out_labels(done, with_book=bool(done.writeup.book))
        add_facts(done)
        describe_author(done, done.writeup.author)
        permissions.check(done)
    return done


def add_to_book(review: Review, book: Book, permissions: SavePermissions) -> Import:
    done = import_of(review, {}, permissions)
    with transaction.atomic():
        add_items(done, book)
        permissions.check(done)
    return done


def keep_head(done: Import) -> None:
    for piece in done.splitting.pieces:
        if piece.kind in OF_HEAD:
            done.leave_out(piece, "the write-up keeps its own title, author, date and book")
        elif piece.kind in FILLED and getattr(done.writeup, FILLED[piece.kind]):
            done.leave_out(piece, f"the write-up has a {piece.kind} already")
        elif piece.kind in FILLED:
            setattr(done.writeup, FILLED[piece.kind], to_plain(piece.text))


def add_prose(done: Import) -> None:
    more = body_of(done.splitting, with_book=bool(done.writeup.book))
    done.writeup.body = "\n\n".join(part for part in (done.writeup.body.rstrip(), more) if part)
    first = next(iter(done.splitting.of(Kind.PROSE)), None)
    save_row(done.writeup, first.first_line if first else 1)


def add_facts(done: Import) -> None:
    if done.writeup.meetup:
        complete_meetup(done, done.writeup.meetup, done.writeup.book)
    else:
        report_unused_facts(done)


def import_of(review: Review, facts: dict[str, object], permissions: SavePermissions) -> Import:
    """Turn the review into an Import. Pieces left out by choice are dropped; values without a place are reported."""
    pieces = [to_piece(number, piece) for number, piece in review.numbered if not is_left_out(piece)]
    told = [Fact(name, value, 0) for name, value in facts.items() if value not in (None, "")]
    known = {fact.name for fact in told}
    told += [fact for piece in pieces for fact in read_facts(piece) if fact.name not in known]
    done = Import(Splitting(pieces, told), may_change=permissions.may_change)
    for number, piece in review.numbered:
        if not is_left_out(piece):
            done.left_out += [
                LeftOut(number, text, f"a {piece.label.lower()} has no place for it") for text in piece.unplaced
            ]
    return done


def is_left_out(piece: Reviewed) -> bool:
    return piece.is_left_out or not (piece.text.strip() or piece.heading.strip() or piece.where.strip())


def to_piece(number: int, reviewed: Reviewed) -> Piece:
    """Convert a reviewed piece; its line is its number on the page. Raise Refused if the text doesn't fit the kind."""
    kind, as_ = reviewed.kind, KINDS[reviewed.kind]
    text = convert_notation(reviewed.text, reviewed.notation, as_.notation)
    piece = Piece(
        kind, format_as_prose(reviewed, text), number, number, text=text, shape=Shape.MARKDOWN, **extras_of(reviewed)
    )
    piece.is_quotation, piece.hangs_on_term = reviewed.is_quotation, reviewed.hangs_on_term
    if as_.notation == PROSE:
        piece.text, piece.blocks = "", [Block(Shape.MARKDOWN, text, number)]
    if kind == Kind.POSTED_ON and (found := find_date(text)):
        piece.value = found.value
    if kind == Kind.CONTRIBUTORS:
        piece.people = read_people(to_plain(text))
    understood = {Kind.CONTRIBUTORS: piece.people, Kind.POSTED_ON: piece.value, Kind.FACT: read_facts(piece)}
    if not understood.get(kind, True):
        raise Refused(f"is not understood. {READ_AS[kind]}", line=number)
    return piece


def extras_of(reviewed: Reviewed) -> dict[str, str]:
    """Return the extra fields of this kind, under the names that Piece has for them."""
    names = {
        Kind.QUESTION: {"heading": "lead_word"},
        Kind.READING: {"where": "url"},
        Kind.TERM: {"why": "emphasis"},
    }.get(reviewed.kind, {})
    usual = {"heading": "heading", "who": "attribution", "where": "locator", "why": "why"} | names
    return {usual[name]: getattr(reviewed, name) for name in KINDS[reviewed.kind].extras}


def read_facts(piece: Piece) -> list[Fact]:
    match = LABEL.match(piece.text) if piece.kind == Kind.FACT else None
    return read_labelled_facts(match.lastgroup, piece.text[match.end() :], piece.first_line) if match else []


def format_as_prose(reviewed: Reviewed, text: str) -> str:
    """Return the piece as Markdown prose, for a write-up without a book."""
    words = convert_notation(text, KINDS[reviewed.kind].notation, PROSE)
    credit = ", ".join(escape_markdown(part) for part in (reviewed.who, reviewed.where) if part)
    if reviewed.kind == Kind.QUOTE or reviewed.is_quotation:
        words = f"“{words}”"
    if reviewed.kind == Kind.QUESTION:
        words = "- " + (f"{escape_markdown(reviewed.heading)}: {words}" if reviewed.heading else words)
    elif reviewed.heading:
        words = f"## {escape_markdown(reviewed.heading)}\n\n{words}"
    elif reviewed.kind == Kind.LABEL:
        words = f"## {words}"
    why = f" ({escape_markdown(reviewed.why)})" if reviewed.why else ""
    return f"{words} – {credit}{why}" if credit else words + why
