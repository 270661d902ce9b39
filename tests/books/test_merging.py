import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.merging import GONE, merge_books, preview_merge, relations_to_book
from books.models import ITEMS, Book, Contribution, Quote, Reading
from meetups.models import Meetup, Paste, WriteUp
from tests.factories import (
    dt,
    make_book,
    make_contribution,
    make_contributor,
    make_meetup,
    make_member,
    make_note,
    make_paste,
    make_picture_file,
    make_question,
    make_quote,
    make_reading,
    make_term,
    make_writeup,
    yesterday,
)
from tests.pages import soup_of, texts

MAKERS = [make_note, make_term, make_question, make_quote, make_reading]
MOVED_MODELS = [*ITEMS, Contribution, Meetup, WriteUp, Paste]


@pytest.fixture
def pair(db):
    """Two books with two of each kind of item, a contributor, a meetup and a write-up."""
    books = make_book(title="The Lamp", slug="the-lamp"), make_book(title="The lamp", slug="the-lamp-2")
    for number, book in enumerate(books):
        for make in MAKERS:
            for position in (1, 2):
                make(book=book, position=position, published_at=yesterday() - dt.timedelta(days=number))
        make_contribution(book=book, position=1)
        make_writeup(meetup=make_meetup(book=book))
        make_paste(book=book, destination=Paste.Destination.QUOTES)
    return books


def row_counts():
    return {model.__name__: model.objects.count() for model in MOVED_MODELS}


def publication_times():
    return {
        (model.__name__, pk): published_at
        for model in (*ITEMS, Meetup, WriteUp)
        for pk, published_at in model.objects.values_list("pk", "published_at")
    }


@pytest.mark.both_databases
def test_merge_moves_every_row_and_keeps_published_at(pair):
    kept, gone = pair
    before = row_counts(), publication_times()

    merge_books(kept, gone)

    assert (row_counts(), publication_times()) == before
    assert Book.objects.get() == kept
    for model in MOVED_MODELS:
        assert set(model.objects.values_list("book", flat=True)) == {kept.pk}


def test_merge_appends_moved_quotes_in_order(pair):
    kept, gone = pair
    expected = [*Quote.objects.filter(book=kept), *Quote.objects.filter(book=gone)]

    merge_books(kept, gone)

    assert list(kept.quotes.all()) == expected
    assert [quote.position for quote in kept.quotes.all()] == [1, 2, 3, 4]


def test_merge_redirects_readings_of_other_books(pair):
    reading = make_reading(known_book=pair[1])

    merge_books(*pair)

    assert Reading.objects.get(pk=reading.pk).known_book == pair[0]


def test_relations_to_book_covers_every_model(db):
    """Fail when a new model with a foreign key to Book is not merged. Only history models are left out."""
    hidden = {
        field.related_model
        for field in Book._meta.get_fields(include_hidden=True)
        if isinstance(field, ForeignObjectRel) and field not in relations_to_book()
    }

    assert {relation.related_model for relation in relations_to_book()} == set(MOVED_MODELS)
    assert {model._meta.model_name.removeprefix("historical") for model in hidden} <= {
        model._meta.model_name for model in MOVED_MODELS
    }
    assert all(model._meta.model_name.startswith("historical") for model in hidden)


def test_merge_redirects_old_addresses(client, pair):
    kept, gone = pair
    gone.slug = "the-second-lamp"
    gone.save()

    merge_books(kept, gone)

    for address in ("/books/the-lamp-2/", "/books/the-second-lamp/"):
        assert client.get(address).url == "/books/the-lamp/"


def test_merge_fills_only_missing_facts(db):
    kept = make_book(publisher="Ours", isbn="")
    gone = make_book(publisher="Theirs", isbn="9781138844230", kind="Essays", first_published_year=2016)

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    kept.refresh_from_db()
    assert (kept.publisher, kept.isbn, kept.kind, kept.first_published_year) == (
        "Ours", "9781138844230", "Essays", 2016,
    )  # fmt: skip
    assert preview.taken_over == [("kind", "Essays"), ("first published year", 2016), ("ISBN", "9781138844230")]
    assert preview.dropped == [("title", gone.title), ("publisher", "Theirs")]


def test_merge_takes_over_cover_if_kept_book_has_none(db, django_capture_on_commit_callbacks):
    kept, gone = make_book(), make_book(cover=make_picture_file(size=(60, 90)), cover_alt="A lamp")

    with django_capture_on_commit_callbacks(execute=True):
        merge_books(kept, gone)

    kept.refresh_from_db()
    assert (kept.cover.name, kept.cover_width, kept.cover_height, kept.cover_alt) == (gone.cover.name, 60, 90, "A lamp")
    assert default_storage.exists(kept.cover.name)


