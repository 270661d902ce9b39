"""The search box on every page of the admin."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookclub.admin_search import SHOWN
from tests import factories as make
from tests.pages import read_page, text_of, texts

SEARCH = "/admin/search/"


def search(client, words):
    """Return {heading: [texts of the links]}."""
    page = read_page(client.get(SEARCH, {"q": words}))
    return {text_of(section.h2): texts(section, "li a") for section in page.select("#content section")}


def test_search_finds_every_kind_grouped(organiser_client):
    book = make.make_book(title="Erewhon")
    make.make_quote(book=book, text="The watch was taken from me")
    make.make_writeup(title="The Watch in the Museum", book=book)
    make.make_meetup(book=book, date=dt.date(2019, 1, 16), published_at=None)
    make.make_member(name="Erewhonia Watch", email="watch@example.org")
    make.make_subscriber(email="watcher@example.org")

    assert search(organiser_client, "watch") == {
        "Write-ups": ["The Watch in the Museum"],
        "Quotes": ["The watch was taken from me"],
        "Members": ["Erewhonia Watch"],
        "Subscribers": ["watcher@example.org"],
    }
    assert search(organiser_client, "erewhon") == {
        "Write-ups": ["The Watch in the Museum"],
        "Meetups": ["16 January 2019, Erewhon"],
        "Books": ["Erewhon"],
        "Quotes": ["The watch was taken from me"],
        "Members": ["Erewhonia Watch"],
    }


def test_search_shows_authors_neither_drafts_of_others_nor_people(author_client, ann):
    make.make_writeup(title="A draft of mine", author=ann.author, published_at=None)
    make.make_writeup(title="A draft of somebody", published_at=None)
    make.make_quote(text="A draft of a quote", published_at=None)
    make.make_member(name="A. Draft")
    make.make_subscriber(email="draft@example.org")

    assert search(author_client, "draft") == {"Write-ups": ["A draft of mine"]}


def test_search_links_a_hit_with_its_state_to_its_form(organiser_client):
    writeup = make.make_writeup(title="Erewhon", published_at=None)

    page = read_page(organiser_client.get(SEARCH, {"q": "erewhon"}))

    assert page.select_one("#content li a")["href"] == reverse("admin:meetups_writeup_change", args=[writeup.pk])
    assert texts(page, "#content li") == ["Erewhon Draft"]


def test_search_links_the_list_of_all_hits(organiser_client):
    for number in range(SHOWN + 2):
        make.make_quote(text=f"Words & more {number}")

    page = read_page(organiser_client.get(SEARCH, {"q": "words & more"}))

    *hits, rest = page.select("#content li a")
    assert len(hits) == SHOWN
    assert text_of(rest) == "See all quotes with “words & more”"
    assert len(read_page(organiser_client.get(rest["href"])).select("#result_list tbody tr")) == SHOWN + 2


@pytest.mark.parametrize("words", ["", "   ", "nothing is called this", "\0", "%", "<b>", "x" * 5_000])
def test_search_without_hits_says_what_to_do(organiser_client, words):
    make.make_quote(text="Words from the book")

    page = read_page(organiser_client.get(SEARCH, {"q": words}))

    assert page.select("#content section") == []
    assert text_of(page.select_one("#content p")).endswith(("words.", "an address."))


def test_search_box_keeps_the_words(organiser_client):
    page = read_page(organiser_client.get(SEARCH, {"q": ' a "b" '}))

    assert page.select_one(".admin-search input")["value"] == 'a "b"'


def test_search_takes_the_same_queries_for_few_and_many_rows(organiser_client):
    counts = []
    for numbers in (range(3), range(3, 30)):
        for number in numbers:
            book = make.make_book(title=f"Lamp {number}")
            make.make_quote(book=book)
            make.make_question(book=book)
            make.make_writeup(title=f"Lamp {number}", book=book)
            make.make_meetup(book=book)
            make.make_member(name=f"Lamp {number}")
            make.make_subscriber(email=f"lamp{number}@example.org")
        organiser_client.get(SEARCH, {"q": "lamp"})
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get(SEARCH, {"q": "lamp"})
        counts.append(len(queries))

    assert counts[0] == counts[1]
