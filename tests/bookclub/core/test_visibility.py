"""Visibility of every publishable model, by person and by time."""

import datetime as dt

import pytest
import time_machine
from django.apps import apps
from django.db.models import OuterRef
from django.utils import timezone

from bookclub.core.visibility import Audience, PreviewReader, PublishableModel, is_member
from books.models import ITEMS, Book, Question, Quote
from meetups.models import Meetup, WriteUp
from newsletter.models import Issue
from tests.factories import (
    make_author,
    make_book,
    make_issue,
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
    """A member who is also an author."""
    member = make_member(**fields)
    return member, make_author(member=member)


def test_all_publishable_models_are_covered():
    models = {model for model in apps.get_models() if issubclass(model, PublishableModel)}

    assert models - {Issue} == {type(make()) for make in MAKERS}  # letters: tests/newsletter/test_rendering.py
    assert set(ITEMS) == {type(make()) for make in ITEM_MAKERS}


@every_model
def test_published_public_row_is_visible_to_everybody(make, visitor, bob, olga):
    row = make()

    assert [seen_by(user, row) for user in (visitor, bob, olga)] == [True, True, True]


@every_model
def test_draft_is_visible_to_organisers_only(make, visitor, bob, olga):
    row = make(published_at=None)

    assert [seen_by(user, row) for user in (visitor, bob, olga)] == [False, False, True]
    assert row.state == "draft"


@every_model
def test_members_row_is_visible_to_members_only(make, visitor, bob, olga):
    row = make(audience=Audience.MEMBERS)
    waits_for_a_yes = make_member(approved_at=None)

    assert [seen_by(user, row) for user in (visitor, waits_for_a_yes, bob, olga)] == [False, False, True, True]


@every_model
@pytest.mark.both_databases
def test_scheduled_row_becomes_visible_at_published_at(make, visitor, bob, olga):
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
def test_scheduled_members_row_stays_members_only(make, visitor, bob):
    row = make(published_at=timezone.now() - SECOND, audience=Audience.MEMBERS)

    assert [seen_by(user, row) for user in (visitor, bob)] == [False, True]


@every_model
def test_staff_without_permission_see_no_drafts(make):
    row = make(published_at=None)

    assert not seen_by(make_member(is_staff=True), row)
    assert seen_by(make_member(permissions=["bookclub.view_drafts"]), row)


@every_model
def test_inactive_organiser_sees_no_drafts(make):
    row = make(published_at=None)

    assert not seen_by(make_member(permissions=["bookclub.view_drafts"], is_active=False), row)


@every_model
def test_author_does_not_see_other_drafts(make):
    member, author = make_writer()
    make_writeup(author=author, book=make_book(), meetup=make_meetup())

    assert not seen_by(member, make(published_at=None))


def test_author_sees_own_draft_with_meetup_and_book():
    member, author = make_writer()
    meetup = make_meetup(published_at=None, book=make_book(published_at=None))
    writeup = make_writeup(author=author, meetup=meetup, published_at=None)

    assert [seen_by(member, row) for row in (writeup, meetup, meetup.book)] == [True, True, True]


@every_item
def test_author_sees_draft_items_of_own_books(make):
    member, author = make_writer()
    book = make_book(published_at=None)
    make_writeup(author=author, book=book, published_at=None)

    assert seen_by(member, make(book=book, published_at=None))


@every_model
def test_author_does_not_see_another_authors_draft(make):
    member, _author = make_writer()
    _other, colleague = make_writer()
    book = make_book(published_at=None)
    meetup = make_meetup(published_at=None, book=book)
    writeup = make_writeup(author=colleague, book=book, meetup=meetup, published_at=None)
    drafts = {make_book: lambda: book, make_meetup: lambda: meetup, make_writeup: lambda: writeup}

    row = drafts[make]() if make in drafts else make(book=book, published_at=None)

    assert not seen_by(member, row)
    assert seen_by(colleague.member, row)


@pytest.mark.both_databases
def test_author_sees_own_draft_without_duplicates():
    member, author = make_writer()
    book = make_book(published_at=None)
    for _ in range(3):
        make_writeup(author=author, book=book, meetup=make_meetup(book=book))

    assert list(Book.objects.visible_to(member)) == [book]
    assert Meetup.objects.visible_to(member).count() == 3


def test_author_without_account_is_not_every_visitor(visitor):
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
def test_item_is_hidden_with_its_book(make, book, seen, visitor, bob, olga):
    item = make(book=make_book(**book))

    assert [seen_by(user, item) for user in (visitor, bob, olga)] == seen


@every_model
def test_draft_has_no_published_at(make):
    draft = make(published_at=None)
    make()
    make(published_at=timezone.now() + dt.timedelta(days=1))

    assert list(type(draft).objects.drafts()) == [draft]


@pytest.mark.both_databases
def test_published_takes_a_time():
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
def test_select_visible_tells_whether_the_related_row_is_visible(book, seen, visitor, bob, olga):
    make_meetup(book=make_book(**book))

    meetups = [Meetup.objects.select_visible(user, "book").get() for user in (visitor, bob, olga)]

    assert [meetup.can_see_book for meetup in meetups] == seen
    assert [meetup.shown_book is not None for meetup in meetups] == seen


def test_select_visible_is_false_without_a_related_row(olga):
    make_meetup()
    make_writeup()

    meetup = Meetup.objects.select_visible(olga, "book", "writeup").get()
    writeup = WriteUp.objects.select_visible(olga, "book", "meetup").get()

    assert (meetup.can_see_book, meetup.can_see_writeup) == (False, False)
    assert (meetup.shown_book, meetup.shown_writeup) == (None, None)
    assert (writeup.shown_book, writeup.shown_meetup) == (None, None)


@pytest.mark.both_databases
@pytest.mark.parametrize(("published_at", "seen"), [(None, [False, True]), (NOON, [True, True])], ids=["draft", "past"])
def test_select_visible_follows_reverse_relations(published_at, seen, visitor, olga):
    make_writeup(meetup=make_meetup(), published_at=published_at)

    assert [Meetup.objects.select_visible(user, "writeup").get().can_see_writeup for user in (visitor, olga)] == seen


def test_select_visible_takes_one_query(visitor, django_assert_num_queries):
    for _ in range(3):
        meetup = make_meetup(book=make_book())
        make_writeup(meetup=meetup)

    with django_assert_num_queries(1):
        titles = [
            (meetup.shown_book.title, meetup.shown_writeup.title)
            for meetup in Meetup.objects.select_visible(visitor, "book", "writeup")
        ]

    assert len(titles) == 3


@pytest.mark.parametrize("name", ["shown_book", "shown_writeup"])
def test_shown_property_without_select_visible_fails(name):
    make_writeup(meetup=make_meetup(book=make_book()))

    with pytest.raises(AttributeError):
        getattr(Meetup.objects.get(), name)


@pytest.mark.both_databases
def test_count_subquery_counts_related_rows(visitor, olga):
    book, other = make_book(title="A"), make_book(title="B")
    for published_at in (NOON, NOON, None):
        make_quote(book=book, published_at=published_at)
    make_question(book=other, published_at=NOON)

    counts = {
        user: list(
            Book.objects.order_by("title").values_list(
                Quote.objects.visible_to(user).count_subquery(book=OuterRef("pk")),
                Question.objects.visible_to(user).count_subquery(book=OuterRef("pk")),
            )
        )
        for user in (visitor, olga)
    }

    assert counts == {visitor: [(2, 0), (0, 1)], olga: [(3, 0), (0, 1)]}


@pytest.mark.both_databases
def test_count_subquery_takes_more_than_one_condition(visitor):
    writeup = make_writeup(book=make_book(), published_at=NOON)
    make_quote(book=writeup.book, published_at=NOON)
    make_quote(book=writeup.book, published_at=NOON + SECOND)
    make_quote(published_at=NOON)

    [card] = WriteUp.objects.for_cards(visitor)

    assert (card.quote_count, card.question_count) == (1, 0)


def test_model_without_authors_is_in_no_owner_or_writeup_query():
    """Such as newsletter issues: drafts are only for organisers, and no preview shows them."""
    member, author = make_writer()
    writeup = make_writeup(author=author, published_at=None)
    draft = make_issue(number=None)
    rows = Issue.objects.all()

    assert draft in rows
    for nothing in (rows.owned_by_q(member), rows.owned_revisions_q(member), rows.published_with_q(writeup)):
        assert not rows.filter(nothing).exists()
    assert not rows.filter(rows.preview_q(writeup)).exists()
    assert not rows.visible_to(PreviewReader(writeup)).exists()


def test_preview_reader_sees_one_draft_and_rows_published_with_it():
    book, meetup = make_book(published_at=None), make_meetup(published_at=None)
    writeup = make_writeup(book=book, meetup=meetup, published_at=None)
    reader = PreviewReader(writeup)
    hidden = [
        make_writeup(published_at=None),
        make_book(published_at=None),
        make_quote(book=book, published_at=None, audience=Audience.MEMBERS),
        make_quote(book=book, published_at=timezone.now() + dt.timedelta(days=1)),
    ]

    assert str(reader) == "AnonymousUser"
    assert not is_member(reader)
    assert [seen_by(reader, row) for row in (writeup, book, meetup, make_quote(book=book))] == [True] * 4
    assert [seen_by(reader, row) for row in hidden] == [False] * 4


@pytest.mark.parametrize(
    ("published_at", "state"), [(None, "draft"), (NOON, "published"), (NOON + SECOND, "scheduled")]
)
def test_state_depends_on_published_at(published_at, state):
    with time_machine.travel(NOON, tick=False):
        row = WriteUp(published_at=published_at)

        assert (row.state, row.is_published) == (state, state == "published")


def test_author_sees_added_book_until_somebody_else_writes_about_it():
    member, _author = make_writer()
    added, other = make_book(published_at=None), make_book(published_at=None)
    added.history.update(history_user=member)
    item = make_quote(book=added, published_at=None)

    assert [seen_by(member, row) for row in (added, item, other)] == [True, True, False]
    make_writeup(book=added, published_at=None)
    assert [seen_by(member, row) for row in (added, item)] == [False, False]
