"""From a review to rows: the draft of an evening, more of a write-up, items of a book. Each in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from bookclub.markdown import escape
from books.models import Book
from meetups.importing.authors import describe
from meetups.importing.items import add_items
from meetups.importing.meetups import complete, tell_of_unused
from meetups.importing.report import Import, LeftOut, Refused, save
from meetups.importing.rows import add_session_notes, leave_out_labels, make_draft, tell_of_no_book
from meetups.importing.text import body_of, plain
from meetups.models import Meetup, WriteUp
from meetups.splitting import Block, Fact, Kind, Piece, Shape, Splitting
from meetups.splitting.dates import find_date
from meetups.splitting.facts import labelled
from meetups.splitting.head import LABEL
from meetups.splitting.people import read_people
from members.models import Author

from .kinds import KINDS
from .notation import PROSE, converted
from .review import Review, Reviewed

OF_HEAD = (Kind.TITLE, Kind.POSTED_BY, Kind.POSTED_ON, Kind.BOOK, Kind.CONTRIBUTORS)
FILLED = {Kind.STANDFIRST: "standfirst", Kind.PULL_QUOTE: "pull_quote"}
READ_AS = {
    Kind.CONTRIBUTORS: "Write who made the book as “By Anna Lee” or “Ed. Anna Lee and Bo Doe”.",
    Kind.POSTED_ON: "Write the date as “11 October 2018”.",
    Kind.FACT: "Write a fact as “Came: 9”, “Met: 10 October 2018”, “Venue: The George, Southwark” or “Room: the back room”.",
}


@dataclass
class Chosen:
    """What the person chose for the evening; the rest is as the text says."""

    book: Book | None = None
    meetup: Meetup | None = None
    author: Author | None = None
    facts: dict[str, object] = field(default_factory=dict)
    is_article: bool = False  # without a meetup, whatever the text says


@dataclass
class Desk:
    """What the person at the desk may do."""

    may_change: Callable = lambda row: True
    may_add: Callable = lambda row: True

    def check(self, done: Import) -> None:
        """Raises Refused for a new row that this person may not make."""
        for row in done.kept:
            if not self.may_add(row):
                raise Refused(
                    f"You may not add a {row._meta.verbose_name}. Choose one that is here, or ask an organiser to paste this."
                )


def save_evening(review: Review, chosen: Chosen, desk: Desk) -> Import:
    """A draft write-up with its meetup, its book and all that belongs to them. Raises Refused; then nothing is saved."""
    done = import_of(review, {} if chosen.is_article else chosen.facts, desk)
    if chosen.is_article:
        done.splitting.facts = [fact for fact in done.splitting.facts if fact.name == "job"]
    with transaction.atomic():
        make_draft(done, book=chosen.book, meetup=chosen.meetup, author=chosen.author)
        desk.check(done)
    return done


def add_to_writeup(review: Review, writeup: WriteUp, desk: Desk) -> Import:
    """The prose behind the prose, the items to its book, the notes behind its notes. Raises Refused."""
    done = import_of(review, {}, desk)
    with transaction.atomic():
        done.writeup = WriteUp.objects.select_for_update().get(pk=writeup.pk)
        keep_head(done)
        add_prose(done)
        if done.writeup.book:
            add_items(done, done.writeup.book)
        else:
            tell_of_no_book(done)
        add_session_notes(done)
        leave_out_labels(done, with_book=bool(done.writeup.book))
        add_facts(done)
        describe(done, done.writeup.author)
        desk.check(done)
    return done


def add_to_book(review: Review, book: Book, desk: Desk) -> Import:
    done = import_of(review, {}, desk)
    with transaction.atomic():
        add_items(done, book)
        desk.check(done)
    return done


def keep_head(done: Import) -> None:
    for piece in done.splitting.pieces:
        if piece.kind in OF_HEAD:
            done.leave_out(piece, "the write-up keeps what it says at its head")
        elif piece.kind in FILLED and getattr(done.writeup, FILLED[piece.kind]):
            done.leave_out(piece, f"the write-up has a {piece.kind} already")
        elif piece.kind in FILLED:
            setattr(done.writeup, FILLED[piece.kind], plain(piece.text))


def add_prose(done: Import) -> None:
    more = body_of(done.splitting, with_book=bool(done.writeup.book))
    done.writeup.body = "\n\n".join(part for part in (done.writeup.body.rstrip(), more) if part)
    first = next(iter(done.splitting.of(Kind.PROSE)), None)
    save(done.writeup, first.first_line if first else 1)


def add_facts(done: Import) -> None:
    if done.writeup.meetup:
        complete(done, done.writeup.meetup, done.writeup.book)
    else:
        tell_of_unused(done)


def import_of(review: Review, facts: dict[str, object], desk: Desk) -> Import:
    """What is left out by choice was seen on the page; what finds no place is told afterwards."""
    pieces = [to_piece(number, piece) for number, piece in review.numbered if not is_left_out(piece)]
    told = [Fact(name, value, 0) for name, value in facts.items() if value not in (None, "")]
    known = {fact.name for fact in told}
    told += [fact for piece in pieces for fact in facts_in(piece) if fact.name not in known]
    done = Import(Splitting(pieces, told), may_change=desk.may_change)
    for number, piece in review.numbered:
        if not is_left_out(piece):
            done.left_out += [
                LeftOut(number, text, f"a {piece.label.lower()} has no place for it") for text in piece.unplaced
            ]
    return done


def is_left_out(piece: Reviewed) -> bool:
    return piece.is_left_out or not (piece.text.strip() or piece.heading.strip() or piece.where.strip())


def to_piece(number: int, reviewed: Reviewed) -> Piece:
    """Its line is its number on the page. Raises Refused where its kind asks for what the text is not."""
    kind, as_ = reviewed.kind, KINDS[reviewed.kind]
    text = converted(reviewed.text, reviewed.notation, as_.notation)
    piece = Piece(
        kind, in_prose(reviewed, text), number, number, text=text, shape=Shape.MARKDOWN, **extras_of(reviewed)
    )
    piece.is_quotation, piece.hangs_on_term = reviewed.is_quotation, reviewed.hangs_on_term
    if as_.notation == PROSE:
        piece.text, piece.blocks = "", [Block(Shape.MARKDOWN, text, number)]
    if kind == Kind.POSTED_ON and (found := find_date(text)):
        piece.value = found.value
    if kind == Kind.CONTRIBUTORS:
        piece.people = read_people(plain(text))
    understood = {Kind.CONTRIBUTORS: piece.people, Kind.POSTED_ON: piece.value, Kind.FACT: facts_in(piece)}
    if not understood.get(kind, True):
        raise Refused(f"is not understood. {READ_AS[kind]}", line=number)
    return piece


def extras_of(reviewed: Reviewed) -> dict[str, str]:
    """Under the names of a piece, of those that its kind has."""
    names = {
        Kind.QUESTION: {"heading": "lead_word"},
        Kind.READING: {"where": "url"},
        Kind.TERM: {"why": "emphasis"},
    }.get(reviewed.kind, {})
    usual = {"heading": "heading", "who": "attribution", "where": "locator", "why": "why"} | names
    return {usual[name]: getattr(reviewed, name) for name in KINDS[reviewed.kind].extras}


def facts_in(piece: Piece) -> list[Fact]:
    match = LABEL.match(piece.text) if piece.kind == Kind.FACT else None
    return labelled(match.lastgroup, piece.text[match.end() :], piece.first_line) if match else []


def in_prose(reviewed: Reviewed, text: str) -> str:
    """The piece in Markdown, as it stands in the prose of a write-up that has no book to hang it on."""
    words = converted(text, KINDS[reviewed.kind].notation, PROSE)
    credit = ", ".join(escape(part) for part in (reviewed.who, reviewed.where) if part)
    if reviewed.kind == Kind.QUOTE or reviewed.is_quotation:
        words = f"“{words}”"
    if reviewed.kind == Kind.QUESTION:
        words = "- " + (f"{escape(reviewed.heading)}: {words}" if reviewed.heading else words)
    elif reviewed.heading:
        words = f"## {escape(reviewed.heading)}\n\n{words}"
    elif reviewed.kind == Kind.LABEL:
        words = f"## {words}"
    why = f" ({escape(reviewed.why)})" if reviewed.why else ""
    return f"{words} – {credit}{why}" if credit else words + why
