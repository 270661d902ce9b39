import datetime as dt
import zoneinfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from books.models import ITEMS, Book, Quote
from meetups.models import Meetup, Photo, SessionNote, WriteUp
from tests.factories import (
    make_author,
    make_book,
    make_club,
    make_contribution,
    make_meetup,
    make_note,
    make_photo,
    make_question,
    make_quote,
    make_reading,
    make_session_note,
    make_term,
    make_writeup,
)

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 4, 9, 30, tzinfo=dt.UTC)
EARLIER, LATER, MUCH_LATER = (NOW + dt.timedelta(days=days) for days in (-30, 30, 60))
MAKE_ITEM = [make_note, make_term, make_question, make_quote, make_reading]
DRAFT = {"published_at": None}


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def draft():
    """A write-up with its meetup, its book and one of each kind of item, as the importer leaves them."""
    book = make_book(**DRAFT)
    for make in MAKE_ITEM:
        make(book=book, **DRAFT)
    return make_writeup(book=book, meetup=make_meetup(book=book, **DRAFT), **DRAFT)


def moments(writeup):
    """Return the times of publication of the write-up, its meetup, its book and the book's items, as a set."""
    rows = [WriteUp.objects.get(pk=writeup.pk)]
    if writeup.meetup_id:
        rows.append(Meetup.objects.get(pk=writeup.meetup_id))
    if writeup.book_id:
        rows.append(Book.objects.get(pk=writeup.book_id))
        rows += [row for model in ITEMS for row in model.objects.filter(book=writeup.book_id)]
    return {row.published_at for row in rows}


def published_at(row):
    return type(row).objects.get(pk=row.pk).published_at


def test_draft_writeup_publishes_nothing(draft, visitor):
    assert moments(draft) == {None}
    assert not WriteUp.objects.visible_to(visitor).exists()
    assert not any(model.objects.visible_to(visitor).exists() for model in (Book, Meetup, *ITEMS))


def test_publish_stamps_meetup_book_and_items(draft, visitor):
    draft.publish()

    assert moments(draft) == {NOW}
    assert draft.published_at == NOW
    assert all(model.objects.visible_to(visitor).count() == 1 for model in (WriteUp, Book, Meetup, *ITEMS))


def test_publish_at_future_moment_schedules_all(draft, visitor, now):
    draft.publish(LATER)

    assert moments(draft) == {LATER}
    assert not WriteUp.objects.visible_to(visitor).exists()
    now.move_to(LATER)
    assert WriteUp.objects.visible_to(visitor).get() == draft


def test_publish_at_past_moment_backdates(draft):
    draft.publish(EARLIER)

    assert moments(draft) == {EARLIER}


def test_publish_again_changes_nothing(draft, now):
    draft.publish()
    now.move_to(LATER)
    added = make_quote(book=draft.book, **DRAFT)

    draft.publish()

    assert published_at(draft) == NOW
    assert published_at(added) is None


def test_publish_again_ignores_stale_instance(draft, now):
    copy = WriteUp.objects.get(pk=draft.pk)
    draft.publish()
    now.move_to(LATER)

    copy.publish()

    assert moments(draft) == {NOW}
    assert copy.published_at == NOW


def test_publish_scheduled_brings_it_forward(draft):
    draft.publish(LATER)

    draft.publish()

    assert moments(draft) == {NOW}


def test_publish_at_another_moment_moves_all(draft):
    draft.publish()

    draft.publish(MUCH_LATER)

    assert moments(draft) == {MUCH_LATER}


def test_publish_leaves_items_with_another_moment(draft):
    before = make_quote(book=draft.book, published_at=EARLIER)
    ahead = make_quote(book=draft.book, published_at=LATER)

    draft.publish()
    draft.publish(MUCH_LATER)

    assert (published_at(before), published_at(ahead)) == (EARLIER, LATER)


def test_publish_leaves_other_books_and_meetups(draft):
    others = [make_book(**DRAFT), make_meetup(book=draft.book, **DRAFT), make_quote(**DRAFT), make_writeup(**DRAFT)]

    draft.publish()

    assert [published_at(row) for row in others] == [None] * 4


def test_publish_writes_no_other_fields(draft):
    WriteUp.objects.filter(pk=draft.pk).update(title="Changed meanwhile")

    draft.publish()

    assert WriteUp.objects.get(pk=draft.pk).title == "Changed meanwhile"


def test_publish_and_unpublish_article_alone():
    article = make_writeup(**DRAFT)

    article.publish()
    assert moments(article) == {NOW}
    article.unpublish()

    assert moments(article) == {None}


def test_unpublish_hides_all_published_with_it(draft, visitor):
    draft.publish()

    draft.unpublish()

    assert moments(draft) == {None}
    assert draft.published_at is None
    assert not any(model.objects.visible_to(visitor).exists() for model in (WriteUp, Book, Meetup, *ITEMS))


