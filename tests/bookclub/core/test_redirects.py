from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponseNotFound
from django.test.utils import CaptureQueriesContext

from bookclub.core.redirects import Redirect, redirect_middleware
from books.models import Book
from tests.factories import make_author, make_book, make_meetup, make_writeup, yesterday


def make_seen_author(slug, **fields):
    """Create an author with a write-up; without one, the author's page is a 404."""
    author = make_author(slug=slug)
    make_writeup(author=author, **fields)
    return author


MAKERS = {"book": make_book, "meetup": make_meetup, "writeup": make_writeup, "author": make_seen_author}


def rename(thing, slug):
    """Rename the row and return its old address."""
    before = thing.get_absolute_url()
    thing.slug = slug
    thing.save()
    return before


def leads_to(client, address):
    """Return the target of a permanent redirect, or the status of any other response."""
    response = client.get(address)
    return response.url if response.status_code == 301 else response.status_code


@pytest.mark.parametrize("name", list(MAKERS))
def test_old_address_redirects_permanently_to_the_new_one(client, db, name):
    thing = MAKERS[name](slug="first")

    old = rename(thing, "second")

    assert leads_to(client, old) == thing.get_absolute_url()
    assert leads_to(client, thing.get_absolute_url()) == 200


@pytest.mark.parametrize("slug", ["books", "ooks", "book"])
def test_redirect_of_a_slug_that_is_a_word_of_the_path(client, db, slug):
    book = make_book(slug=slug)

    old = rename(book, "second")

    assert leads_to(client, old) == "/books/second/"


def test_redirect_chain_leads_to_the_last_address(client, db):
    book = make_book(slug="a")

    olds = [rename(book, "b"), rename(book, "c")]

    assert [leads_to(client, old) for old in olds] == ["/books/c/", "/books/c/"]


def test_redirect_back_to_an_old_address_makes_no_loop(client, db):
    book = make_book(slug="a")

    rename(book, "b")
    rename(book, "a")

    assert leads_to(client, "/books/a/") == 200
    assert leads_to(client, "/books/b/") == "/books/a/"
    assert list(Redirect.objects.values_list("path", flat=True)) == ["/books/b/"]


def test_old_address_can_be_taken_by_another_book(client, db):
    first = make_book(slug="a")
    rename(first, "b")

    second = make_book(slug="a", published_at=None)

    assert leads_to(client, "/books/a/") == 404
    rename(second, "c")
    Book.objects.update(published_at=yesterday())
    assert leads_to(client, "/books/a/") == "/books/c/"


def test_old_address_of_a_hidden_page_is_a_404(client, olga, db):
    draft = make_writeup(slug="secret-plan", published_at=None)
    old = rename(draft, "secret-plan-2")

    seen_by_a_visitor = leads_to(client, old)
    client.force_login(olga)

    assert seen_by_a_visitor == 404
    assert leads_to(client, old) == "/write-ups/secret-plan-2/"


def test_old_address_of_a_page_for_members_redirects_members_only(client, bob):
    book = make_book(slug="a", audience="members")
    old = rename(book, "b")

    seen_by_a_visitor = leads_to(client, old)
    client.force_login(bob)

    assert seen_by_a_visitor == 404
    assert leads_to(client, old) == "/books/b/"


def test_old_address_of_a_deleted_row_is_a_404(client, db):
    book = make_book(slug="a")
    old = rename(book, "b")

    book.delete()

    assert leads_to(client, old) == 404


def test_redirect_keeps_the_query_string(client, db):
    rename(make_book(slug="a"), "b")

    assert leads_to(client, "/books/a/?from=letter") == "/books/b/?from=letter"
    assert client.head("/books/a/").status_code == 301


def ask_below(rf, address, method="get"):
    """Send a request for a missing page below a book's address through the redirect middleware."""
    request = getattr(rf, method)(address)
    request.user, request.resolver_match = AnonymousUser(), SimpleNamespace(kwargs={"slug": "a"})
    response = redirect_middleware(lambda _request: HttpResponseNotFound())(request)
    return response.headers.get("Location", response.status_code)


def test_redirect_covers_subpages_but_no_posts(rf, db):
    rename(make_book(slug="a"), "b")

    answers = [ask_below(rf, "/books/a/kit/", method) for method in ("get", "head", "post")]

    assert answers == ["/books/b/kit/", "/books/b/kit/", 404]


def test_redirect_makes_no_loop_after_queryset_updates(rf, db):
    rename(make_book(slug="a"), "b")

    Book.objects.update(slug="a")

    assert ask_below(rf, "/books/a/kit/") == 404


def test_save_without_a_new_slug_adds_no_redirect(db):
    book = make_book(slug="a")
    book.title = "Another title"

    book.save()
    book.slug = "not-saved"
    book.save(update_fields=["title"])

    assert Book.objects.get().slug == "a"
    assert not Redirect.objects.exists()


def test_failed_rename_adds_no_redirect(db, client):
    make_book(slug="taken")
    book = make_book(slug="a")

    with pytest.raises(Exception, match=r"(?i)unique"):
        rename(book, "taken")

    assert not Redirect.objects.exists()


def test_redirects_are_queried_only_for_a_404_of_a_redirecting_page(client, db):
    make_book(slug="there")
    asked = {}
    for address in ("/books/there/", "/books/", "/fallen/out/", "/books/nowhere/"):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        asked[address] = sum("bookclub_redirect" in query["sql"] for query in queries)

    assert asked == {"/books/there/": 0, "/books/": 0, "/fallen/out/": 0, "/books/nowhere/": 1}


def test_request_for_an_old_address_writes_nothing(client, db):
    book = make_book(slug="a")
    rename(book, "b")

    with CaptureQueriesContext(connection) as queries:
        client.get("/books/a/")

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_old_address_is_kept_when_the_slug_alone_is_saved(client, db):
    book = make_book(slug="a")
    book.slug = "b"

    book.save(update_fields=["slug"])

    assert leads_to(client, "/books/a/") == "/books/b/"


def test_save_without_the_slug_writes_the_other_fields(db):
    book = make_book(slug="a", title="Before")
    book.title = "After"

    book.save(update_fields=["title"])

    assert Book.objects.get().title == "After"


def test_missing_page_does_not_lead_to_the_old_address_of_another(client, db):
    rename(make_book(slug="a"), "b")

    assert leads_to(client, "/books/nowhere/") == 404


def test_retarget_leaves_the_old_addresses_of_other_things(db):
    kept, gone, other = make_book(slug="kept"), make_book(slug="gone"), make_book(slug="other")
    author = make_author(pk=gone.pk, slug="ann")
    for thing in (gone, other, author):
        rename(thing, f"{thing.slug}-2")

    Redirect.objects.retarget(gone, kept)

    owners = dict(Redirect.objects.values_list("path", "target_pk"))
    assert owners == {
        "/books/gone/": kept.pk,
        "/books/gone-2/": kept.pk,
        "/books/other/": other.pk,
        "/people/ann/": author.pk,
    }