def test_merge_keeps_cover_of_kept_book(db):
    kept, gone = make_book(cover=make_picture_file(size=(60, 90))), make_book(cover=make_picture_file())

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert Book.objects.get().cover.name == kept.cover.name
    assert default_storage.exists(kept.cover.name)
    assert [name for name, _ in preview.dropped] == ["title", "cover"]


def test_merge_deduplicates_contributions(db):
    kept, gone, person = make_book(), make_book(), make_contributor(name="Ann Lee")
    for book in (kept, gone):
        make_contribution(book=book, contributor=person, role="edt", position=1)
    make_contribution(book=gone, contributor=person, role="aut", position=2)

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert [str(each) for each in preview.dropped_people] == ["Edited by Ann Lee"]
    assert [str(each) for each in kept.contributions.all()] == ["Edited by Ann Lee", "By Ann Lee"]


def test_merge_reports_and_keeps_equal_items(db):
    kept, gone = make_book(), make_book()
    ours, theirs = make_quote(book=kept, text="“A lamp …”"), make_quote(book=gone, text="a  lamp")
    make_quote(book=gone, text="Another")
    questions = make_question(book=kept, text="Why?"), make_question(book=gone, text="why")

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert preview.equal == [(ours, theirs), questions]
    assert Quote.objects.filter(book=kept).count() == 3


def test_merge_keeps_members_only_items_hidden(db, visitor):
    kept, gone = make_book(), make_book(audience="members")
    make_quote(book=gone)

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert not Quote.objects.visible_to(visitor)
    assert preview.appearing == 0


def test_merge_into_draft_takes_over_published_at(db, visitor):
    kept, gone = make_book(published_at=None), make_book(published_at=yesterday())
    quotes = make_quote(book=gone), make_quote(book=kept)

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert Book.objects.get().published_at == gone.published_at
    assert set(Quote.objects.visible_to(visitor)) == set(quotes)
    assert (preview.appearing, preview.vanishing) == (1, 0)


def test_preview_counts_items_that_will_appear(db, visitor):
    kept, gone = make_book(), make_book(published_at=timezone.now() + dt.timedelta(days=9))
    make_quote(book=gone)
    make_quote(book=gone, published_at=None)

    preview = preview_merge(kept, gone)
    before = Quote.objects.visible_to(visitor).count()
    merge_books(kept, gone)

    assert (preview.appearing, before, Quote.objects.visible_to(visitor).count()) == (1, 0, 1)


def test_preview_counts_items_that_will_vanish(db, visitor):
    kept, gone = make_book(audience="members"), make_book()
    make_quote(book=gone)

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert (preview.appearing, preview.vanishing) == (0, 1)
    assert not Quote.objects.visible_to(visitor)


def test_merge_reports_and_keeps_reading_of_its_own_book(db):
    kept, gone = make_book(), make_book()
    reading = make_reading(book=gone, known_book=kept, why="Because")

    preview = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert preview.to_itself == [reading]
    assert Reading.objects.get().why == "Because"


def test_preview_only_reads(pair):
    with CaptureQueriesContext(connection) as queries:
        preview_merge(*pair)

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