def test_unpublish_leaves_items_with_another_moment(draft, now):
    before = make_quote(book=draft.book, published_at=EARLIER)
    draft.publish()
    now.move_to(LATER)
    after = make_quote(book=draft.book, published_at=LATER)

    draft.unpublish()

    assert (published_at(before), published_at(after)) == (EARLIER, LATER)


def test_unpublish_leaves_meetup_announced_before(draft):
    Meetup.objects.filter(pk=draft.meetup_id).update(published_at=EARLIER)
    Book.objects.filter(pk=draft.book_id).update(published_at=EARLIER)
    draft.publish()

    draft.unpublish()

    assert published_at(draft) is None
    assert (published_at(draft.meetup), published_at(draft.book)) == (EARLIER, EARLIER)


def test_unpublish_is_idempotent(draft):
    draft.publish()

    draft.unpublish()
    draft.unpublish()

    assert moments(draft) == {None}


def test_unpublish_draft_hides_nothing_else(draft):
    other = make_quote(book=draft.book, published_at=EARLIER)

    draft.unpublish()

    assert published_at(other) == EARLIER


def test_unpublish_draft_publishes_nothing(draft):
    make_writeup(book=draft.book, published_at=EARLIER)

    draft.unpublish()

    assert published_at(draft.book) is None


def test_publish_after_unpublish_stamps_all_again(draft, now):
    draft.publish()
    draft.unpublish()
    now.move_to(LATER)

    draft.publish()

    assert moments(draft) == {LATER}


def test_unpublish_keeps_book_of_another_writeup(draft, now, visitor):
    draft.publish()
    now.move_to(LATER)
    second = make_writeup(book=draft.book, meetup=make_meetup(book=draft.book, **DRAFT), **DRAFT)
    added = make_quote(book=draft.book, **DRAFT)
    second.publish()

    draft.unpublish()

    assert published_at(draft.book) == LATER
    assert list(Quote.objects.visible_to(visitor)) == [added]


def test_unpublish_hides_book_until_scheduled_writeup(draft, visitor):
    make_writeup(book=draft.book, published_at=LATER)
    draft.publish()

    draft.unpublish()

    assert published_at(draft.book) == LATER
    assert not Book.objects.visible_to(visitor).exists()


def test_two_writeups_of_one_book_publish_their_own_items(draft, now):
    draft.publish()
    now.move_to(LATER)
    second = make_writeup(book=draft.book, meetup=make_meetup(book=draft.book, **DRAFT), **DRAFT)
    first_quote, second_quote = Quote.objects.get(), make_quote(book=draft.book, **DRAFT)

    second.publish()

    quotes = Quote.objects.all()
    assert list(quotes.there_when(draft)) == [first_quote]
    assert list(quotes.there_when(second)) == [first_quote, second_quote]
    assert published_at(second.meetup) == LATER


def test_unpublish_second_writeup_leaves_first(draft, now):
    draft.publish()
    now.move_to(LATER)
    second = make_writeup(book=draft.book, **DRAFT)
    added = make_quote(book=draft.book, **DRAFT)
    second.publish()

    second.unpublish()

    assert moments(draft) == {NOW, None}
    assert published_at(added) is None
    assert published_at(draft.book) == NOW


def test_items_there_when_draft_are_all(draft):
    published = make_quote(book=draft.book, published_at=EARLIER)

    assert set(Quote.objects.there_when(draft)) == {*Quote.objects.drafts(), published}


@pytest.mark.parametrize(
    ("zone", "noon"),
    [
        ("Europe/London", dt.datetime(2018, 10, 11, 11, tzinfo=dt.UTC)),
        ("Pacific/Auckland", dt.datetime(2018, 10, 10, 23, tzinfo=dt.UTC)),
        ("America/Los_Angeles", dt.datetime(2018, 10, 11, 19, tzinfo=dt.UTC)),
    ],
)
def test_publish_on_posted_date_is_noon_in_club_zone(draft, zone, noon):
    make_club(time_zone=zone)
    draft.posted_on = dt.date(2018, 10, 11)
    assert draft.dated_at == noon

    draft.publish()

    assert moments(draft) == {noon}
    assert timezone.localdate(draft.published_at, zoneinfo.ZoneInfo(zone)) == dt.date(2018, 10, 11)


def test_publish_at_moment_overrides_posted_date(draft):
    draft.posted_on = dt.date(2018, 10, 11)

    draft.publish(NOW)

    assert moments(draft) == {NOW}


@pytest.mark.parametrize("posted_on", [dt.date(2026, 3, 4), dt.date(2026, 3, 5), dt.date(2030, 1, 1)])
def test_publish_with_future_posted_date_is_now(draft, posted_on):
    draft.posted_on = posted_on

    draft.publish()

    assert moments(draft) == {NOW}


