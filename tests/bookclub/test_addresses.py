from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponseNotFound
from django.test.utils import CaptureQueriesContext

from bookclub.addresses import OldAddress, old_addresses
from books.models import Book
from tests.factories import make_author, make_book, make_meetup, make_writeup, yesterday


def make_seen_author(slug, **fields):
    """An author's page is there for those who may see a write-up of theirs."""
    author = make_author(slug=slug)
    make_writeup(author=author, **fields)
    return author


MAKERS = {"book": make_book, "meetup": make_meetup, "writeup": make_writeup, "author": make_seen_author}


def rename(thing, slug):
    """The address that it had."""
    before = thing.get_absolute_url()
    thing.slug = slug
    thing.save()
    return before


def leads_to(client, address):
    """Where a permanent redirect points, or the status of any other answer."""
    response = client.get(address)
    return response.url if response.status_code == 301 else response.status_code


@pytest.mark.parametrize("name", list(MAKERS))
def test_an_old_address_is_a_permanent_redirect_to_the_new_one(client, db, name):
    thing = MAKERS[name](slug="first")

    old = rename(thing, "second")

    assert leads_to(client, old) == thing.get_absolute_url()
    assert leads_to(client, thing.get_absolute_url()) == 200


def test_every_address_of_a_chain_leads_to_the_last_one(client, db):
    book = make_book(slug="a")

    olds = [rename(book, "b"), rename(book, "c")]

    assert [leads_to(client, old) for old in olds] == ["/books/c/", "/books/c/"]


def test_a_book_that_goes_back_to_its_old_address_stands_there_and_nothing_turns_in_a_circle(client, db):
    book = make_book(slug="a")

    rename(book, "b")
    rename(book, "a")

    assert leads_to(client, "/books/a/") == 200
    assert leads_to(client, "/books/b/") == "/books/a/"
    assert list(OldAddress.objects.values_list("path", flat=True)) == ["/books/b/"]


def test_an_address_that_was_left_can_be_taken_by_another_book(client, db):
    first = make_book(slug="a")
    rename(first, "b")

    second = make_book(slug="a", published_at=None)

    assert leads_to(client, "/books/a/") == 404
    rename(second, "c")
    Book.objects.update(published_at=yesterday())
    assert leads_to(client, "/books/a/") == "/books/c/"


def test_what_a_reader_may_not_see_stays_a_404_at_its_old_address_too(client, olga, db):
    draft = make_writeup(slug="secret-plan", published_at=None)
    old = rename(draft, "secret-plan-2")

    seen_by_a_visitor = leads_to(client, old)
    client.force_login(olga)

    assert seen_by_a_visitor == 404
    assert leads_to(client, old) == "/write-ups/secret-plan-2/"


def test_what_is_for_members_sends_members_on_and_nobody_else(client, bob):
    book = make_book(slug="a", audience="members")
    old = rename(book, "b")

    seen_by_a_visitor = leads_to(client, old)
    client.force_login(bob)

    assert seen_by_a_visitor == 404
    assert leads_to(client, old) == "/books/b/"


def test_the_old_address_of_something_deleted_is_a_404(client, db):
    book = make_book(slug="a")
    old = rename(book, "b")

    book.delete()

    assert leads_to(client, old) == 404


def test_a_question_in_the_address_is_kept(client, db):
    rename(make_book(slug="a"), "b")

    assert leads_to(client, "/books/a/?from=letter") == "/books/b/?from=letter"
    assert client.head("/books/a/").status_code == 301


def ask_below(rf, address, method="get"):
    """What a page that is not there answers below a book's address: there are none yet that take a slug."""
    request = getattr(rf, method)(address)
    request.user, request.resolver_match = AnonymousUser(), SimpleNamespace(kwargs={"slug": "a"})
    response = old_addresses(lambda _request: HttpResponseNotFound())(request)
    return response.headers.get("Location", response.status_code)


def test_a_page_below_the_old_address_moves_along_but_nothing_that_was_posted(rf, db):
    rename(make_book(slug="a"), "b")

    answers = [ask_below(rf, "/books/a/kit/", method) for method in ("get", "head", "post")]

    assert answers == ["/books/b/kit/", "/books/b/kit/", 404]


def test_nothing_turns_in_a_circle_where_slugs_were_changed_behind_the_models_back(rf, db):
    rename(make_book(slug="a"), "b")

    Book.objects.update(slug="a")

    assert ask_below(rf, "/books/a/kit/") == 404


def test_a_save_that_does_not_touch_the_slug_keeps_nothing(db):
    book = make_book(slug="a")
    book.title = "Another title"

    book.save()
    book.slug = "not-saved"
    book.save(update_fields=["title"])

    assert Book.objects.get().slug == "a"
    assert not OldAddress.objects.exists()


def test_a_rename_that_fails_keeps_no_address(db, client):
    make_book(slug="taken")
    book = make_book(slug="a")

    with pytest.raises(Exception, match=r"(?i)unique"):
        rename(book, "taken")

    assert not OldAddress.objects.exists()


def test_only_a_404_of_such_an_address_asks_for_an_old_one(client, db):
    make_book(slug="there")
    asked = {}
    for address in ("/books/there/", "/books/", "/fallen/out/", "/books/nowhere/"):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        asked[address] = sum("oldaddress" in query["sql"] for query in queries)

    assert asked == {"/books/there/": 0, "/books/": 0, "/fallen/out/": 0, "/books/nowhere/": 1}


def test_asking_for_an_old_address_writes_nothing(client, db):
    book = make_book(slug="a")
    rename(book, "b")

    with CaptureQueriesContext(connection) as queries:
        client.get("/books/a/")

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
