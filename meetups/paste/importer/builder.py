"""Import one write-up, from the bytes of its file to rows, in one transaction."""

from django.db import transaction

from bookclub.core.slugs import unique_slug
from books.models import Book
from meetups.models import Meetup, SessionNote, WriteUp
from meetups.paste.importer.authors import author_for
from meetups.paste.importer.books import book_for
from meetups.paste.importer.fit import import_of
from meetups.paste.importer.fuzzy_match import normalize_text
from meetups.paste.importer.items import add_items
from meetups.paste.importer.meetups import complete_meetup, meetup_for, report_unused_facts
from meetups.paste.importer.report import Import, LeftOut, Refused, link_to
from meetups.paste.importer.text import body_of, needs_book, to_plain
from meetups.paste.options import options_for
from meetups.paste.parser import split_document
from meetups.paste.pieces import Doubt, Kind, Splitting
from meetups.paste.upload import read_file
from members.models import Author

OWN_HEADING = "the page has a heading of its own for it"


def import_writeup(
    data: bytes,
    *,
    name: str = "",
    book: Book | None = None,
    meetup: Meetup | None = None,
    publish: bool = False,
    dry_run: bool = False,
) -> Import:
    """Make a draft write-up with its meetup, book and items from the bytes of a file; publish it with its date if asked.

    Raise Unreadable if the file can't be read, Refused if it can't be saved; nothing has changed then.
    """
    document, options = read_file(name, data), options_for()
    splitting = split_document(document, options=options)
    done = import_of(splitting.pieces, splitting.facts, month_first=options.month_first)
    done.left_out += [LeftOut(1, words, reason) for words, reason in document.left_out]
    done.doubts += [*splitting.doubts, *(Doubt(1, sentence) for sentence in document.doubts)]
    with transaction.atomic():
        make_draft(done, book=book, meetup=meetup)
        if publish:
            publish_with_its_date(done)
        transaction.set_rollback(dry_run)
    return done


def make_draft(
    done: Import, *, book: Book | None = None, meetup: Meetup | None = None, author: Author | None = None
) -> None:
    """Make the rows of the write-up in `done`; arguments win over the text.

    Raise Refused. Call it within a transaction.
    """
    check_not_imported(done.splitting)
    make_rows(done, book, meetup, author)


def publish_with_its_date(done: Import) -> None:
    if not done.writeup.posted_on:
        done.doubt(1, "It has no date, so it is published as of now.")
    done.writeup.publish()


def check_not_imported(splitting: Splitting) -> None:
    title = to_plain(splitting.text_of(Kind.TITLE))
    if not title:
        raise Refused("There is no title. Put it on the first line, in under 200 characters.")
    same = WriteUp.objects.filter(title=title, posted_on=splitting.posted_on).first()
    if same:
        raise Refused(f"This write-up exists already: “{same.title}”, {link_to(same)}", row=same)


def make_rows(
    done: Import, given_book: Book | None, given_meetup: Meetup | None, given_author: Author | None = None
) -> None:
    meetup = meetup_for(done, given_meetup)
    book = book_for(done, given_book, meetup)
    if meetup:
        complete_meetup(done, meetup, book)
    else:
        report_unused_facts(done)
    done.writeup = make_writeup(done, book, meetup, author_for(done, given_author))
    if book:
        add_items(done, book)
    else:
        report_missing_book(done)
    add_session_notes(done)
    leave_out_labels(done, with_book=bool(book))


def make_writeup(done: Import, book: Book | None, meetup: Meetup | None, author: Author) -> WriteUp:
    title = to_plain(done.splitting.text_of(Kind.TITLE))
    writeup = WriteUp(
        title=title,
        slug=unique_slug(WriteUp.objects.all(), title, fallback="write-up"),
        author=author,
        posted_on=done.splitting.posted_on,
        standfirst=to_plain(done.splitting.text_of(Kind.STANDFIRST)),
        pull_quote=to_plain(done.splitting.text_of(Kind.PULL_QUOTE)),
        meetup=meetup,
        book=book,
        body=body_of(done.splitting, with_book=bool(book), with_pull_quote=True),
    )
    return done.keep(writeup, done.splitting.first(Kind.TITLE).first_line)


def add_session_notes(done: Import) -> None:
    """Append the session notes that the write-up doesn't have yet: words and name both count."""
    there = {(normalize_text(note.text), note.name.casefold()) for note in done.writeup.session_notes.all()}
    last = max((note.position for note in done.writeup.session_notes.all()), default=0)
    for position, piece in enumerate(done.splitting.of(Kind.SESSION_NOTE), start=last + 1):
        text, name = piece.text, to_plain(piece.who)
        if (normalize_text(text), name.casefold()) in there:
            done.leave_out(piece, "the same session note is here already")
        else:
            done.keep(SessionNote(writeup=done.writeup, position=position, text=text, name=name), piece.first_line)


def report_missing_book(done: Import) -> None:
    first = next((piece for piece in done.splitting.pieces if needs_book(piece)), None)
    if first:
        done.doubt(first.first_line, "No book is named, so what looks like its notes or questions stays in the prose.")


def leave_out_labels(done: Import, *, with_book: bool) -> None:
    for piece in done.splitting.of(Kind.LABEL):
        if with_book or not needs_book(piece):
            done.leave_out(piece, OWN_HEADING)
