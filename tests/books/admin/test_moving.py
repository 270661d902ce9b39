"""The action of a list of items that moves them to another book."""

import pytest
from django.urls import reverse

from tests.factories import make_book, make_quote, make_writeup
from tests.pages import soup_of, text_of, texts

LIST = "admin:books_quote_changelist"


@pytest.fixture
def quotes(db):
    return [make_quote(text=f"Words {number}", position=number) for number in (1, 2)]


def choose(client, quotes, **more):
    data = {"action": "move_to_book", "_selected_action": [quote.pk for quote in quotes], "index": "0"}
    return client.post(reverse(LIST), data | more)


def confirm(client, page):
    """Send the form of the page as a browser does."""
    form = soup_of(page).select_one("form.confirm")
    data = {}
    for field in form.select("input[name]"):
        data.setdefault(field["name"], []).append(field["value"])
    return client.post(form["action"], data, follow=True)


def test_quotes_are_moved_once_the_book_is_chosen_and_confirmed(organiser_client, quotes):
    book = make_book(title="The Wick")

    first = soup_of(choose(organiser_client, quotes))
    asked = organiser_client.post(
        reverse(LIST), {"action": "move_to_book", "_selected_action": [q.pk for q in quotes], "book": book.pk}
    )
    before = [quote.book for quote in quotes]
    done = confirm(organiser_client, asked)

    assert first.select_one("[name=book]")
    assert [quote.book for quote in quotes] == before
    assert text_of(soup_of(asked).select_one("h1")) == "Move to “The Wick”"
    assert texts(soup_of(done), ".messagelist li") == [
        "2 quotes moved to “The Wick”. The history of each can bring it back."
    ]
    assert list(book.quotes.values_list("text", flat=True)) == ["Words 1", "Words 2"]


def test_moved_quote_goes_back_by_its_history(organiser_client, quotes):
    quote, old, new = quotes[0], quotes[0].book, make_book()
    asked = organiser_client.post(
        reverse(LIST), {"action": "move_to_book", "_selected_action": [quote.pk], "book": new.pk}
    )
    confirm(organiser_client, asked)
    first = quote.history.last()

    organiser_client.post(reverse("admin:books_quote_restore", args=[quote.pk, "quote", first.pk]))

    quote.refresh_from_db()
    assert (first.book, quote.book) == (old, old)


def test_author_moves_own_quotes_to_own_books_only(author_client, ann, quotes):
    own, other_own = (make_writeup(author=ann.author, book=make_book(), published_at=None).book for _ in range(2))
    quote, strange = make_quote(book=own, published_at=None), quotes[0]

    for book in (other_own, strange.book):
        asked = author_client.post(
            reverse(LIST),
            {"action": "move_to_book", "_selected_action": [quote.pk, strange.pk], "book": book.pk, "confirmed": "yes"},
        )
    quote.refresh_from_db()
    strange.refresh_from_db()

    assert quote.book == other_own
    assert strange.book != other_own
    assert texts(soup_of(asked), ".errorlist li") != []
