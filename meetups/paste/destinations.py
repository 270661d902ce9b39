"""The destinations of pasted text: a new write-up, an existing one, its session notes, or a book."""

from django.urls import reverse

from books.models import Book
from meetups.models import Paste, WriteUp
from meetups.paste.blocks import Document
from meetups.paste.duplicates import mark_duplicates
from meetups.paste.forms import MeetupForm, NoForm
from meetups.paste.highlights import split_clippings
from meetups.paste.importer.books import find_book, title_of
from meetups.paste.importer.report import Import, Refused
from meetups.paste.importer.text import to_plain
from meetups.paste.options import options_for
from meetups.paste.parser import Options, Section, split_document, split_items
from meetups.paste.people import point_out_people
from meetups.paste.pieces import KINDS, OF_BOOK, OF_SESSION, Kind, Splitting
from meetups.paste.review import Review, review_of
from meetups.paste.save import add_to_book, add_to_writeup, save_meetup_writeup
from meetups.paste.sources import is_clippings


class PasteDestination:
    """`opts` is the `_meta` of the model of its admin pages; `row` is the row to which the text is added, if any.

    `key` is stored with a paste. `permission` is needed besides that to change the row.
    """

    key: Paste.Destination
    model = WriteUp
    permission = ""
    form_class = NoForm
    kinds = tuple(KINDS)
    button = "Add them"
    warning = ""
    afterwards = "New items of the book stay drafts until you publish them."
    placeholder = ""

    def __init__(self, row=None):
        self.row = row

    @property
    def opts(self):
        return type(self.row)._meta

    @property
    def address(self) -> str:
        return reverse(f"admin:{self.name}", args=[self.row.pk] if self.row else [])

    @property
    def back(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[self.row.pk])

    def review(self, document: Document, user=None) -> Review:
        """Return the review for this user, who sees no hidden book named in it. Raise Unreviewable."""
        review = review_of(document, self.split(document, options_for(user)))
        self.point_out(review)
        point_out_people(review)
        return review

    def split(self, document: Document, options: Options) -> Splitting:
        return split_document(document, options=options)

    def point_out(self, review: Review) -> None:
        """Mark the pieces that exist in the database already."""

    def check(self, review: Review) -> None:
        """Raise Refused if the whole document is in the database already."""


class NewWriteUp(PasteDestination):
    key = Paste.Destination.NEW_WRITEUP
    form_class = MeetupForm
    permission = "add"
    name = "meetups_writeup_paste"
    opts = WriteUp._meta
    title = "Paste a write-up"
    intro = (
        "Paste the whole document: title, write-up, points, questions, quotes, notes. Nothing is saved before you have "
        "seen what the site makes of it."
    )
    button = "Save as a draft"
    afterwards = "It is a draft: readers see nothing of it."
    back = property(lambda self: reverse("admin:meetups_writeup_changelist"))

    def review(self, document, user=None):
        splitting = self.split(document, options_for(user))
        review = review_of(document, splitting)
        if not splitting.first(Kind.TITLE):
            review.reports.append(
                "Nothing looks like a title: choose “Title of the write-up” for the line that is one."
            )
        if not splitting.fact("met_on"):
            review.reports.append("No date of a meeting was found: there will be no meetup unless you write one.")
        done = Import(splitting)
        mark_duplicates(review, find_book(done) if title_of(done) else None)
        point_out_people(review)
        return review

    def check(self, review):
        first = {piece.kind: piece for piece in reversed(review.pieces)}
        title = to_plain(first[Kind.TITLE].text) if Kind.TITLE in first else ""
        day = first[Kind.POSTED_ON].value if Kind.POSTED_ON in first else None
        same = WriteUp.objects.filter(title=title, posted_on=day).first() if title else None
        if same:
            raise Refused(f"This write-up exists already: “{same.title}”.", row=same)

    def save(self, review, form, permissions):
        return save_meetup_writeup(review, form.chosen, permissions)


class MoreOfWriteUp(PasteDestination):
    key = Paste.Destination.WRITEUP
    name = "meetups_writeup_paste_more"
    intro = (
        "Paste what is missing: prose goes after the prose, questions and quotes to the book, notes after the notes."
    )

    @property
    def title(self):
        return f"Paste more into “{self.row}”"

    @property
    def warning(self):
        if not self.row.is_published:
            return ""
        return "This write-up is published: prose and session notes that you add are public at once."

    def split(self, document, options):
        """Read a document that starts with this write-up's title as a whole write-up."""
        first = document.blocks[0].text if document.blocks else ""
        is_whole = to_plain(first).casefold() == to_plain(self.row.title).casefold()
        return split_document(document, Section.HEAD if is_whole else Section.PROSE, options)

    def point_out(self, review):
        mark_duplicates(review, self.row.book, self.row)

    def save(self, review, form, permissions):
        return add_to_writeup(review, self.row, permissions)


class SessionNotes(MoreOfWriteUp):
    key = Paste.Destination.SESSION_NOTES
    name = "meetups_writeup_paste_notes"
    kinds = OF_SESSION
    intro = "One note per paragraph, perhaps with “– Nick” at its end."
    afterwards = ""

    @property
    def title(self):
        return f"Paste session notes into “{self.row}”"

    def split(self, document, options):
        return split_items(document, Kind.SESSION_NOTE, options)


class Quotes(PasteDestination):
    """One quote per paragraph; quotation marks around it are removed."""

    key = Paste.Destination.QUOTES
    model = Book
    permission = "books.add_quote"
    name = "meetups_writeup_paste_quotes"
    kind = Kind.QUOTE
    kinds = OF_BOOK
    intro = (
        "One quote per paragraph. Quotation marks around it are removed; “(p. 12)” after it is its place, "
        "“– Anna Lee” its writer."
    )

    @property
    def title(self):
        return f"Paste {self.kind}s from “{self.row}”"

    def split(self, document, options):
        if self.kind == Kind.QUOTE and is_clippings(document.typed):
            return split_clippings(document.typed, self.row)
        return split_items(document, self.kind, options)

    def point_out(self, review):
        mark_duplicates(review, self.row)

    def save(self, review, form, permissions):
        return add_to_book(review, self.row, permissions)


class Questions(Quotes):
    key = Paste.Destination.QUESTIONS
    permission = "books.add_question"
    name = "meetups_writeup_paste_questions"
    kind = Kind.QUESTION
    intro = "One question per paragraph. “– Discuss” after it is its lead word."

    @property
    def title(self):
        return f"Paste questions about “{self.row}”"


DESTINATIONS = {each.key: each for each in (NewWriteUp, MoreOfWriteUp, SessionNotes, Quotes, Questions)}
