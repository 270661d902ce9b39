"""The slug of a draft follows its title until it is first published, unless somebody typed it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from bookclub.core.redirects import Redirect
from tests.factories import make_book, make_meetup, make_writeup
from tests.pages import read_form, read_page

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
