"""The one gate, on every model that stands behind it."""

import datetime as dt

import pytest
import time_machine
from django.apps import apps
from django.db.models import OuterRef
from django.utils import timezone

from bookclub.publishing import Audience, Publishable
from books.models import ITEMS, Book, Question, Quote
from meetups.models import Meetup, WriteUp
from newsletter.models import Issue
from tests.factories import (
    make_author,
    make_book,
    make_meetup,
    make_member,
    make_note,
    make_question,
    make_quote,
    make_reading,
    make_term,
    make_writeup,
)

pytestmark = pytest.mark.django_db

MAKERS = [make_book, make_meetup, make_writeup, make_note, make_term, make_question, make_quote, make_reading]
ITEM_MAKERS = [make_note, make_term, make_question, make_quote, make_reading]
every_model = pytest.mark.parametrize("make", MAKERS)
every_item = pytest.mark.parametrize("make", ITEM_MAKERS)
NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def seen_by(user, row):
    return type(row).objects.visible_to(user).filter(pk=row.pk).exists()


def make_writer(**fields):
    """A member who is an author too."""
    member = make_member(**fields)
    return member, make_author(member=member)


def test_every_publishable_model_is_tried_here():
    models = {model for model in apps.get_models() if issubclass(model, Publishable)}

    assert models - {Issue} == {type(make()) for make in MAKERS}  # letters: tests/newsletter/test_letters.py
    assert set(ITEMS) == {type(make()) for make in ITEM_MAKERS}


@every_model
def test_what_is_published_for_everybody_is_seen_by_everybody(make, visitor, bob, olga):
    row = make()

    assert [seen_by(user, row) for user in (visitor, bob, olga)] == [True, True, True]


@every_model
def test_a_draft_is_seen_by_organisers_alone(make, visitor, bob, olga):
    row = make(published_at=None)

    assert [seen_by(user, row) for user in (visitor, bob, olga)] == [False, False, True]
    assert row.state == "draft"


@every_model
def test_what_is_for_members_is_seen_by_members_alone(make, visitor, bob, olga):
    row = make(audience=Audience.MEMBERS)
    waits_for_a_yes = make_member(approved_at=None)

    assert [seen_by(user, row) for user in (visitor, waits_for_a_yes, bob, olga)] == [False, False, True, True]


@every_model
def test_what_is_scheduled_appears_at_its_moment_and_not_a_second_before(make, visitor, bob, olga):
    with time_machine.travel(NOON - dt.timedelta(days=2), tick=False):
        book = {} if make in (make_book, make_meetup, make_writeup) else {"book": make_book()}
        row = make(published_at=NOON, **book)

    with time_machine.travel(NOON - SECOND, tick=False):
        assert [seen_by(user, row) for user in (visitor, bob, olga)] == [False, False, True]
        assert row.state == "scheduled"
        assert not type(row).objects.published().filter(pk=row.pk).exists()
    with time_machine.travel(NOON, tick=False):
        assert [seen_by(user, row) for user in (visitor, bob, olga)] == [True, True, True]
        assert row.state == "published"
        assert type(row).objects.published().filter(pk=row.pk).exists()
    with time_machine.travel(NOON + SECOND, tick=False):
        assert seen_by(visitor, row)


@every_model
def test_what_is_scheduled_for_members_stays_for_members_when_it_appears(make, visitor, bob):
    row = make(published_at=timezone.now() - SECOND, audience=Audience.MEMBERS)

    assert [seen_by(user, row) for user in (visitor, bob)] == [False, True]


@every_model
def test_who_may_open_the_admin_sees_no_drafts_without_the_permission(make):
    row = make(published_at=None)

    assert not seen_by(make_member(is_staff=True), row)
    assert seen_by(make_member(permissions=["bookclub.view_drafts"]), row)


@every_model
def test_an_organiser_whose_account_is_closed_sees_no_drafts(make):
    row = make(published_at=None)

    assert not seen_by(make_member(permissions=["bookclub.view_drafts"], is_active=False), row)


@every_model
def test_an_author_does_not_see_what_is_not_theirs(make):
    member, author = make_writer()
    make_writeup(author=author, book=make_book(), meetup=make_meetup())

    assert not seen_by(member, make(published_at=None))


def test_an_author_sees_their_own_draft_with_its_meetup_and_its_book():
    member, author = make_writer()
    meetup = make_meetup(published_at=None, book=make_book(published_at=None))
    writeup = make_writeup(author=author, meetup=meetup, published_at=None)

    assert [seen_by(member, row) for row in (writeup, meetup, meetup.book)] == [True, True, True]


@every_item
def test_an_author_sees_the_draft_items_of_their_own_books(make):
    member, author = make_writer()
    book = make_book(published_at=None)
    make_writeup(author=author, book=book, published_at=None)

    assert seen_by(member, make(book=book, published_at=None))


@every_model
def test_an_author_does_not_see_what_is_another_authors(make):
    member, _author = make_writer()
    _other, colleague = make_writer()
    book = make_book(published_at=None)
    meetup = make_meetup(published_at=None, book=book)
    writeup = make_writeup(author=colleague, book=book, meetup=meetup, published_at=None)
    drafts = {make_book: lambda: book, make_meetup: lambda: meetup, make_writeup: lambda: writeup}

    row = drafts[make]() if make in drafts else make(book=book, published_at=None)

    assert not seen_by(member, row)
    assert seen_by(colleague.member, row)


