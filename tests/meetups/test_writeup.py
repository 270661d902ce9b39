import datetime as dt
import zoneinfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
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
    """When the write-up, its meetup, its book and its book's items were published: one moment if it is one."""
    rows = [WriteUp.objects.get(pk=writeup.pk)]
    if writeup.meetup_id:
        rows.append(Meetup.objects.get(pk=writeup.meetup_id))
    if writeup.book_id:
        rows.append(Book.objects.get(pk=writeup.book_id))
        rows += [row for model in ITEMS for row in model.objects.filter(book=writeup.book_id)]
    return {row.published_at for row in rows}


def published_at(row):
    return type(row).objects.get(pk=row.pk).published_at


def test_what_was_imported_with_a_draft_stays_a_draft_until_it_is_published(draft, visitor):
    assert moments(draft) == {None}
    assert not WriteUp.objects.visible_to(visitor).exists()
    assert not any(model.objects.visible_to(visitor).exists() for model in (Book, Meetup, *ITEMS))


def test_publishing_stamps_meetup_book_and_items_with_the_same_moment(draft, visitor):
    draft.publish()

    assert moments(draft) == {NOW}
    assert draft.published_at == NOW
    assert all(model.objects.visible_to(visitor).count() == 1 for model in (WriteUp, Book, Meetup, *ITEMS))


def test_publishing_at_a_moment_ahead_schedules_all_of_it(draft, visitor, now):
    draft.publish(LATER)

    assert moments(draft) == {LATER}
    assert not WriteUp.objects.visible_to(visitor).exists()
    now.move_to(LATER)
    assert WriteUp.objects.visible_to(visitor).get() == draft


def test_publishing_at_a_moment_that_is_gone_dates_it_back(draft):
    draft.publish(EARLIER)

    assert moments(draft) == {EARLIER}


def test_publishing_again_without_a_moment_changes_nothing(draft, now):
    draft.publish()
    now.move_to(LATER)
    added = make_quote(book=draft.book, **DRAFT)

    draft.publish()

    assert published_at(draft) == NOW
    assert published_at(added) is None


def test_publishing_again_goes_by_the_database_and_not_by_an_old_copy(draft, now):
    copy = WriteUp.objects.get(pk=draft.pk)
    draft.publish()
    now.move_to(LATER)

    copy.publish()

    assert moments(draft) == {NOW}
    assert copy.published_at == NOW


def test_publishing_what_is_scheduled_brings_it_forward_to_now(draft):
    draft.publish(LATER)

    draft.publish()

    assert moments(draft) == {NOW}


def test_publishing_again_at_another_moment_moves_all_of_it(draft):
    draft.publish()

    draft.publish(MUCH_LATER)

    assert moments(draft) == {MUCH_LATER}


def test_publishing_leaves_alone_what_was_published_before_or_is_scheduled(draft):
    before = make_quote(book=draft.book, published_at=EARLIER)
    ahead = make_quote(book=draft.book, published_at=LATER)

    draft.publish()
    draft.publish(MUCH_LATER)

    assert (published_at(before), published_at(ahead)) == (EARLIER, LATER)


def test_publishing_touches_no_other_book_and_no_other_meetup(draft):
    others = [make_book(**DRAFT), make_meetup(book=draft.book, **DRAFT), make_quote(**DRAFT), make_writeup(**DRAFT)]

    draft.publish()

    assert [published_at(row) for row in others] == [None] * 4


def test_publishing_leaves_other_fields_as_they_are_in_the_database(draft):
    WriteUp.objects.filter(pk=draft.pk).update(title="Changed meanwhile")

    draft.publish()

    assert WriteUp.objects.get(pk=draft.pk).title == "Changed meanwhile"


def test_an_article_has_only_itself_to_publish_and_to_take_back():
    article = make_writeup(**DRAFT)

    article.publish()
    assert moments(article) == {NOW}
    article.take_back()

    assert moments(article) == {None}


def test_taking_back_takes_back_all_that_was_published_with_it(draft, visitor):
    draft.publish()

    draft.take_back()

    assert moments(draft) == {None}
    assert draft.published_at is None
    assert not any(model.objects.visible_to(visitor).exists() for model in (WriteUp, Book, Meetup, *ITEMS))


def test_taking_back_leaves_what_was_published_before_or_after(draft, now):
    before = make_quote(book=draft.book, published_at=EARLIER)
    draft.publish()
    now.move_to(LATER)
    after = make_quote(book=draft.book, published_at=LATER)

    draft.take_back()

    assert (published_at(before), published_at(after)) == (EARLIER, LATER)


