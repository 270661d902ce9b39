"""Searchable models of books."""

from bookclub.search.entries import html_to_words
from bookclub.search.registry import Dependency, Document, Searchable
from books.models import Book, Contribution, Contributor, Note, Question, Quote, Term

ITEM_FIELDS = ("book",)
ITEM_BOOK = Dependency(Book, ("title", "slug"), via="book")


def build_book_document(book):
    isbn = f"ISBN {book.isbn}" if book.isbn else ""
    facts = [book.kind, book.publisher, str(book.first_published_year or ""), isbn]
    return Document(book.get_absolute_url(), book.full_title, ", ".join(filter(None, facts)))


def build_contribution_document(contribution):
    book = contribution.book
    source = f"{contribution.get_role_display()}: {book.title}"
    return Document(book.get_absolute_url(), contribution.contributor.name, source=source)


def build_item_document(item, title="", *texts):
    """Return the Document of an item, which leads to its anchor."""
    path = item.get_absolute_url()
    anchored = path if "#" in path else f"{path}#{item.anchor}"
    return Document(anchored, title, " ".join(filter(None, texts)), item.book.title)


def build_note_document(note):
    return build_item_document(note, note.heading, html_to_words(note.body_html))


def build_term_document(term):
    title = f"{term.headword}: {term.heading}" if term.headword else term.heading
    return build_item_document(term, title, html_to_words(term.definition_html), term.source)


def build_question_document(question):
    lead = f"{question.lead_word}:" if question.lead_word else ""
    return build_item_document(question, "", lead, html_to_words(question.text_html), question.source)


def build_quote_document(quote):
    return build_item_document(quote, "", html_to_words(quote.text_html), f"({quote.source})" if quote.source else "")


def build_item_searchable(model, fields, build_document):
    return Searchable(
        model,
        model._meta.model_name,
        ITEM_FIELDS + fields,
        rows=lambda: model.objects.select_related("book"),
        build_document=build_document,
        visible_to=model.objects.visible_to,
        dependencies=(ITEM_BOOK,),
        book="book",
        day="published_at",
    )


SEARCHABLES = [
    Searchable(
        Book,
        "book",
        ("title", "subtitle", "slug", "kind", "publisher", "first_published_year", "isbn"),
        rows=Book.objects.all,
        build_document=build_book_document,
        visible_to=Book.objects.visible_to,
        book="pk",
        day="published_at",
    ),
    Searchable(
        Contribution,
        "person",
        ("book", "contributor", "role"),
        rows=lambda: Contribution.objects.select_related("book", "contributor"),
        build_document=build_contribution_document,
        visible_to=lambda user: Contribution.objects.filter(book__in=Book.objects.visible_to(user)),
        dependencies=(ITEM_BOOK, Dependency(Contributor, ("name",), via="contributor")),
        book="book",
        day="book__published_at",
    ),
    build_item_searchable(Note, ("heading", "body_html"), build_note_document),
    build_item_searchable(Term, ("heading", "headword", "definition_html", "source"), build_term_document),
    build_item_searchable(Question, ("text_html", "lead_word", "source"), build_question_document),
    build_item_searchable(Quote, ("text_html", "locator", "written_by"), build_quote_document),
]