def test_an_author_sees_their_own_draft_once_whatever_they_have_written():
    member, author = make_writer()
    book = make_book(published_at=None)
    for _ in range(3):
        make_writeup(author=author, book=book, meetup=make_meetup(book=book))

    assert list(Book.objects.visible_to(member)) == [book]
    assert Meetup.objects.visible_to(member).count() == 3


def test_an_author_without_an_account_is_not_everybody_without_one(visitor):
    writeup = make_writeup(author=make_author(member=None), published_at=None)

    assert not seen_by(visitor, writeup)


@every_item
@pytest.mark.parametrize(
    ("book", "seen"),
    [
        ({"published_at": None}, [False, False, True]),
        ({"published_at": NOON + dt.timedelta(days=99_999)}, [False, False, True]),
        ({"audience": Audience.MEMBERS}, [False, True, True]),
    ],
    ids=["draft", "scheduled", "members"],
)
def test_an_item_is_seen_by_none_who_may_not_see_its_book(make, book, seen, visitor, bob, olga):
    item = make(book=make_book(**book))

    assert [seen_by(user, item) for user in (visitor, bob, olga)] == seen


@every_model
def test_only_what_never_had_a_moment_is_unstamped(make):
    draft = make(published_at=None)
    make()
    make(published_at=timezone.now() + dt.timedelta(days=1))

    assert list(type(draft).objects.unstamped()) == [draft]


def test_published_takes_the_moment_as_an_argument():
    writeup = make_writeup(published_at=NOON)

    assert list(WriteUp.objects.published(NOON - SECOND)) == []
    assert list(WriteUp.objects.published(NOON)) == [writeup]


@pytest.mark.parametrize(
    ("book", "seen"),
    [
        ({}, [True, True, True]),
        ({"published_at": None}, [False, False, True]),
        ({"audience": Audience.MEMBERS}, [False, True, True]),
    ],
    ids=["public", "draft", "members"],
)
def test_seeing_says_who_may_see_the_row_at_the_other_end(book, seen, visitor, bob, olga):
    make_meetup(book=make_book(**book))

    meetups = [Meetup.objects.seeing(user, "book").get() for user in (visitor, bob, olga)]

    assert [meetup.sees_book for meetup in meetups] == seen
    assert [meetup.shown_book is not None for meetup in meetups] == seen


def test_seeing_says_no_where_there_is_nothing(olga):
    make_meetup()
    make_writeup()

    meetup = Meetup.objects.seeing(olga, "book", "writeup").get()
    writeup = WriteUp.objects.seeing(olga, "book", "meetup").get()

    assert (meetup.sees_book, meetup.sees_writeup) == (False, False)
    assert (meetup.shown_book, meetup.shown_writeup) == (None, None)
    assert (writeup.shown_book, writeup.shown_meetup) == (None, None)


@pytest.mark.parametrize(("published_at", "seen"), [(None, [False, True]), (NOON, [True, True])], ids=["draft", "past"])
def test_seeing_looks_through_a_relation_from_the_other_side_too(published_at, seen, visitor, olga):
    make_writeup(meetup=make_meetup(), published_at=published_at)

    assert [Meetup.objects.seeing(user, "writeup").get().sees_writeup for user in (visitor, olga)] == seen


def test_seeing_takes_one_query_with_the_rows_it_speaks_of(visitor, django_assert_num_queries):
    for _ in range(3):
        meetup = make_meetup(book=make_book())
        make_writeup(meetup=meetup)

    with django_assert_num_queries(1):
        titles = [
            (meetup.shown_book.title, meetup.shown_writeup.title)
            for meetup in Meetup.objects.seeing(visitor, "book", "writeup")
        ]

    assert len(titles) == 3


@pytest.mark.parametrize("name", ["shown_book", "shown_writeup"])
def test_a_relation_that_nobody_asked_about_is_not_shown(name):
    make_writeup(meetup=make_meetup(book=make_book()))

    with pytest.raises(AttributeError):
        getattr(Meetup.objects.get(), name)


def test_count_where_counts_what_the_other_query_points_at(visitor, olga):
    book, other = make_book(title="A"), make_book(title="B")
    for published_at in (NOON, NOON, None):
        make_quote(book=book, published_at=published_at)
    make_question(book=other, published_at=NOON)

    counts = {
        user: list(
            Book.objects.order_by("title").values_list(
                Quote.objects.visible_to(user).count_where(book=OuterRef("pk")),
                Question.objects.visible_to(user).count_where(book=OuterRef("pk")),
            )
        )
        for user in (visitor, olga)
    }

    assert counts == {visitor: [(2, 0), (0, 1)], olga: [(3, 0), (0, 1)]}


def test_count_where_takes_more_than_one_condition(visitor):
    writeup = make_writeup(book=make_book(), published_at=NOON)
    make_quote(book=writeup.book, published_at=NOON)
    make_quote(book=writeup.book, published_at=NOON + SECOND)
    make_quote(published_at=NOON)

    [card] = WriteUp.objects.for_cards(visitor)

    assert (card.quote_count, card.question_count) == (1, 0)
