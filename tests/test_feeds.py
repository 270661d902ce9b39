"""The Atom feeds, parsed back: what they hold, for whom, in how many queries, and what a feed reader asks again."""

import datetime as dt
import re
from time import struct_time

import feedparser
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookclub.core.feeds import PER_PAGE
from books.models import ITEMS, Book
from meetups.models import WriteUp
from tests import factories as make
from tests.conftest import ALL_TESTS
from tests.factories import yesterday

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"
FEEDS = [
    "/write-ups/feed/",
    "/meetups/feed/",
    "/quotes/feed/",
    "/newsletter/feed/",
    "/books/the-book/feed/",
    "/people/the-author/feed/",
]
HOSTILE = "“One” <script>alert(1)</script> & ]]> \u202e … [sic] \ufffe 📚"
ITEM_MAKERS = {
    "note": make.make_note,
    "term": make.make_term,
    "question": make.make_question,
    "quote": make.make_quote,
    "reading": make.make_reading,
}


@pytest.fixture
def book():
    return make.make_book(slug="the-book", title="The Book")


@pytest.fixture
def author():
    return make.make_author(slug="the-author", name="Ann Ames")


def make_rows(numbers, book, author):
    """Make for each number a row of all that the feeds show."""
    for number in numbers:
        meetup = make.make_meetup(book=book, venue=make.make_venue(), date=dt.date(2030, 1, 1) + dt.timedelta(number))
        writeup = make.make_writeup(meetup=meetup, author=author, title=f"Evening {number}")
        make.make_session_note(writeup=writeup)
        for make_item in ITEM_MAKERS.values():
            make_item(book=book)
        make.make_issue(frozen_body=f"<p>Letter {number}</p>")


