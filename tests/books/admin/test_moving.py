"""The action of a list of items that moves them to another book."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from books.moving import NEEDS_PUBLISHING
from tests.factories import make_book, make_question, make_quote, make_term, make_writeup
from tests.pages import read_form, read_page, soup_of, text_of, texts

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


# --- somebody who may not publish keeps what readers see


@pytest.fixture
def own_books(ann):
    """{name: a book of Ann's}: two published ones, one of them for members, and a draft."""
    published = {"published_at": timezone.now() - dt.timedelta(days=2)}
    books = {
        "public": make_book(**published),
        "other public": make_book(**published),
        "members": make_book(audience="members", **published),
        "draft": make_book(published_at=None),
    }
    for book in books.values():
        make_writeup(author=ann.author, book=book, published_at=None)
    return books


def move_by_action(client, quote, book):
    data = {"action": "move_to_book", "_selected_action": [quote.pk], "book": book.pk, "confirmed": "yes"}
    return client.post(reverse(LIST), data, follow=True)


def move_by_form(client, quote, book):
    address = reverse("admin:books_quote_change", args=[quote.pk])
    return client.post(address, read_form(read_page(client.get(address))) | {"book": book.pk}, follow=True)


MOVES = [
    ("public", "draft", True, False),
    ("draft", "public", True, False),
    ("public", "members", True, False),
    ("public", "other public", True, True),
    ("members", "public", True, True),  # the quote stays for members
    ("public", "draft", False, True),  # a quote that is a draft
]


@pytest.mark.parametrize("move", [move_by_action, move_by_form])
@pytest.mark.parametrize(("start", "end", "is_published", "is_moved"), MOVES)
def test_author_moves_a_quote_where_readers_see_the_same(
    author_client, own_books, move, start, end, is_published, is_moved
):
    quote = make_quote(book=own_books[start], published_at=timezone.now() if is_published else None)

    answer = move(author_client, quote, own_books[end])

    quote.refresh_from_db()
    assert quote.book == own_books[end if is_moved else start]
    assert (NEEDS_PUBLISHING in text_of(soup_of(answer))) is not is_moved
    assert quote.audience == ("members" if start == "members" else "public")


@pytest.mark.parametrize("move", [move_by_action, move_by_form])
def test_organiser_may_hide_a_quote_by_moving_it(organiser_client, own_books, move):
    quote = make_quote(book=own_books["public"])

    move(organiser_client, quote, own_books["draft"])

    quote.refresh_from_db()
    assert quote.book == own_books["draft"]


def test_author_brings_no_quote_back_to_a_draft_book(author_client, own_books):
    quote = make_quote(book=own_books["draft"])
    first = quote.history.last()
    quote.book = own_books["public"]
    quote.save()

    address = reverse("admin:books_quote_restore", args=[quote.pk, "quote", first.pk])
    answer = author_client.post(address, follow=True)

    quote.refresh_from_db()
    assert quote.book == own_books["public"]
    assert NEEDS_PUBLISHING in text_of(soup_of(answer))


def test_term_is_kept_where_a_question_about_it_would_be_hidden(author_client, own_books):
    term = make_term(book=own_books["public"], published_at=None)
    make_question(book=own_books["public"], term=term)

    data = {"action": "move_to_book", "_selected_action": [term.pk], "book": own_books["draft"].pk, "confirmed": "yes"}
    author_client.post(reverse("admin:books_term_changelist"), data)

    term.refresh_from_db()
    assert term.book == own_books["public"]
