"""What can be found of books."""

from bookclub.search.entries import html_to_words
from bookclub.search.registry import Document, Searchable, Watched
from books.models import Book, Contribution, Contributor, Note, Question, Quote, Term

ITEM_FIELDS = ("book",)
ITEM_BOOK = Watched(Book, ("title", "slug"), via="book")


def write_book(book):
    isbn = f"ISBN {book.isbn}" if book.isbn else ""
    facts = [book.kind, book.publisher, str(book.first_published_year or ""), isbn]
    return Document(book.get_absolute_url(), book.full_title, ", ".join(filter(None, facts)))


def write_contribution(contribution):
    book = contribution.book
    source = f"{contribution.get_role_display()}: {book.title}"
    return Document(book.get_absolute_url(), contribution.contributor.name, source=source)


def write_item(item, title="", *texts):
    """Return the Document of an item, which leads to its anchor."""
    path = item.get_absolute_url()
    anchored = path if "#" in path else f"{path}#{item.anchor}"
    return Document(anchored, title, " ".join(filter(None, texts)), item.book.title)


def write_note(note):
    return write_item(note, note.heading, html_to_words(note.body_html))


def write_term(term):
    title = f"{term.headword}: {term.heading}" if term.headword else term.heading
    return write_item(term, title, html_to_words(term.definition_html), term.source)


def write_question(question):
    lead = f"{question.lead_word}:" if question.lead_word else ""
    return write_item(question, "", lead, html_to_words(question.text_html), question.source)


def write_quote(quote):
    return write_item(quote, "", html_to_words(quote.text_html), f"({quote.source})" if quote.source else "")


def make_item(model, fields, write):
    return Searchable(
        model,
        model._meta.model_name,
        ITEM_FIELDS + fields,
        rows=lambda: model.objects.select_related("book"),
        write=write,
        visible_to=lambda user: model.objects.visible_to(user),
        watched=(ITEM_BOOK,),
        book="book",
        day="published_at",
    )


SEARCHABLES = [
    Searchable(
        Book,
        "book",
        ("title", "subtitle", "slug", "kind", "publisher", "first_published_year", "isbn"),
        rows=Book.objects.all,
        write=write_book,
        visible_to=lambda user: Book.objects.visible_to(user),
        book="pk",
        day="published_at",
    ),
    Searchable(
        Contribution,
        "person",
        ("book", "contributor", "role"),
        rows=lambda: Contribution.objects.select_related("book", "contributor"),
        write=write_contribution,
        visible_to=lambda user: Contribution.objects.filter(book__in=Book.objects.visible_to(user)),
        watched=(ITEM_BOOK, Watched(Contributor, ("name",), via="contributor")),
        book="book",
        day="book__published_at",
    ),
    make_item(Note, ("heading", "body_html"), write_note),
    make_item(Term, ("heading", "headword", "definition_html", "source"), write_term),
    make_item(Question, ("text_html", "lead_word", "source"), write_question),
    make_item(Quote, ("text_html", "locator", "written_by"), write_quote),
]