def read_feed(client, address, **headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    feed = feedparser.parse(response.content)
    assert not feed.bozo, feed.bozo_exception
    return feed


def text_of(entry):
    return BeautifulSoup(entry.content[0].value, "html.parser").get_text(" ", strip=True)


@pytest.mark.parametrize("address", FEEDS)
def test_feed_is_complete_atom(client, book, author, address):
    make.make_club(name=HOSTILE[:60])
    make_rows(range(2), book, author)

    response = client.get(address)
    feed = read_feed(client, address)

    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert not response.cookies
    assert feed.version == "atom10"
    assert feed.feed.id.startswith("urn:uuid:")
    assert feed.feed.title
    assert feed.feed.author
    assert {link.rel: link.href for link in feed.feed.links}["self"] == SITE + address
    assert len(feed.entries) >= 2
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    for entry in feed.entries:
        assert entry.link.startswith(SITE)
        assert entry.title
        assert text_of(entry)
        assert isinstance(entry.updated_parsed, struct_time)
        assert isinstance(entry.published_parsed, struct_time)


def test_writeup_feed_has_whole_text(client, book, author):
    make.make_club(motto="Read slowly")
    member = make.make_member(name="Nick Secret")
    writeup = make.make_writeup(
        title=HOSTILE,
        author=author,
        book=book,
        standfirst="Eight came.",
        body="We met.\n\n[pull quote]\n\nSee [the meetups](/meetups/) and [below](#end).\n\n- one\n- *two* … [sic]",
    )
    make.make_session_note(writeup=writeup, text="Rest of world", member=member)
    make.make_photo(writeup=writeup, alt="At the table", caption="All of us")

    [entry] = read_feed(client, "/write-ups/feed/").entries

    soup = BeautifulSoup(entry.content[0].value, "html.parser")
    words = " ".join(soup.get_text(" ").split())
    for part in (
        "Eight came.",
        "We met.",
        "“Read slowly”",
        "one two … [sic]",
        "Rest of world",
        "All of us",
        "The Book",
    ):
        assert part in words
    assert "Nick" not in words
    assert [link["href"] for link in soup.select("a")] == [
        f"{SITE}/meetups/",
        f"{SITE}{writeup.get_absolute_url()}#end",
        f"{SITE}/books/the-book/",
    ]
    assert soup.img["src"].startswith(f"{SITE}/media/photos/")
    assert entry.author == "Ann Ames"
    assert "\ufffe" not in entry.title
    assert soup.script is None


def test_ids_outlive_slug_and_address_of_the_site(client, settings, book, author):
    make.make_club(first_host="club.example")
    make_rows(range(1), book, author)
    before = {address: read_feed(client, address) for address in FEEDS}

    WriteUp.objects.update(slug="another")
    Book.objects.update(slug="renamed")
    settings.SITE_URL = "https://moved.example"
    after = {address: read_feed(client, address.replace("the-book", "renamed")) for address in FEEDS}

    for address in FEEDS:
        assert after[address].feed.id == before[address].feed.id
        assert [entry.id for entry in after[address].entries] == [entry.id for entry in before[address].entries]
    [entry] = after["/write-ups/feed/"].entries
    assert entry.link == "https://moved.example/write-ups/another/"


def test_feed_is_paged(client, author):
    now = timezone.now()
    for number in range(2 * PER_PAGE + 1):
        make.make_writeup(author=author, title=f"Evening {number}", published_at=now - dt.timedelta(hours=number))

    titles, pages, address = [], [], "/write-ups/feed/"
    while address:
        feed = read_feed(client, address.removeprefix(SITE))
        pages.append({link.rel: link.href for link in feed.feed.links})
        titles += [entry.title for entry in feed.entries]
        address = pages[-1].get("next")

    assert titles == [f"Evening {number}" for number in range(2 * PER_PAGE + 1)]
    first, second, third = (f"{SITE}/write-ups/feed/{query}" for query in ("", "?page=2", "?page=3"))
    alternate = {"alternate": f"{SITE}/write-ups/", "first": first, "last": third}
    assert pages == [
        alternate | {"self": first, "next": second},
        alternate | {"self": second, "previous": first, "next": third},
        alternate | {"self": third, "previous": second},
    ]


@pytest.mark.parametrize("address", FEEDS)
def test_unchanged_feed_is_not_sent_again(client, book, author, address):
    make_rows(range(2), book, author)
    response = client.get(address)

    by_tag = client.get(address, headers={"If-None-Match": response["ETag"]})

    assert (by_tag.status_code, by_tag.content) == (304, b"")
    make.make_club(name="Another name")
    assert client.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 200


def test_changed_entry_has_later_time(client, author, time_machine):
    writeup = make.make_writeup(author=author)
    before = client.get("/write-ups/feed/")
    time_machine.move_to(timezone.now() + dt.timedelta(hours=3))
    writeup.body = "Other words"
    writeup.save()

    after = client.get("/write-ups/feed/", headers={"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    [entry] = feedparser.parse(after.content).entries
    assert entry.updated > entry.published
    assert text_of(entry) == "Other words"


def test_change_beside_the_writeup_is_sent(client, author):
    """A reader that asks by time as well gets it: such changes have no time of their own."""
    club = make.make_club()
    note = make.make_session_note(writeup=make.make_writeup(author=author), text="First words")

    def change(row, **values):
        type(row).objects.filter(pk=row.pk).update(**values)

    for row, values in [(note, {"text_html": "Second"}), (author, {"name": "Anna"}), (club, {"name": "Renamed"})]:
        response = client.get("/write-ups/feed/")
        later = (timezone.now() + dt.timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        change(row, **values)

        by_time = client.get("/write-ups/feed/", headers={"If-Modified-Since": later})
        by_tag = client.get("/write-ups/feed/", headers={"If-None-Match": response["ETag"]})

        assert [by_time.status_code, by_tag.status_code] == [200, 200]
        assert next(iter(values.values())) in by_tag.text


def test_empty_feed_stays_the_same(client, time_machine):
    before = client.get("/write-ups/feed/")
    time_machine.move_to(timezone.now() + dt.timedelta(days=3))

    assert client.get("/write-ups/feed/", headers={"If-None-Match": before["ETag"]}).status_code == 304


@pytest.mark.parametrize("role", ["visitor", "organiser"])
def test_feed_holds_only_what_a_visitor_may_see(client, book, author, olga, role):
    if role == "organiser":
        client.force_login(olga)
    make_rows(range(1), book, author)
    hidden_states = [
        {"published_at": None},
        {"published_at": timezone.now() + dt.timedelta(days=1)},
        {"published_at": yesterday(), "audience": "members"},
    ]
    secret_home = make.make_venue(name="Zq home", area="Peckham", address="Zq street", is_private=True)
    make.make_meetup(venue=secret_home, room="Zq room", book=make.make_book(title="Zq draft", published_at=None))
    make.make_reading(book=book, known_book=make.make_book(title="Zq unseen", published_at=None))
    for state in hidden_states:
        hidden_book = make.make_book(title="Zq book", **state)
        make.make_quote(book=hidden_book, text="Zq words of a hidden book")
        make.make_writeup(title="Zq write-up", author=author, book=book, **state)
        make.make_meetup(standfirst="Zq meetup", **state)
        make.make_issue(frozen_subject="Zq letter", frozen_body="Zq", **state)
        for make_item in ITEM_MAKERS.values():
            words = {"quote": {"text": "Zq"}, "note": {"heading": "Zq"}, "term": {"heading": "Zq"}}
            make_item(book=book, **words.get(make_item.__name__.removeprefix("make_"), {}), **state)
    texts = {address: client.get(address).text for address in FEEDS}

    assert {address: re.findall("Zq.{20}", text) for address, text in texts.items()} == {
        address: [] for address in FEEDS
    }
    counts = {address: len(feedparser.parse(text).entries) for address, text in texts.items()}
    assert counts == dict(zip(FEEDS, [1, 2, 1, 1, 2 + len(ITEMS), 1], strict=True))


def test_feed_about_something_hidden_is_not_found(client, organiser_client):
    make.make_book(slug="draft", published_at=None)
    make.make_author(slug="without-write-ups")

    for address in ("/books/draft/feed/", "/people/without-write-ups/feed/", "/books/none/feed/"):
        assert client.get(address).status_code == 404
        assert organiser_client.get(address).status_code == 404


def test_feed_takes_the_same_queries_for_few_and_many_rows(client, book, author):
    def count_queries():
        counts = {}
        for address in FEEDS:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts[address] = len(queries)
        return counts

    make_rows(range(3), book, author)
    few = count_queries()
    make_rows(range(3, 300 if ALL_TESTS else 30), book, author)

    assert count_queries() == few


@pytest.mark.parametrize(
    "address", ["/", "/write-ups/", "/books/the-book/", "/people/the-author/", "/quotes/", "/meetups/"]
)
def test_pages_name_their_feeds(client, book, author, address):
    make_rows(range(1), book, author)

    links = BeautifulSoup(client.get(address).content, "html.parser").select("head link[type='application/atom+xml']")

    assert links
    for link in links:
        assert (link["rel"], bool(link["title"])) == (["alternate"], True)
        assert client.get(link["href"]).status_code == 200


def test_address_of_a_feed_is_refused_as_the_address_of_a_page(organiser_client):
    page = organiser_client.post("/admin/meetups/writeup/add/", {"title": "News", "slug": "feed"})

    assert "The address “feed” is taken by the site itself." in page.text
    assert not WriteUp.objects.exists()


def test_former_address_of_a_feed_leads_to_its_present_one(client, book):
    book.slug = "renamed"
    book.save()

    response = client.get("/books/the-book/feed/?page=2")

    assert (response.status_code, response["Location"]) == (301, "/books/renamed/feed/?page=2")
