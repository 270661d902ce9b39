"""The address of a page: made from the title, free, and following the title until the page is first published."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookclub.admin_base import base, forms
from bookclub.core.redirects import Redirect
from books.models import Book
from meetups.models import Meetup
from tests.factories import make_author, make_book, make_meetup, make_organiser, make_writeup
from tests.pages import read_form, read_page, texts
from tests.racing import FORK, race

pytestmark = pytest.mark.django_db


def save_form(client, row, **changes):
    """Post the row's form as a browser would, with `changes`; return the row as stored then."""
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    response = client.post(url, read_form(read_page(client.get(url))) | changes)
    assert response.status_code == 302
    return type(row).objects.get(pk=row.pk)


def make_draft_writeup(**fields):
    return make_writeup(**{"title": "The Lamp", "slug": "the-lamp", "published_at": None} | fields)


def make_draft_book(**fields):
    return make_book(**{"title": "The Lamp", "slug": "the-lamp", "published_at": None} | fields)


@pytest.mark.parametrize("make", [make_draft_writeup, make_draft_book])
@pytest.mark.parametrize("slug", ["the-lamp", "the-lamp-2"])
def test_slug_of_a_draft_follows_its_title(organiser_client, make, slug):
    row = save_form(organiser_client, make(slug=slug), title="The Lamps of Łódź")

    assert (row.title, row.slug) == ("The Lamps of Łódź", "the-lamps-of-lodz")


def test_slug_of_a_draft_follows_to_a_free_one(organiser_client):
    make_draft_writeup(slug="the-door")

    assert save_form(organiser_client, make_draft_writeup(), title="The Door").slug == "the-door-2"


@pytest.mark.parametrize("make", [make_draft_writeup, make_draft_book])
def test_slug_that_was_typed_stays(organiser_client, make):
    row = save_form(organiser_client, make(slug="light"), title="The Door")

    assert (row.title, row.slug) == ("The Door", "light")


def test_slug_typed_together_with_the_title_stays(organiser_client):
    row = save_form(organiser_client, make_draft_writeup(), title="The Door", slug="the-exit")

    assert row.slug == "the-exit"


def test_slug_without_a_new_title_stays(organiser_client):
    row = save_form(organiser_client, make_draft_writeup(slug="the-lamp-2"), standfirst="A warm room.")

    assert (row.standfirst, row.slug) == ("A warm room.", "the-lamp-2")


def test_slug_of_what_was_once_published_stays(organiser_client):
    published, taken_back = make_draft_writeup(), make_draft_writeup(slug="the-lamp-2")
    for writeup in (published, taken_back):
        writeup.publish()
    taken_back.unpublish()

    slugs = [save_form(organiser_client, writeup, title="The Door").slug for writeup in (published, taken_back)]

    assert slugs == ["the-lamp", "the-lamp-2"]


def test_slug_of_a_scheduled_writeup_follows_and_redirects(organiser_client):
    writeup = make_draft_writeup()
    writeup.publish(at=timezone.now() + dt.timedelta(days=2))

    writeup = save_form(organiser_client, writeup, title="The Door")

    assert writeup.slug == "the-door"
    assert Redirect.objects.get(path="/write-ups/the-lamp/").target_pk == writeup.pk


def test_slug_of_a_draft_meetup_follows_its_date(organiser_client):
    draft = make_meetup(date=dt.date(2090, 3, 4), slug="", published_at=None)
    typed = make_meetup(date=dt.date(2090, 3, 4), slug="spring", published_at=None)
    published = make_meetup(date=dt.date(2090, 3, 4), slug="")

    rows = [save_form(organiser_client, meetup, date="11/03/2090") for meetup in (draft, typed, published)]

    assert [(row.date.day, row.slug) for row in rows] == [(11, "2090-03-11"), (11, "spring"), (11, "2090-03-04-2")]


# --- new rows


@pytest.mark.parametrize(
    ("make", "page", "typed"),
    [
        (make_book, "books_book", {"title": "The Lamp"}),
        (make_writeup, "meetups_writeup", {"title": "The Lamp"}),
    ],
)
def test_new_row_with_a_taken_title_gets_an_address_of_its_own(organiser_client, make, page, typed):
    first = make(title="The Lamp", slug="the-lamp")
    author = {"author": make_author().pk} if page == "meetups_writeup" else {}

    add_row(organiser_client, page, typed | author)

    assert set(type(first).objects.values_list("slug", flat=True)) == {"the-lamp", "the-lamp-2"}


def test_second_meetup_of_a_day_gets_an_address_of_its_own(organiser_client):
    make_meetup(date=dt.date(2090, 3, 4), slug="2090-03-04")

    add_row(organiser_client, "meetups_meetup", {"date": "04/03/2090"})

    assert set(Meetup.objects.values_list("slug", flat=True)) == {"2090-03-04", "2090-03-04-2"}


@pytest.mark.parametrize("page", ["books_book", "meetups_writeup", "meetups_meetup", "members_author"])
def test_nobody_is_asked_for_an_address(organiser_client, page):
    form = read_page(organiser_client.get(reverse(f"admin:{page}_add"))).select_one("#content form[id$=_form]")

    field = form.select_one("[name=slug]")
    assert not field.has_attr("required")
    assert texts(field.find_parent("details"), "summary, label") == ["Address", "Address:"]
    assert not field.find_parent("details").has_attr("open")


def add_row(client, page, typed):
    address = reverse(f"admin:{page}_add")
    response = client.post(address, read_form(read_page(client.get(address))) | typed)
    assert response.status_code == 302


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("retries", [True, False])
def test_two_books_of_one_title_saved_at_once_get_two_addresses(retries):
    """The control without retries fails on PostgreSQL. On SQLite the second save begins when the first has ended."""
    olga, have_read = make_organiser(), FORK.Barrier(2)

    runs = race([lambda: add_lamp(olga, have_read, retries)] * 2)

    errors = [run.error for run in runs if run.error]
    slugs = sorted(Book.objects.values_list("slug", flat=True))
    if retries or connection.vendor == "sqlite":
        assert (errors, slugs) == ([], ["the-lamp", "the-lamp-2"])
    else:
        assert [error.partition(":")[0] for error in errors] == ["IntegrityError"]
        assert slugs == ["the-lamp"]


def test_book_is_saved_when_its_address_is_taken_before_the_form_is_checked(organiser_client, monkeypatch):
    choose = forms.unique_slug

    def choose_slug_too_late(*args, **options):
        slug = choose(*args, **options)
        if not Book.objects.exists():
            make_book(title="The Lamp", slug=slug)
        return slug

    monkeypatch.setattr(forms, "unique_slug", choose_slug_too_late)

    add_row(organiser_client, "books_book", {"title": "The Lamp"})

    assert sorted(Book.objects.values_list("slug", flat=True)) == ["the-lamp", "the-lamp-2"]


def add_lamp(member, have_read, retries):
    """Add a book; on PostgreSQL no process saves before both have chosen an address. It changes its process alone."""
    choose, waits = forms.unique_slug, [connection.vendor == "postgresql"]

    def choose_slug(*args, **options):
        slug = choose(*args, **options)
        if waits and waits.pop():
            have_read.wait(30)
        return slug

    forms.unique_slug = choose_slug
    if not retries:
        base.retry_with_free_slug = lambda row, make_free_slug, save: save()
    client = Client()
    client.force_login(member)
    add_row(client, "books_book", {"title": "The Lamp"})