def test_taking_back_what_was_announced_before_leaves_it_announced(draft):
    Meetup.objects.filter(pk=draft.meetup_id).update(published_at=EARLIER)
    Book.objects.filter(pk=draft.book_id).update(published_at=EARLIER)
    draft.publish()

    draft.take_back()

    assert published_at(draft) is None
    assert (published_at(draft.meetup), published_at(draft.book)) == (EARLIER, EARLIER)


def test_taking_back_is_safe_to_repeat(draft):
    draft.publish()

    draft.take_back()
    draft.take_back()

    assert moments(draft) == {None}


def test_taking_back_a_draft_takes_nothing_else_back(draft):
    other = make_quote(book=draft.book, published_at=EARLIER)

    draft.take_back()

    assert published_at(other) == EARLIER


def test_taking_back_a_draft_publishes_nothing_either(draft):
    make_writeup(book=draft.book, published_at=EARLIER)

    draft.take_back()

    assert published_at(draft.book) is None


def test_publishing_after_taking_back_is_as_publishing_first(draft, now):
    draft.publish()
    draft.take_back()
    now.move_to(LATER)

    draft.publish()

    assert moments(draft) == {LATER}


def test_a_book_that_another_write_up_shows_stays_when_the_first_is_taken_back(draft, now, visitor):
    draft.publish()
    now.move_to(LATER)
    second = make_writeup(book=draft.book, meetup=make_meetup(book=draft.book, **DRAFT), **DRAFT)
    added = make_quote(book=draft.book, **DRAFT)
    second.publish()

    draft.take_back()

    assert published_at(draft.book) == LATER
    assert list(Quote.objects.visible_to(visitor)) == [added]


def test_a_book_stays_hidden_until_the_scheduled_write_up_that_still_shows_it(draft, visitor):
    make_writeup(book=draft.book, published_at=LATER)
    draft.publish()

    draft.take_back()

    assert published_at(draft.book) == LATER
    assert not Book.objects.visible_to(visitor).exists()


def test_two_evenings_on_the_same_book_each_publish_what_was_new(draft, now):
    draft.publish()
    now.move_to(LATER)
    second = make_writeup(book=draft.book, meetup=make_meetup(book=draft.book, **DRAFT), **DRAFT)
    first_quote, second_quote = Quote.objects.get(), make_quote(book=draft.book, **DRAFT)

    second.publish()

    quotes = Quote.objects.all()
    assert list(quotes.there_when(draft)) == [first_quote]
    assert list(quotes.later_than(draft)) == [second_quote]
    assert list(quotes.there_when(second)) == [first_quote, second_quote]
    assert list(quotes.later_than(second)) == []
    assert published_at(second.meetup) == LATER


def test_taking_back_the_second_evening_leaves_the_first_as_it_was(draft, now):
    draft.publish()
    now.move_to(LATER)
    second = make_writeup(book=draft.book, **DRAFT)
    added = make_quote(book=draft.book, **DRAFT)
    second.publish()

    second.take_back()

    assert moments(draft) == {NOW, None}
    assert published_at(added) is None
    assert published_at(draft.book) == NOW


def test_of_a_draft_there_is_all_and_nothing_later(draft):
    published = make_quote(book=draft.book, published_at=EARLIER)

    assert set(Quote.objects.there_when(draft)) == {*Quote.objects.unstamped(), published}
    assert list(Quote.objects.later_than(draft)) == []


@pytest.mark.parametrize(
    ("zone", "noon"),
    [
        ("Europe/London", dt.datetime(2018, 10, 11, 11, tzinfo=dt.UTC)),
        ("Pacific/Auckland", dt.datetime(2018, 10, 10, 23, tzinfo=dt.UTC)),
        ("America/Los_Angeles", dt.datetime(2018, 10, 11, 19, tzinfo=dt.UTC)),
    ],
)
def test_an_old_date_is_noon_of_that_day_in_the_clubs_zone(draft, zone, noon):
    make_club(time_zone=zone)
    draft.posted_on = dt.date(2018, 10, 11)
    assert draft.dated_at == noon

    draft.publish()

    assert moments(draft) == {noon}
    assert timezone.localdate(draft.published_at, zoneinfo.ZoneInfo(zone)) == dt.date(2018, 10, 11)


def test_a_moment_that_is_named_comes_before_the_old_date(draft):
    draft.posted_on = dt.date(2018, 10, 11)

    draft.publish(NOW)

    assert moments(draft) == {NOW}