@pytest.mark.both_databases
def test_failed_merge_is_rolled_back(pair, monkeypatch):
    before = row_counts(), publication_times()
    monkeypatch.setattr(Book, "delete", lambda self: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        merge_books(*pair)

    assert (row_counts(), publication_times()) == before
    assert Book.objects.count() == 2
    assert Quote.objects.filter(book=pair[1]).count() == 2


def test_merge_continues_history_of_moved_items(pair):
    quote = Quote.objects.filter(book=pair[1]).first()

    merge_books(*pair)

    assert quote.history.latest().get().book_id == pair[0].pk
    assert Book.history.deleted().get().slug == "the-lamp-2"


@pytest.mark.both_databases
@pytest.mark.parametrize("swap", [False, True])
def test_second_merge_is_rejected(pair, swap):
    merge_books(*pair)
    before = row_counts()

    with pytest.raises(ValidationError, match=r"One of the two books is not there any more"):
        merge_books(*(pair[::-1] if swap else pair))

    assert row_counts() == before


def test_merge_with_itself_is_rejected(pair):
    with pytest.raises(ValidationError, match="one book already"):
        merge_books(pair[0], pair[0])


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("swap", [False, True])
def test_concurrent_merge_reports_that_it_is_done(swap):
    first, second = make_book(), make_book()
    for book in (first, second):
        for _ in range(5):
            make_quote(book=book)
    barrier, outcomes = threading.Barrier(2), []

    def merge(kept, gone):
        barrier.wait()
        try:
            merge_books(kept, gone)
            outcomes.append("merged")
        except ValidationError as error:
            outcomes.append(error.message)
        finally:
            connections.close_all()

    pairs = [(first, second), (second, first) if swap else (first, second)]
    threads = [threading.Thread(target=merge, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == sorted(["merged", GONE])
    assert Book.objects.get().quotes.count() == 10


def merge_url(kept, gone):
    return reverse("admin:books_book_merge", args=[kept.pk, gone.pk])


def test_merge_page_shows_preview_and_merges(organiser_client, pair):
    kept, gone = pair
    make_quote(book=kept, text="A lamp")
    make_quote(book=gone, text="A lamp.")

    page = soup_of(organiser_client.get(merge_url(kept, gone)))
    count_before = Book.objects.count()
    response = organiser_client.post(merge_url(kept, gone), follow=True)

    assert texts(page, ".merge h2") == [
        "This one stays", "This one is merged into it", "What moves", "What is dropped", "What is the same in both",
    ]  # fmt: skip
    items = texts(page, ".merge li")
    for line in ("2 notes", "2 terms", "2 questions", "3 quotes", "2 readings", "1 meetup", "1 write-up"):
        assert line in items
    assert "the old address: /books/the-lamp-2/ leads to /books/the-lamp/ from then on" in items
    assert (count_before, Book.objects.get()) == (2, kept)
    assert response.redirect_chain[-1][0] == reverse("admin:books_book_change", args=[kept.pk])
    assert texts(soup_of(response), ".messagelist li") == [
        "Merged: “The Lamp”. The old address leads here.",
        "The book has these twice now; delete one of each, if you like: A lamp..",
    ]


def test_late_merge_request_shows_message(organiser_client, pair):
    kept, gone = pair
    organiser_client.post(merge_url(kept, gone), follow=True)
    before = row_counts()

    for url in (merge_url(kept, gone), merge_url(gone, kept)):
        for method in (organiser_client.get, organiser_client.post):
            response = method(url, follow=True)
            assert texts(soup_of(response), ".messagelist li") == [GONE]
            assert response.redirect_chain[-1][0] == reverse("admin:books_book_change", args=[kept.pk])

    assert row_counts() == before


def test_merge_action_requires_exactly_two_books(organiser_client, pair):
    def post_action(*books):
        form = {"action": "merge_two", "_selected_action": [book.pk for book in books]}
        return organiser_client.post("/admin/books/book/", form, follow=True)

    two, three, one = post_action(*pair[::-1]), post_action(*pair, make_book()), post_action(pair[0])

    assert two.redirect_chain == [(merge_url(*pair), 302)]
    for response in (three, one):
        assert "Tick exactly two books: those to merge." in texts(soup_of(response), ".messagelist li")


def test_merge_search_finds_books_by_title_and_contributor(organiser_client, pair):
    kept, gone = pair
    link = reverse("admin:books_book_merge_with", args=[kept.pk])

    by_title = soup_of(organiser_client.get(link))
    by_contributor = soup_of(organiser_client.get(link, {"q": gone.contributions.get().contributor.name}))
    by_unknown_words = soup_of(organiser_client.get(link, {"q": "not\x00 to be found"}))

    for results in (by_title, by_contributor):
        assert [a["href"] for a in results.select(".found li a")] == [merge_url(kept, gone)]
    assert not by_unknown_words.select(".found li")
    assert texts(by_unknown_words, ".found p") == ["Try fewer words: one of the title is enough."]


@pytest.mark.parametrize("permissions", [[], ["books.change_book"], ["books.delete_book"]])
def test_merge_requires_change_and_delete_permission(client, pair, permissions):
    client.force_login(make_member(is_staff=True, permissions=["books.view_book", *permissions]))

    for method in (client.get, client.post):
        assert method(merge_url(*pair)).status_code == 403
    assert Book.objects.count() == 2


def test_merge_requires_csrf_token(olga, pair):
    client = Client(enforce_csrf_checks=True)
    client.force_login(olga)

    assert client.post(merge_url(*pair)).status_code == 403
    assert Book.objects.count() == 2


def test_merged_book_page_shows_all_quotes(client, pair):
    kept, gone = pair
    quotes = list(Quote.objects.visible_to(AnonymousUser()))

    merge_books(kept, gone)

    page = client.get(kept.get_absolute_url()).content.decode()
    assert len(quotes) == 4
    assert all(quote.text in page for quote in quotes)
