import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from books.models import ITEMS, Book, Contribution, Contributor, Question, Quote, Reading, Term
from tests.factories import (
    make_book,
    make_contribution,
    make_contributor,
    make_meetup,
    make_note,
    make_question,
    make_quote,
    make_reading,
    make_term,
    make_writeup,
)

pytestmark = pytest.mark.django_db

ITEM_MAKERS = [make_note, make_term, make_question, make_quote, make_reading]
Role = Contribution.Role


@pytest.mark.parametrize(
    ("title", "subtitle", "full_title"),
    [
        ("Smart Urbanism", "", "Smart Urbanism"),
        ("Smart Urbanism", "Utopian Vision or False Dawn?", "Smart Urbanism: Utopian Vision or False Dawn?"),
        ("Who Owns the City?", "An Enquiry", "Who Owns the City? An Enquiry"),
        ("Look!", "A Book", "Look! A Book"),
        ("Walden:", "A Life", "Walden: A Life"),
        ("Frankenstein;", "or, The Modern Prometheus", "Frankenstein; or, The Modern Prometheus"),
        ("Frankenstein", "or, The Modern Prometheus", "Frankenstein; or, The Modern Prometheus"),
        ("Emma", "Oratory and Orchards", "Emma: Oratory and Orchards"),
    ],
)
def test_full_title_joins_title_and_subtitle(title, subtitle, full_title):
    assert Book(title=title, subtitle=subtitle).full_title == full_title


def test_credits_are_grouped_by_role_in_order():
    book = make_book()
    for position, (name, role) in enumerate(
        [
            ("Simon Marvin", Role.EDITOR),
            ("Andrés Luque-Ayala", Role.EDITOR),
            ("Ada Lovelace", Role.TRANSLATOR),
            ("Colin McFarlane", Role.EDITOR),
        ]
    ):
        make_contribution(book=book, contributor=make_contributor(name=name), role=role, position=position)

    credits_ = [(line, [str(person) for person in people]) for line, people in book.credits]

    assert credits_ == [
        ("Edited by", ["Simon Marvin", "Andrés Luque-Ayala", "Colin McFarlane"]),
        ("Translated by", ["Ada Lovelace"]),
    ]
    assert (book.lead_credit[0], book.authors) == ("edited by", [])


def test_credits_are_ordered_by_position_not_creation():
    book = make_book()
    second = make_contribution(book=book, position=2)
    first = make_contribution(book=book, position=1)

    assert book.credits == [("By", [first.contributor, second.contributor])]


def test_book_without_contributions_has_no_credits():
    assert make_book().credits == []
    assert (make_book().lead_credit, make_book().authors) == (None, [])


def test_for_cards_loads_credits_in_two_queries(django_assert_num_queries):
    for _ in range(3):
        make_contribution()

    with django_assert_num_queries(2):
        credits_ = [str(book.credits[0][1][0]) for book in Book.objects.for_cards()]

    assert len(credits_) == 3


def test_contribution_is_unique_per_person_and_role():
    contribution = make_contribution(role=Role.AUTHOR)
    same_person = {"book": contribution.book, "contributor": contribution.contributor}
    make_contribution(role=Role.ILLUSTRATOR, **same_person)

    with pytest.raises(ValidationError, match="This person is named in this role already"):
        Contribution(role=Role.AUTHOR, **same_person).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_contribution(role=Role.AUTHOR, **same_person)


@pytest.mark.both_databases
def test_contributor_with_contribution_is_protected():
    contribution = make_contribution()

    with pytest.raises(ProtectedError):
        contribution.contributor.delete()
    contribution.book.delete()

    assert Contributor.objects.count() == 1
    assert not Contribution.objects.exists()


@pytest.mark.both_databases
def test_isbn_is_unique_unless_blank():
    make_book(isbn="9781138844223")
    make_book(isbn="")
    make_book(isbn="")

    with pytest.raises(ValidationError, match="A book with this ISBN is here already"):
        Book(title="A", slug="a", isbn="9781138844223").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_book(isbn="9781138844223")


@pytest.mark.both_databases
def test_book_slug_is_unique():
    make_book(title="Poems", slug="poems")

    with pytest.raises(ValidationError) as error_info:
        Book(title="Poems", slug="poems").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_book(title="Poems", slug="poems")
    assert list(error_info.value.message_dict) == ["slug"]


@pytest.mark.parametrize("make", ITEM_MAKERS)
def test_item_keeps_anchor_when_position_changes(make):
    item = make(position=1)
    anchor = item.anchor

    item.position = 99
    item.save()

    assert type(item).objects.get().anchor == anchor == f"{item._meta.model_name}-{item.pk}"
    if not isinstance(item, Quote):
        assert item.get_absolute_url() == f"/books/{item.book.slug}/#{anchor}"


