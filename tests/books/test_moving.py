import pytest
from django.core.exceptions import ValidationError

from books.models import Book, Question, Quote, Term
from books.moving import GONE, NEEDS_PUBLISHING, move_items, preview_move
from tests.factories import make_book, make_question, make_quote, make_term


@pytest.fixture
def old(db):
    return make_book(title="The Lamp")


@pytest.fixture
def new(db):
    return make_book(title="The Wick")


def test_move_items_puts_them_behind_the_books_own_in_their_order(old, new):
    make_quote(book=new, text="Own", position=4)
    for position, text in enumerate(["One", "Two", "Three"], 1):
        make_quote(book=old, text=text, position=position)

    number = move_items(Quote.objects.filter(text__in=["Three", "One"]), new)

    assert number == 2
    assert list(new.quotes.values_list("text", "position")) == [("Own", 4), ("One", 5), ("Three", 6)]
    assert list(old.quotes.values_list("text", flat=True)) == ["Two"]


def test_move_items_takes_questions_with_their_term(old, new):
    term = make_term(book=old)
    question = make_question(book=old, term=term)

    move_items(Term.objects.all(), new)

    question.refresh_from_db()
    assert (question.book, question.term) == (new, term)


def test_move_items_parts_a_question_from_a_term_that_stays(old, new):
    question = make_question(book=old, term=make_term(book=old))

    preview = preview_move(Question.objects.all(), new)
    move_items(Question.objects.all(), new)

    question.refresh_from_db()
    assert (preview.without_term, question.book, question.term) == (1, new, None)


def test_move_items_keeps_what_was_for_members_for_members(old, new):
    Book.objects.filter(pk=old.pk).update(audience="members")
    quote = make_quote(book=old, audience="public")

    preview = preview_move(Quote.objects.all(), new)
    move_items(Quote.objects.all(), new)

    quote.refresh_from_db()
    assert (quote.audience, preview.appearing) == ("members", 0)


def test_preview_move_counts_what_appears_and_vanishes(old, new):
    draft = make_book(title="A draft", published_at=None)
    make_quote(book=draft)
    make_quote(book=old)
    make_quote(book=old, published_at=None)

    into_public, into_draft = (preview_move(Quote.objects.all(), book) for book in (new, draft))

    assert (into_public.appearing, into_public.vanishing) == (1, 0)
    assert (into_draft.appearing, into_draft.vanishing) == (0, 1)


def test_move_items_to_a_deleted_book_moves_nothing(old, new):
    quote = make_quote(book=old)
    Book.objects.filter(pk=new.pk).delete()

    with pytest.raises(ValidationError, match=GONE):
        move_items(Quote.objects.all(), new)

    quote.refresh_from_db()
    assert quote.book == old


def test_move_items_refuses_to_hide_an_item_without_the_permission_to_publish(old, new):
    Book.objects.filter(pk=new.pk).update(published_at=None)
    quote = make_quote(book=old)

    with pytest.raises(ValidationError) as error:
        move_items(Quote.objects.all(), new, may_publish=False)

    quote.refresh_from_db()
    assert error.value.messages == [NEEDS_PUBLISHING]
    assert quote.book == old
