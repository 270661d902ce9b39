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
from meetups.models import Meetup, WriteUp
from tests.factories import (
    dt,
    make_book,
    make_contribution,
    make_contributor,
    make_meetup,
    make_member,
    make_note,
    make_picture_file,
    make_question,
    make_quote,
    make_reading,
    make_term,
    make_writeup,
    yesterday,
)
from tests.pages import soup_of, text_of, texts

MAKERS = [make_note, make_term, make_question, make_quote, make_reading]
EVERYTHING = [*ITEMS, Contribution, Meetup, WriteUp]


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
    return books


def counts():
    return {model.__name__: model.objects.count() for model in EVERYTHING}


def stamps():
    return {
        (model.__name__, pk): stamp
        for model in (*ITEMS, Meetup, WriteUp)
        for pk, stamp in model.objects.values_list("pk", "published_at")
    }


@pytest.mark.both_databases
def test_everything_moves_nothing_is_lost_and_no_stamp_changes(pair):
    kept, gone = pair
    before = counts(), stamps()

    merge_books(kept, gone)

    assert (counts(), stamps()) == before
    assert Book.objects.get() == kept
    for model in EVERYTHING:
        assert set(model.objects.values_list("book", flat=True)) == {kept.pk}


def test_what_moves_stands_after_what_was_there_in_its_own_order(pair):
    kept, gone = pair
    expected = [*Quote.objects.filter(book=kept), *Quote.objects.filter(book=gone)]

    merge_books(kept, gone)

    assert list(kept.quotes.all()) == expected
    assert [quote.position for quote in kept.quotes.all()] == [1, 2, 3, 4]


def test_a_reading_elsewhere_points_to_the_book_that_stays(pair):
    reading = make_reading(known_book=pair[1])

    merge_books(*pair)

    assert Reading.objects.get(pk=reading.pk).known_book == pair[0]


def test_whatever_points_to_a_book_is_moved(db):
    """A new model that points to books must move with them; what is hidden is history, and stays as it was."""
    hidden = {
        field.related_model
        for field in Book._meta.get_fields(include_hidden=True)
        if isinstance(field, ForeignObjectRel) and field not in relations_to_book()
    }

    assert {relation.related_model for relation in relations_to_book()} == set(EVERYTHING)
    assert {model._meta.model_name.removeprefix("historical") for model in hidden} <= {
        model._meta.model_name for model in EVERYTHING
    }
    assert all(model._meta.model_name.startswith("historical") for model in hidden)


def test_the_old_addresses_lead_to_the_book_that_stays(client, pair):
    kept, gone = pair
    gone.slug = "the-second-lamp"
    gone.save()

    merge_books(kept, gone)

    for address in ("/books/the-lamp-2/", "/books/the-second-lamp/"):
        assert client.get(address).url == "/books/the-lamp/"


def test_facts_that_are_missing_are_taken_over_and_others_are_not(db):
    kept = make_book(publisher="Ours", isbn="")
    gone = make_book(publisher="Theirs", isbn="9781138844230", kind="Essays", first_published_year=2016)

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    kept.refresh_from_db()
    assert (kept.publisher, kept.isbn, kept.kind, kept.first_published_year) == (
        "Ours", "9781138844230", "Essays", 2016,
    )  # fmt: skip
    assert found.taken_over == [("kind", "Essays"), ("first published year", 2016), ("ISBN", "9781138844230")]
    assert found.dropped == [("title", gone.title), ("publisher", "Theirs")]


def test_a_cover_comes_along_with_its_file_where_the_book_that_stays_has_none(db, django_capture_on_commit_callbacks):
    kept, gone = make_book(), make_book(cover=make_picture_file(size=(60, 90)), cover_alt="A lamp")

    with django_capture_on_commit_callbacks(execute=True):
        merge_books(kept, gone)

    kept.refresh_from_db()
    assert (kept.cover.name, kept.cover_width, kept.cover_height, kept.cover_alt) == (gone.cover.name, 60, 90, "A lamp")
    assert default_storage.exists(kept.cover.name)


def test_the_cover_of_the_book_that_stays_stays(db):
    kept, gone = make_book(cover=make_picture_file(size=(60, 90))), make_book(cover=make_picture_file())

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert Book.objects.get().cover.name == kept.cover.name
    assert default_storage.exists(kept.cover.name)
    assert [name for name, _ in found.dropped] == ["title", "cover"]


