import pytest
from django.core.exceptions import ValidationError

from books.models import Book
from tests.factories import make_book

NOTATIONS = [
    "9781138844230",
    "978-1-138-84423-0",
    "978‑1‑138‑84423‑0",
    " 978 1 138 84423 0 ",
    "1138844233",
    "1-138-84423-3",
]


@pytest.mark.parametrize(
    "typed", [*NOTATIONS, "ISBN 978-1-138-84423-0", "ISBN-13: 9781138844230", "isbn-10 1138844233"]
)
def test_isbn_is_stored_as_13_digits(db, typed):
    book = Book(title="A", slug="a", isbn=typed)

    book.full_clean()
    book.save()

    assert Book.objects.values_list("isbn", flat=True).get() == "9781138844230"


def test_isbn_is_normalized_on_save_and_in_queries(db):
    book = make_book(isbn="0-8044-2957-X")

    assert Book.objects.values_list("isbn", flat=True).get() == "9780804429573"
    assert Book.objects.get(isbn="080442957x") == book


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("978-1-138-84423-1", "One of these figures is wrong: they don't add up. Compare them with the book's back."),
        ("1138844234", "One of these figures is wrong: they don't add up. Compare them with the book's back."),
        ("97811388442", "An ISBN has 13 figures, or 10 on an older book. Count them again."),
        ("5901234123457", "The ISBN of a book begins with 978 or 979. Take the figures beside the word ISBN."),
        ("ask Michele", "An ISBN is made of figures alone, with hyphens or spaces between. Take out the rest."),
    ],
)
def test_invalid_isbn_gets_specific_error(typed, message):
    with pytest.raises(ValidationError) as error_info:
        Book(title="A", slug="a", isbn=typed).clean_fields()

    assert error_info.value.message_dict == {"isbn": [message]}


def test_blank_isbn_may_repeat(db):
    make_book(isbn="")
    make_book(isbn="")

    assert Book.objects.filter(isbn="").count() == 2
