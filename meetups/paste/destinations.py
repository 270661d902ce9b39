"""The destinations of pasted text: a new write-up, an existing one, its session notes, or a book."""

from django.urls import reverse

from books.models import Book
from meetups.models import Paste, WriteUp
from meetups.paste.document import Document
from meetups.paste.duplicates import mark_duplicates
from meetups.paste.forms import MeetupForm, NoForm
from meetups.paste.importer.books import find_book
from meetups.paste.importer.report import Import, Refused
from meetups.paste.importer.text import to_plain
from meetups.paste.kinds import KINDS, OF_BOOK, OF_SESSION
from meetups.paste.parser import Kind, Section, Splitting, split_items, split_writeup
from meetups.paste.parser.dates import find_date
from meetups.paste.quotations import accept_unquoted
from meetups.paste.review import Review, review_of
from meetups.paste.save import add_to_book, add_to_writeup, save_meetup_writeup


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

    def review(self, document: Document) -> Review:
        """Raise Unreviewable."""
        review = review_of(document, self.split(document.text))
        self.point_out(review)
        return review

    def split(self, text: str) -> Splitting:
        return split_writeup(text)

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

    def review(self, document):
        splitting = self.split(document.text)
        review = review_of(document, splitting)
        if not splitting.first(Kind.TITLE):
            review.reports.append(
                "Nothing looks like a title: choose “Title of the write-up” for the line that is one."
            )
        review.reports += [fact.doubt for fact in splitting.facts if fact.doubt]
        mark_duplicates(review, find_book(Import(splitting)) if splitting.first(Kind.BOOK) else None)
        return review

    def check(self, review):
        texts = {piece.kind: piece.text for piece in reversed(review.pieces)}
        title, day = to_plain(texts.get(Kind.TITLE, "")), find_date(texts.get(Kind.POSTED_ON, ""))
        same = WriteUp.objects.filter(title=title, posted_on=day.value if day else None).first() if title else None
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

    def split(self, text):
        """Read a document that starts with this write-up's title as a whole write-up."""
        first = next((line for line in text.split("\n") if line.strip()), "")
        is_whole = to_plain(first).casefold() == to_plain(self.row.title).casefold()
        return split_writeup(text, Section.HEAD if is_whole else Section.PROSE)

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

    def split(self, text):
        return split_items(text, Kind.SESSION_NOTE)


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

    def split(self, text):
        return split_items(text, self.kind)

    def point_out(self, review):
        accept_unquoted(review)
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