def test_dated_at_is_publication_or_posted_date():
    old = dt.date(2018, 10, 11)

    assert make_writeup(posted_on=old, published_at=NOW).dated_at == NOW
    assert make_writeup(posted_on=old, **DRAFT).dated_at == dt.datetime(2018, 10, 11, 11, tzinfo=dt.UTC)
    assert make_writeup(**DRAFT).dated_at is None


def test_newest_first_puts_drafts_first():
    old, new, draft = make_writeup(published_at=EARLIER), make_writeup(published_at=NOW), make_writeup(**DRAFT)
    twin = make_writeup(published_at=NOW)

    assert list(WriteUp.objects.newest_first()) == [draft, twin, new, old]


def test_related_to_orders_chosen_book_author_newest():
    author, book = make_author(), make_book()
    writeup = make_writeup(author=author, book=book)
    newest = make_writeup(published_at=NOW)
    older = make_writeup(published_at=EARLIER - dt.timedelta(days=9))
    by_author = make_writeup(author=author, published_at=EARLIER)
    of_book = make_writeup(book=book, published_at=EARLIER)
    of_book_by_author = make_writeup(book=book, author=author, published_at=EARLIER)
    chosen = make_writeup(published_at=EARLIER)
    writeup.related.add(chosen)

    related = WriteUp.objects.related_to(writeup)

    assert list(related) == [chosen, of_book_by_author, of_book, by_author, newest, older]


def test_related_to_article_ignores_missing_book():
    article = make_writeup(published_at=NOW)
    older_article = make_writeup(published_at=EARLIER)
    newest = make_writeup(book=make_book(), published_at=NOW)

    assert list(WriteUp.objects.related_to(article)) == [newest, older_article]


def test_related_is_not_symmetrical():
    article, other, newest = make_writeup(published_at=EARLIER), make_writeup(published_at=EARLIER), make_writeup()
    article.related.add(other)

    assert list(WriteUp.objects.related_to(other)) == [newest, article]


def test_related_to_respects_visible_to(visitor):
    writeup, hidden = make_writeup(), make_writeup(**DRAFT)
    writeup.related.add(hidden)

    assert list(WriteUp.objects.visible_to(visitor).related_to(writeup)) == []


def test_cards_count_visible_items_of_their_time(visitor, olga):
    book = make_book()
    make_writeup(book=book, published_at=EARLIER)
    make_question(book=book, published_at=EARLIER)
    make_quote(book=book, published_at=EARLIER, audience="members")
    make_quote(book=book, published_at=NOW)

    counts = [
        (card.question_count, card.quote_count)
        for card in (WriteUp.objects.for_cards(user).get() for user in (visitor, olga))
    ]

    assert counts == [(1, 0), (1, 1)]


def test_for_page_takes_three_queries(visitor, django_assert_num_queries):
    meetup = make_meetup(book=make_book())
    make_contribution(book=meetup.book)
    make_photo(writeup=make_writeup(meetup=meetup))

    with django_assert_num_queries(3):
        page = WriteUp.objects.for_page(visitor).get()
        shown = [page.author.name, page.shown_meetup.venue, page.shown_book.credits, list(page.photos.all())]

    assert len(shown[-1]) == 1


def test_meetup_has_one_writeup():
    meetup = make_meetup()
    make_writeup(meetup=meetup)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_writeup(meetup=meetup)


@pytest.mark.parametrize("name", ["author", "meetup", "book"])
def test_writeup_protects_author_meetup_and_book(name):
    writeup = make_writeup(meetup=make_meetup(book=make_book()))

    with pytest.raises(ProtectedError):
        getattr(writeup, name).delete()


def test_deleting_writeup_deletes_notes_and_photos():
    writeup = make_writeup()
    make_session_note(writeup=writeup)
    make_photo(writeup=writeup)

    writeup.delete()

    assert (SessionNote.objects.count(), Photo.objects.count()) == (0, 0)


def test_unpublish_keeps_items_of_writeup_with_same_moment():
    book = make_book(published_at=None)
    meetup = make_meetup(book=book, published_at=None)
    first = make_writeup(meetup=meetup, published_at=None, posted_on=dt.date(2018, 10, 11))
    second = make_writeup(book=book, published_at=None, posted_on=dt.date(2018, 10, 11))
    quote = make_quote(book=book, published_at=None)
    first.publish()
    second.publish()

    first.unpublish()

    quote.refresh_from_db()
    meetup.refresh_from_db()
    assert (quote.published_at, meetup.published_at) == (second.published_at, None)

    second.unpublish()

    quote.refresh_from_db()
    assert quote.published_at is None