@pytest.mark.parametrize("posted_on", [dt.date(2026, 3, 4), dt.date(2026, 3, 5), dt.date(2030, 1, 1)])
def test_an_old_date_that_is_yet_to_come_does_not_schedule(draft, posted_on):
    draft.posted_on = posted_on

    draft.publish()

    assert moments(draft) == {NOW}


def test_the_date_that_readers_see_is_of_publication_or_the_old_one_or_none():
    old = dt.date(2018, 10, 11)

    assert make_writeup(posted_on=old, published_at=NOW).dated_at == NOW
    assert make_writeup(posted_on=old, **DRAFT).dated_at == dt.datetime(2018, 10, 11, 11, tzinfo=dt.UTC)
    assert make_writeup(**DRAFT).dated_at is None


def test_newest_first_puts_drafts_before_all():
    old, new, draft = make_writeup(published_at=EARLIER), make_writeup(published_at=NOW), make_writeup(**DRAFT)
    twin = make_writeup(published_at=NOW)

    assert list(WriteUp.objects.newest_first()) == [draft, twin, new, old]


def test_related_are_those_chosen_then_of_the_book_then_by_the_author_then_the_newest():
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


def test_related_to_an_article_without_a_book_are_not_all_those_without_one():
    article = make_writeup(published_at=NOW)
    older_article = make_writeup(published_at=EARLIER)
    newest = make_writeup(book=make_book(), published_at=NOW)

    assert list(WriteUp.objects.related_to(article)) == [newest, older_article]


def test_who_was_chosen_is_not_chosen_back():
    article, other, newest = make_writeup(published_at=EARLIER), make_writeup(published_at=EARLIER), make_writeup()
    article.related.add(other)

    assert list(WriteUp.objects.related_to(other)) == [newest, article]


def test_related_goes_through_the_gate_like_any_list(visitor):
    writeup, hidden = make_writeup(), make_writeup(**DRAFT)
    writeup.related.add(hidden)

    assert list(WriteUp.objects.visible_to(visitor).related_to(writeup)) == []


def test_cards_count_what_was_there_at_the_time_and_may_be_seen(visitor, olga):
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


def test_a_page_is_fetched_in_three_queries(visitor, django_assert_num_queries):
    meetup = make_meetup(book=make_book())
    make_contribution(book=meetup.book)
    make_photo(writeup=make_writeup(meetup=meetup))

    with django_assert_num_queries(3):
        page = WriteUp.objects.for_page(visitor).get()
        shown = [page.author.name, page.shown_meetup.venue, page.shown_book.credits, list(page.photos.all())]

    assert len(shown[-1]) == 1


def test_a_meetup_has_one_write_up():
    meetup = make_meetup()
    make_writeup(meetup=meetup)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_writeup(meetup=meetup)


@pytest.mark.parametrize("name", ["author", "meetup", "book"])
def test_what_a_write_up_stands_on_can_not_be_deleted_under_it(name):
    writeup = make_writeup(meetup=make_meetup(book=make_book()))

    with pytest.raises(ProtectedError):
        getattr(writeup, name).delete()


def test_session_notes_and_photos_go_with_their_write_up():
    writeup = make_writeup()
    make_session_note(writeup=writeup)
    make_photo(writeup=writeup)

    writeup.delete()

    assert (SessionNote.objects.count(), Photo.objects.count()) == (0, 0)


def test_a_photo_is_put_in_words_or_marked_as_decorative():
    make_photo(alt="", is_decorative=True)
    photo = make_photo()
    photo.alt = ""

    with pytest.raises(ValidationError, match="Say in words what is on the picture"):
        photo.full_clean()
    with pytest.raises(IntegrityError, match="photo_is_put_in_words_or_is_decorative"), transaction.atomic():
        photo.save()


def test_taking_back_leaves_what_another_write_up_of_the_same_moment_shows():
    book = make_book(published_at=None)
    meetup = make_meetup(book=book, published_at=None)
    first = make_writeup(meetup=meetup, published_at=None, posted_on=dt.date(2018, 10, 11))
    second = make_writeup(book=book, published_at=None, posted_on=dt.date(2018, 10, 11))
    quote = make_quote(book=book, published_at=None)
    first.publish()
    second.publish()

    first.take_back()

    quote.refresh_from_db()
    meetup.refresh_from_db()
    assert (quote.published_at, meetup.published_at) == (second.published_at, None)

    second.take_back()

    quote.refresh_from_db()
    assert quote.published_at is None