def test_quote_absolute_url():
    quote = make_quote()

    assert quote.get_absolute_url() == f"/quotes/{quote.pk}/"


@pytest.mark.both_databases
@pytest.mark.parametrize("make", ITEM_MAKERS)
def test_items_are_ordered_by_position_then_creation(make):
    book = make_book()
    last, first, second = make(book=book, position=2), make(book=book, position=1), make(book=book, position=1)

    assert list(type(last).objects.all()) == [first, second, last]


@pytest.mark.parametrize("make", ITEM_MAKERS)
def test_deleting_book_deletes_items(make):
    item = make()

    item.book.delete()

    assert not type(item).objects.exists()


def test_book_with_meetup_or_writeup_is_protected():
    for make in (make_meetup, make_writeup):
        with pytest.raises(ProtectedError):
            make(book=make_book()).book.delete()


def test_deleting_term_keeps_its_question():
    question = make_question(term=make_term())
    assert question.book == question.term.book

    question.term.delete()

    assert Question.objects.get().term is None


@pytest.mark.both_databases
@pytest.mark.parametrize(("length", "is_short"), [(1, True), (109, True), (110, False), (500, False)])
def test_quote_is_short_below_110_characters(length, is_short):
    assert Quote(text="é" * length).is_short is is_short


def test_of_the_day_rotates_short_quotes(django_assert_num_queries):
    first, second = make_quote(text="One"), make_quote(text="Two")
    make_quote(text="x" * 110)
    days = [dt.date(2026, 3, day) for day in (30, 31)] + [dt.date(2026, 4, day) for day in (1, 2)]

    with django_assert_num_queries(8):
        chosen = [Quote.objects.of_the_day(day) for day in days]

    assert {*chosen} == {first, second}
    assert chosen[:2] == chosen[2:]
    assert chosen[0] != chosen[1]


def test_of_the_day_is_none_without_short_quote():
    make_quote(text="x" * 110)

    assert Quote.objects.of_the_day() is None


@pytest.mark.parametrize(
    ("written_by", "locator", "source"),
    [("", "", ""), ("", "p. 12", "p. 12"), ("Jane Roe", "", "Jane Roe"), ("Jane Roe", "p. 12", "Jane Roe, p. 12")],
)
def test_quote_source_joins_writer_and_locator(written_by, locator, source):
    assert Quote(written_by=written_by, locator=locator).source == source


@pytest.mark.both_databases
def test_reading_requires_book_or_title():
    make_reading(known_book=make_book())
    make_reading(title="An essay")

    with pytest.raises(ValidationError, match="Choose a book, or write a title"):
        Reading(book=make_book()).full_clean()
    with pytest.raises(IntegrityError, match="reading_names_a_book_or_a_title"), transaction.atomic():
        make_reading(title="")


def test_recommended_book_is_protected():
    reading = make_reading(known_book=make_book())

    with pytest.raises(ProtectedError):
        reading.known_book.delete()


def test_reading_shown_book_respects_visibility(visitor, olga):
    make_reading(known_book=make_book(published_at=None))
    make_reading(title="An essay")

    shown = [
        [reading.shown_book for reading in Reading.objects.select_visible(user, "known_book")]
        for user in (visitor, olga)
    ]

    assert shown[0] == [None, None]
    assert [book and book.published_at for book in shown[1]] == [None, None]
    assert shown[1][0] is not None


@pytest.mark.both_databases
def test_with_counts_counts_visible_items(visitor, olga):
    book = make_book()
    make_quote(book=book)
    make_quote(book=book, published_at=None)
    make_question(book=book)

    counts = [
        (book.question_count, book.quote_count)
        for book in (Book.objects.with_counts(user).get() for user in (visitor, olga))
    ]

    assert counts == [(1, 1), (1, 2)]


@pytest.mark.both_databases
def test_with_quotes_returns_books_with_visible_quotes(visitor, olga):
    shown, hidden, _none = make_book(title="A"), make_book(title="B"), make_book(title="C")
    make_quote(book=shown)
    make_quote(book=shown)
    make_quote(book=hidden, published_at=None)

    assert list(Book.objects.with_quotes(visitor)) == [shown]
    assert list(Book.objects.with_quotes(olga)) == [shown, hidden]


def test_item_str_is_its_own_text():
    items = [
        make_note(heading="Some points"),
        make_term(heading="What is it?"),
        make_question(text="Whose city?"),
        make_quote(text="Ours"),
        make_reading(title="An essay"),
    ]

    assert [str(item) for item in items] == ["Some points", "What is it?", "Whose city?", "Ours", "An essay"]
    assert {type(item) for item in items} == set(ITEMS)
    assert Term.objects.get().headword == ""
