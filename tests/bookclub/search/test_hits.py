"""Hits on both databases, from the index and from rows that are not indexed yet."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from bookclub.search.hits import Filters, find_hits
from bookclub.search.index import refresh_index
from bookclub.search.query import Query
from books.models import Quote
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
VISITOR = AnonymousUser()


def find_paths(words, user=VISITOR, **filters):
    groups = find_hits(Query.parse(words), user, Filters(**filters), stop=50)
    return {group.name: [hit.entry.title or hit.entry.text for hit in group.hits] for group in groups}


@pytest.fixture(params=["indexed", "not indexed yet"])
def index(request):
    """A function to call when the rows are made: it indexes them, or leaves them marked."""
    return refresh_index if request.param == "indexed" else lambda: None


@pytest.mark.parametrize(
    "words",
    [
        "everyware", "‘everyware’", "EVERYWARE", "everyw", "city", "Andres", "ANDRÉS", "andr", "straße", "strasse",
        '"of cities by"', "“of cities by”", "co-operation", "co–operation", "cities -gardens", "lodz", "don't", "dont",
        "don’t", "-gardens cities", '"everyware of cities', "amour", "l'amour", "東京", "हिन्दी",
    ],
)  # fmt: skip
def test_quote_is_found_by(words, index):
    text = "The ‘everyware’ of cities by Andrés: co-operation on the Straße in Łódź. Don’t! L’amour à 東京タワー हिन्दी."
    make.make_quote(text=text)
    index()

    assert find_paths(words) == {"quote": [text]}


@pytest.mark.parametrize(
    "words", ['"cities of by"', "cities -everyware", "everywares-town", "veryware", 'cities -"by Andrés"', "gardens"]
)
def test_quote_is_not_found_by(words, index):
    make.make_quote(text="The ‘everyware’ of cities by Andrés")
    index()
    assert find_paths("everyware")

    assert find_paths(words) == {}


def test_words_in_title_come_before_words_in_text_and_whole_words_before_beginnings(index):
    make.make_note(heading="Other", body="A garden in the rain")
    make.make_note(heading="Gardens", body="Nothing")
    make.make_note(heading="Gardenias", body="Nothing")
    index()

    assert find_paths("garden") == {"note": ["Gardens", "Other", "Gardenias"]}


def test_phrase_comes_before_scattered_words(index):
    make.make_quote(text="Public is what a library is not")
    make.make_quote(text="It was, as all of us had said, a public library")
    index()

    assert find_paths("public library")["quote"][0].startswith("It was")


def test_deleted_changed_and_rolled_back_rows_count_at_once(index):
    gone, changed = make.make_quote(text="Gone words"), make.make_quote(text="Old words")
    index()
    assert sorted(find_paths("words")["quote"]) == ["Gone words", "Old words"]

    gone.delete()
    Quote.objects.filter(pk=changed.pk).update(text="New words", text_html="<p>New words</p>")
    with transaction.atomic():
        make.make_quote(text="Undone words")
        assert len(find_paths("words")["quote"]) == 2
        transaction.set_rollback(True)

    assert find_paths("words") == {"quote": ["New words"]}
    assert find_paths("old") == find_paths("gone") == find_paths("undone") == {}


@pytest.mark.parametrize("way", ["bulk_create", "bulk_update", "update"])
def test_bulk_changes_are_found(way, index):
    quotes = [make.make_quote(text="Before"), make.make_quote(text="Before")]
    index()
    for quote in quotes:
        quote.text = quote.text_html = "Afterwards"

    if way == "bulk_create":
        Quote.objects.all().delete()
        Quote.objects.bulk_create(quotes)
    elif way == "bulk_update":
        Quote.objects.bulk_update(quotes, ["text", "text_html"])
    else:
        Quote.objects.update(text="Afterwards", text_html="Afterwards")

    assert find_paths("afterwards") == {"quote": ["Afterwards", "Afterwards"]}
    assert find_paths("before") == {}
    refresh_index()
    assert find_paths("afterwards") == {"quote": ["Afterwards", "Afterwards"]}
    assert find_paths("before") == {}


def test_book_renamed_or_moved_changes_the_hits_of_its_items(index):
    quote = make.make_quote(text="Words")
    index()

    quote.book.title, quote.book.slug = "Another title", "another-address"
    quote.book.save()
    question = make.make_question(book=quote.book, text="Words?")
    refresh_index()

    hits = {group.name: group.hits[0].entry for group in find_hits(Query.parse("words"), VISITOR)}
    assert hits["quote"].source == hits["question"].source == "Another title"
    assert hits["question"].path == f"/books/another-address/#question-{question.pk}"


def test_scheduled_row_is_found_when_it_is_due(index, time_machine):
    make.make_quote(text="Later", published_at=timezone.now() + dt.timedelta(hours=1))
    index()
    assert find_paths("later") == {}

    time_machine.move_to(timezone.now() + dt.timedelta(hours=2))

    assert find_paths("later") == {"quote": ["Later"]}


def test_filters(index):
    book = make.make_book(title="Cities")
    make.make_quote(book=book, text="A city", published_at=dt.datetime(2018, 5, 1, tzinfo=dt.UTC))
    make.make_quote(text="Another city", published_at=dt.datetime(2019, 5, 1, tzinfo=dt.UTC))
    make.make_author(name="City Author")
    make.make_writeup(author=make.make_author(name="Citys Child"), title="Word")
    index()
    assert set(find_paths("city")) == {"quote", "book", "person"}

    assert find_paths("city", group="book") == {"book": ["Cities"]}
    assert find_paths("city", book=book) == {"book": ["Cities"], "quote": ["A city"]}
    assert find_paths("city", year=2019) == {"quote": ["Another city"]}
    assert find_paths("city", group="person", year=2019) == {}


def test_at_most_a_thousand_candidates_of_a_kind_are_ranked(monkeypatch):
    monkeypatch.setattr("bookclub.search.hits.MAX_CANDIDATES", 3)
    book = make.make_book()
    for number in range(5):
        make.make_quote(book=book, text=f"City {number}")
        make.make_quote(book=book, text=f"City {number}, hidden", published_at=None)
    refresh_index()

    [group] = find_hits(Query.parse("city"), VISITOR, stop=50)

    assert group.count == 3
    assert [hit.entry.text for hit in group.hits] == ["City 0", "City 1", "City 2"]