def test_somebody_who_is_named_in_both_is_named_once_and_others_come_along(db):
    kept, gone, person = make_book(), make_book(), make_contributor(name="Ann Lee")
    for book in (kept, gone):
        make_contribution(book=book, contributor=person, role="edt", position=1)
    make_contribution(book=gone, contributor=person, role="aut", position=2)

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert [str(each) for each in found.dropped_people] == ["Edited by Ann Lee"]
    assert [str(each) for each in kept.contributions.all()] == ["Edited by Ann Lee", "By Ann Lee"]


def test_equal_quotes_are_pointed_out_and_kept(db):
    kept, gone = make_book(), make_book()
    ours, theirs = make_quote(book=kept, text="“A lamp …”"), make_quote(book=gone, text="a  lamp")
    make_quote(book=gone, text="Another")
    asked = make_question(book=kept, text="Why?"), make_question(book=gone, text="why")

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert found.equal == [(ours, theirs), asked]
    assert Quote.objects.filter(book=kept).count() == 3


def test_what_members_alone_saw_stays_theirs(db, visitor):
    kept, gone = make_book(), make_book(audience="members")
    make_quote(book=gone)

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert not Quote.objects.visible_to(visitor)
    assert found.appearing == 0


def test_a_draft_takes_the_moment_of_the_book_that_goes_into_it(db, visitor):
    kept, gone = make_book(published_at=None), make_book(published_at=yesterday())
    quotes = make_quote(book=gone), make_quote(book=kept)

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert Book.objects.get().published_at == gone.published_at
    assert set(Quote.objects.visible_to(visitor)) == set(quotes)
    assert (found.appearing, found.vanishing) == (1, 0)


def test_what_a_draft_hid_is_counted_before_it_appears(db, visitor):
    kept, gone = make_book(), make_book(published_at=timezone.now() + dt.timedelta(days=9))
    make_quote(book=gone)
    make_quote(book=gone, published_at=None)

    found = preview_merge(kept, gone)
    before = Quote.objects.visible_to(visitor).count()
    merge_books(kept, gone)

    assert (found.appearing, before, Quote.objects.visible_to(visitor).count()) == (1, 0, 1)


def test_what_the_book_that_stays_will_hide_is_counted(db, visitor):
    kept, gone = make_book(audience="members"), make_book()
    make_quote(book=gone)

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert (found.appearing, found.vanishing) == (0, 1)
    assert not Quote.objects.visible_to(visitor)


def test_a_reading_that_will_point_to_its_own_book_is_pointed_out_and_kept(db):
    kept, gone = make_book(), make_book()
    reading = make_reading(book=gone, known_book=kept, why="Because")

    found = preview_merge(kept, gone)
    merge_books(kept, gone)

    assert found.to_itself == [reading]
    assert Reading.objects.get().why == "Because"


def test_a_preview_changes_nothing(pair):
    with CaptureQueriesContext(connection) as queries:
        preview_merge(*pair)

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


