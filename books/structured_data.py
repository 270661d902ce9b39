"""Books and their items for search engines: see `bookclub.core.structured_data`."""

from django.urls import reverse

from bookclub.core.structured_data import build_absolute_url, describe_breadcrumbs, make_node
from bookclub.share_cards.registry import get_card_link
from books.models import Contribution

Role = Contribution.Role
# schema.org has no words for who introduces or reads a book.
PROPERTIES = {
    Role.AUTHOR: "author",
    Role.EDITOR: "editor",
    Role.TRANSLATOR: "translator",
    Role.ILLUSTRATOR: "illustrator",
    Role.INTRODUCTION: "contributor",
    Role.NARRATOR: "contributor",
}


def get_book_id(book):
    return f"{book.get_absolute_url()}#book"


def make_book_node(book):
    """Return a node for pages that only mention the book."""
    return make_node("Book", get_book_id(book), name=book.full_title)


def describe_book(book, contents, club):
    people, card = {}, get_card_link(book, club)
    for contribution in book.contributions.all():
        person = make_node("Person", name=contribution.contributor.name)
        people.setdefault(PROPERTIES[contribution.role], []).append(person)
    questions = [*contents.questions, *(question for term in contents.terms for question in term.shown_questions)]
    return make_node(
        "Book",
        get_book_id(book),
        name=book.title,
        alternativeHeadline=book.subtitle,
        url=build_absolute_url(book.get_absolute_url()),
        image=build_absolute_url(book.cover.fallback_url) if book.cover else card and card.url,
        isbn=book.isbn.replace("-", "").replace(" ", ""),
        datePublished=book.first_published_year and str(book.first_published_year),
        publisher=make_node("Organization", name=book.publisher) if book.publisher else None,
        **people,
        hasPart=[make_node("Quotation", get_quote_id(quote)) for quote in contents.quotes if quote.is_public],
        mentions=[make_node("DefinedTerm", get_item_id(term)) for term in contents.terms if term.is_public],
        subjectOf=[describe_question(each, club) for each in questions if each.is_public],
    )


def describe_question(question, club):
    return make_node("Question", get_item_id(question), image=get_card_link(question, club).url)


def get_quote_id(quote):
    return f"{quote.get_absolute_url()}#{quote.anchor}"


def get_item_id(item):
    return f"{item.book.get_absolute_url()}#{item.anchor}"


def describe_quote(quote, card):
    """Return the quotation by whoever wrote the chapter, else by the book's authors; its editors didn't write it."""
    return make_node(
        "Quotation",
        get_quote_id(quote),
        url=build_absolute_url(quote.get_absolute_url()),
        author=[make_node("Person", name=str(name)) for name in quote.writers],
        isPartOf=make_book_node(quote.book),
        image=card and card.url,
    )


def describe_quote_page(quote, card):
    book = quote.book
    trail = describe_breadcrumbs(("Books", reverse("books:list")), (book.title, book.get_absolute_url()), ("Quote", ""))
    return [describe_quote(quote, card), trail]


def describe_book_page(book, contents, club):
    trail = describe_breadcrumbs(("Books", reverse("books:list")), (book.title, ""))
    return [describe_book(book, contents, club), trail]
