"""The search page: any text is a valid search, takes at most six queries, and finds only visible rows."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser

from bookclub.search.engines import postgresql
from bookclub.search.extensions import create_extensions
from bookclub.search.index import refresh_index
from bookclub.search.query import Query
from bookclub.search.suggestions import suggest_query
from tests import factories as make
from tests.pages import soup_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
VISITOR = AnonymousUser()
HOSTILE = [
    "", " ", "\0", "a\0b", "'", '"', "'\"'", '"unbalanced', "un\"balanced'", "“half", "-", "--", '-"', "-city", '-""', "*", "city*",
    "city:*", "title_stems:city", "words : city", "NEAR(city book)", "city AND", "OR", "NOT city", "AND OR NOT", "(city",
    "city)", "{city}", "^city", "city & !book", "city <-> book", "' || 'x", "'; DROP TABLE books_book; --", "\\", "\\'", "%s",
    "%", "%(x)s", "{{ city }}", "<script>alert(1)</script>", "🎉", "🎉🎉 city", "👩‍👩‍👧", "مدينة", "עיר", "\u202ecity", "é" * 300,
    "e" * 100_000, "city " * 20_000, "\ud7ff\ue000", "\u0301\u0301", "１２３", "ﬁne", "1e10", "-1", "0x41", "a.b.c@d.e/f", "= =",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_a_search(client, words):
    make.make_quote(text="A city")
    refresh_index()

    response = client.get("/search/", {"q": words})

    assert response.status_code == 200
    assert len(response.content) < 100_000
    assert "<script" not in response.content.decode()


@pytest.mark.parametrize(
    "more",
    [
        "kind=x",
        "kind=quote&page=x",
        "kind=quote&page=99999999999999",
        "year=x",
        "year=99999",
        "book=missing",
        "book=%00",
    ],
)
def test_wrong_filters_count_as_none(client, more):
    make.make_quote(text="A city")
    refresh_index()

    assert soup_of(client.get(f"/search/?q=city&{more}")).find("mark").string == "city"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?q=city",
        "?q=city&kind=quote&page=2",
        "?q=cityy&kind=quote",
        "?q=evryware+govermance+citty+xxxxx",
        "?q=zzzzzz&book=the-book",
    ],
)
def test_page_takes_at_most_six_queries(client, address, django_assert_max_num_queries):
    make.make_club()
    book = make.make_book(slug="the-book", title="City")
    for number in range(30):
        make.make_quote(book=book, text=f"A city and its everyware, {number}")
    make.make_writeup(title="City")
    refresh_index()
    client.get("/search/?q=evryware")  # asks once which extensions PostgreSQL has

    with django_assert_max_num_queries(6):
        client.get(f"/search/{address}")


def test_hits_are_marked_lead_to_their_anchors_and_are_not_for_robots(client):
    question = make.make_question(text="Who *owns* the <b>cities</b> & streets?")
    refresh_index()

    soup = soup_of(client.get("/search/?q=city"))

    link = soup.select_one("main h3 a")
    assert link["href"] == f"{question.book.get_absolute_url()}#question-{question.pk}"
    assert link.get_text() == "Who owns the <b>cities</b> & streets?"
    assert [mark.string for mark in soup.find_all("mark")] == ["cities"]
    assert soup.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    assert soup.title.string.startswith("city: ")


def test_kind_has_pages(client):
    book = make.make_book()
    for number in range(25):
        make.make_quote(book=book, text=f"A city {number:02}")
    refresh_index()

    pages = [soup_of(client.get(f"/search/?q=city&kind=quote&page={page}")) for page in (1, 2)]

    found = [link.get_text() for soup in pages for link in soup.select("main h3 a")]
    assert [len(soup.select("main h3 a")) for soup in pages] == [20, 5]
    assert sorted(found) == [f"A city {number:02}" for number in range(25)]


def test_members_and_organisers_find_more_than_visitors(client, alice, olga):
    make.make_quote(text="City for members", audience="members")
    make.make_quote(text="City in a draft", published_at=None)
    refresh_index()
    counts = []
    for user in (None, alice, olga):
        if user:
            client.force_login(user)
        counts.append(len(soup_of(client.get("/search/?q=city")).find_all("mark")))

    assert counts == [0, 1, 2]


@pytest.fixture(params=["without extensions", "with those of the server"])
def extensions(request):
    """PostgreSQL with and without pg_trgm, where the server offers it."""
    if request.param == "with those of the server":
        create_extensions()
    yield
    postgresql.has_extension.cache_clear()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("evryware", "everyware"),
        ("everywear", "everyware"),
        ("govermance of cities", "governance of cities"),
        ("hidn", ""),
        ("ann.evryware@example.org", ""),
    ],
)
def test_slips_are_corrected_with_visible_words_alone(typed, meant, extensions):
    make.make_quote(text="The everyware and the governance of cities")
    make.make_quote(text="hide evrywares govermances govermance", published_at=None)
    refresh_index()

    assert suggest_query(Query.parse(typed), VISITOR) == meant


def test_no_hit_offers_the_correction(client):
    make.make_quote(text="The everyware")
    refresh_index()

    assert soup_of(client.get("/search/?q=evryware")).select_one("main .empty a")["href"] == "?q=everyware"


def test_search_fields_of_header_lists_and_404(client):
    make.make_book()
    header = soup_of(client.get("/")).select_one("header form[action='/search/'] input[name=q]")
    books = soup_of(client.get("/books/")).select_one("main form[action='/search/']")
    missing = soup_of(client.get("/write-ups/smart-cities_special/")).select_one("main form[action='/search/']")

    assert header["type"] == "search"
    assert books.select_one("[name=kind]")["value"] == "book"
    assert missing.select_one("[name=q]")["value"] == "smart cities special"


def test_searches_are_not_logged(client, caplog):
    caplog.set_level(logging.DEBUG)
    client.get("/search/?q=zqsecretzq")

    assert "zqsecretzq" not in caplog.text