@pytest.mark.both_databases
def test_a_merge_that_breaks_off_leaves_both_as_they_were(pair, monkeypatch):
    before = counts(), stamps()
    monkeypatch.setattr(Book, "delete", lambda self: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        merge_books(*pair)

    assert (counts(), stamps()) == before
    assert Book.objects.count() == 2
    assert Quote.objects.filter(book=pair[1]).count() == 2


def test_the_history_of_what_moves_goes_on(pair):
    quote = Quote.objects.filter(book=pair[1]).first()

    merge_books(*pair)

    assert quote.history.latest().get().book_id == pair[0].pk
    assert Book.history.deleted().get().slug == "the-lamp-2"


@pytest.mark.both_databases
@pytest.mark.parametrize("swap", [False, True])
def test_the_second_time_is_a_sentence_in_either_direction(pair, swap):
    merge_books(*pair)
    before = counts()

    with pytest.raises(ValidationError, match=r"One of the two books is not there any more"):
        merge_books(*(pair[::-1] if swap else pair))

    assert counts() == before


def test_a_book_is_not_merged_with_itself(pair):
    with pytest.raises(ValidationError, match="one book already"):
        merge_books(pair[0], pair[0])


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("swap", [False, True])
def test_of_two_who_merge_at_once_one_hears_that_it_is_done(swap):
    first, second = make_book(), make_book()
    for book in (first, second):
        for _ in range(5):
            make_quote(book=book)
    start, said = threading.Barrier(2), []

    def press(kept, gone):
        start.wait()
        try:
            merge_books(kept, gone)
            said.append("merged")
        except ValidationError as error:
            said.append(error.message)
        finally:
            connections.close_all()

    pairs = [(first, second), (second, first) if swap else (first, second)]
    threads = [threading.Thread(target=press, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == sorted(["merged", GONE])
    assert Book.objects.get().quotes.count() == 10


def address(kept, gone):
    return reverse("admin:books_book_merge", args=[kept.pk, gone.pk])


def test_an_organiser_sees_what_will_happen_and_then_it_does(organiser_client, pair):
    kept, gone = pair
    make_quote(book=kept, text="A lamp")
    make_quote(book=gone, text="A lamp.")

    page = soup_of(organiser_client.get(address(kept, gone)))
    was = Book.objects.count()
    done = organiser_client.post(address(kept, gone), follow=True)

    assert texts(page, ".merge h2") == [
        "This one stays", "This one goes into it", "What moves", "What is dropped", "What says the same in both",
    ]  # fmt: skip
    items = texts(page, ".merge li")
    for line in ("2 notes", "2 terms", "2 questions", "3 quotes", "2 readings", "1 meetup", "1 write-up"):
        assert line in items
    assert "the old address: /books/the-lamp-2/ leads to /books/the-lamp/ from then on" in items
    assert (was, Book.objects.get()) == (2, kept)
    assert done.redirect_chain[-1][0] == reverse("admin:books_book_change", args=[kept.pk])
    assert texts(soup_of(done), ".messagelist li") == [
        "The two are one: “The Lamp”. The old address leads here.",
        "These say the same twice now; delete one of each, if you like: A lamp..",
    ]


def test_pressing_twice_and_coming_late_is_a_sentence(organiser_client, pair):
    kept, gone = pair
    organiser_client.post(address(kept, gone), follow=True)
    before = counts()

    for late in (address(kept, gone), address(gone, kept)):
        for ask in (organiser_client.get, organiser_client.post):
            done = ask(late, follow=True)
            assert texts(soup_of(done), ".messagelist li") == [GONE]
            assert done.redirect_chain[-1][0] == reverse("admin:books_book_change", args=[kept.pk])

    assert counts() == before


def test_two_ticked_books_lead_to_the_preview_and_three_to_a_sentence(organiser_client, pair):
    def tick(*books):
        form = {"action": "merge_two", "_selected_action": [book.pk for book in books]}
        return organiser_client.post("/admin/books/book/", form, follow=True)

    two, three, one = tick(*pair[::-1]), tick(*pair, make_book()), tick(pair[0])

    assert two.redirect_chain == [(address(*pair), 302)]
    for answer in (three, one):
        assert "Tick the two books that are one, no more and no fewer." in texts(soup_of(answer), ".messagelist li")


def test_the_other_book_is_chosen_from_the_books_page(organiser_client, pair):
    kept, gone = pair
    page = soup_of(organiser_client.get(reverse("admin:books_book_change", args=[kept.pk])))
    link = next(a["href"] for a in page.select(".object-tools a") if text_of(a).startswith("Merge"))

    by_title = soup_of(organiser_client.get(link))
    by_name = soup_of(organiser_client.get(link, {"q": gone.contributions.get().contributor.name}))
    by_nothing = soup_of(organiser_client.get(link, {"q": "not\x00 to be found"}))

    for found in (by_title, by_name):
        assert [a["href"] for a in found.select(".found li a")] == [address(kept, gone)]
    assert not by_nothing.select(".found li")
    assert texts(by_nothing, ".found p") == ["Try fewer words: one of the title is enough."]


@pytest.mark.parametrize("permissions", [[], ["books.change_book"], ["books.delete_book"]])
def test_who_may_not_both_change_and_delete_books_merges_none(client, pair, permissions):
    client.force_login(make_member(is_staff=True, permissions=["books.view_book", *permissions]))

    for ask in (client.get, client.post):
        assert ask(address(*pair)).status_code == 403
    assert Book.objects.count() == 2


def test_a_form_from_elsewhere_merges_nothing(olga, pair):
    client = Client(enforce_csrf_checks=True)
    client.force_login(olga)

    assert client.post(address(*pair)).status_code == 403
    assert Book.objects.count() == 2


def test_the_visitor_of_a_merged_book_reads_everything_on_one_page(client, pair):
    kept, gone = pair
    quotes = list(Quote.objects.visible_to(AnonymousUser()))

    merge_books(kept, gone)

    page = client.get(kept.get_absolute_url()).content.decode()
    assert len(quotes) == 4
    assert all(quote.text in page for quote in quotes)
