"""Save a review as rows: a new draft, additions to a write-up, or items of a book. Each in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from books.models import Book
from meetups.models import Meetup, WriteUp
from meetups.paste.importer.authors import describe_author
from meetups.paste.importer.builder import add_session_notes, leave_out_labels, make_draft, report_missing_book
from meetups.paste.importer.fit import import_of, with_numbers
from meetups.paste.importer.items import add_items
from meetups.paste.importer.meetups import complete_meetup, report_unused_facts
from meetups.paste.importer.report import Import, Refused, save_row
from meetups.paste.importer.text import body_of, to_plain
from meetups.paste.options import is_month_first
from meetups.paste.parser.names import read_people
from meetups.paste.pieces import Fact, Kind
from meetups.paste.review import Review
from members.models import Author

OF_HEAD = (Kind.TITLE, Kind.POSTED_BY, Kind.POSTED_ON, Kind.BOOK, Kind.CONTRIBUTORS)
OF_NO_MEETUP = ("job", "book", "contributors")
FILLED = {Kind.STANDFIRST: "standfirst", Kind.PULL_QUOTE: "pull_quote"}


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
    done = read_review(review, chosen.facts, permissions)
    if chosen.is_article:
        done.splitting.facts = [fact for fact in done.splitting.facts if fact.name in OF_NO_MEETUP]
    with transaction.atomic():
        make_draft(done, book=chosen.book, meetup=chosen.meetup, author=chosen.author)
        permissions.check(done)
    return done


def add_to_writeup(review: Review, writeup: WriteUp, permissions: SavePermissions) -> Import:
    """Append prose and session notes to the write-up, and add items to its book. Raise Refused."""
    done = read_review(review, {}, permissions)
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
    done = read_review(review, {}, permissions)
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


def read_review(review: Review, facts: dict[str, object], permissions: SavePermissions) -> Import:
    """Turn the review into an Import. Raise Refused for a text that doesn't fit its kind."""
    told = [
        Fact(name, to_fact(name, value), 0, is_labelled=True)
        for name, value in facts.items()
        if value not in (None, "")
    ]
    return import_of(with_numbers(review.pieces), told, month_first=is_month_first(), may_change=permissions.may_change)


def to_fact(name: str, value: object) -> object:
    return tuple(read_people(f"by {value}", trusted=True)) if name == "contributors" else value
