"""Open tasks on the dashboard: their links and permissions."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.dashboard import SHOWN, list_open_tasks
from bookclub.mail.models import OutgoingMail
from tests import factories as make
from tests.pages import soup_of, text_of, texts

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
INDEX = "/admin/"


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/London"):
        yield


def make_whole_book(**fields):
    return make.make_book(cover=make.make_picture_file(), cover_alt="A lamp", **fields)


@pytest.fixture
def calm(db):
    """A club without open tasks: a past meetup with a write-up, a future one with a book and a venue."""
    read, next_book = make_whole_book(title="Read"), make_whole_book(title="Next")
    make.make_quote(book=read)
    past_meetup = make.make_meetup(book=read, date=TODAY - dt.timedelta(days=20))
    make.make_writeup(meetup=past_meetup, title="Written up")
    return make.make_meetup(book=next_book, venue=make.make_venue(), date=TODAY + dt.timedelta(days=20))


def waiting(user):
    """Return {heading: [texts]}."""
    return {group.heading: [entry.text for entry in group.entries] for group in list_open_tasks(user)}


def address(page, *args, query=""):
    return reverse(f"admin:{page}", args=args) + query


def test_dashboard_is_empty_without_open_tasks(organiser_client, calm):
    page = soup_of(organiser_client.get(INDEX))

    assert texts(page, ".waiting h3") == []
    assert "Nothing is waiting." in text_of(page.select_one(".waiting"))


def test_dashboard_links_drafts_and_scheduled_writeups(organiser_client, calm):
    draft = make.make_writeup(title="A draft", published_at=None)
    ahead = make.make_writeup(title="Ahead", published_at=NOW + dt.timedelta(hours=3, minutes=12))

    page = soup_of(organiser_client.get(INDEX))

    rows = [(text_of(row), row.a["href"]) for row in page.select(".waiting li")]
    assert texts(page, ".waiting h3") == ["Drafts", "Scheduled"]
    assert rows == [
        ("A draft", address("meetups_writeup_change", draft.pk)),
        (
            "Ahead goes live Wed 4 Mar 2026, 15:12 London, in 3 h 12 min",
            address("meetups_writeup_change", ahead.pk),
        ),
    ]


def test_dashboard_links_a_meetup_without_writeup_to_a_filled_form(organiser_client, calm):
    past_meetup = make.make_meetup(book=make_whole_book(title="Erewhon"), date=dt.date(2026, 2, 4))

    page = soup_of(organiser_client.get(INDEX))

    link = page.select_one(".waiting li a")
    form = soup_of(organiser_client.get(link["href"]))
    assert text_of(link) == "4 February 2026, Erewhon"
    assert form.select_one("[name=meetup] option[selected]")["value"] == str(past_meetup.pk)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"book": None}, "24 March 2026: has no book yet"),
        ({"venue": None}, "24 March 2026, Next: has no venue yet"),
        ({"published_at": None}, "24 March 2026, Next: is a draft, so nobody sees it"),
        (
            {"published_at": NOW + dt.timedelta(days=1)},
            "24 March 2026, Next: goes live Thu 5 Mar 2026, 12:00 London, in 1 day",
        ),
    ],
)
def test_dashboard_lists_missing_facts_of_next_meetup(olga, calm, fields, words):
    type(calm).objects.filter(pk=calm.pk).update(**fields)

    assert waiting(olga) == {"Next meetup": [words]}


def test_dashboard_skips_cancelled_meetups(olga, calm):
    make.make_meetup(date=dt.date(2026, 2, 4), cancelled_at=NOW)
    make.make_meetup(date=TODAY + dt.timedelta(days=1), cancelled_at=NOW)

    assert waiting(olga) == {}


def test_dashboard_checks_book_and_venue_of_the_next_meetup_only(olga, calm):
    make.make_meetup(date=TODAY + dt.timedelta(days=50))

    assert waiting(olga) == {}


@pytest.mark.parametrize("date", ["none", "past"])
def test_dashboard_asks_for_a_next_meetup(olga, calm, date):
    calm.delete()
    make.make_meetup(date=None)

    assert waiting(olga) == {"Next meetup": ["No next meetup is announced: add one"]}


def test_dashboard_asks_for_covers_and_their_descriptions(olga, calm):
    make.make_book(title="Bare")
    make.make_book(title="Mute", cover=make.make_picture_file())

    assert waiting(olga) == {"Covers without a description": ["Mute"], "Books without a cover": ["Bare"]}


def test_dashboard_links_unpublished_items_of_published_books(organiser_client, calm):
    book = calm.book
    for _ in range(2):
        quote = make.make_quote(book=book, published_at=None)
    make.make_quote(book=make_whole_book(published_at=None), published_at=None)

    page = soup_of(organiser_client.get(INDEX))

    [link] = page.select(".waiting li a")
    rows = soup_of(organiser_client.get(link["href"])).select("#result_list tbody tr")
    assert text_of(link) == "Next: 2 quotes"
    assert len(rows) == 2
    assert str(quote.pk) in rows[1].select_one("th a")["href"]


def test_dashboard_shows_the_first_rows_and_links_the_rest(organiser_client, calm):
    for number in range(SHOWN + 3):
        make.make_writeup(title=f"Draft {number}", published_at=None)

    page = soup_of(organiser_client.get(INDEX))

    assert len(page.select(".waiting li")) == SHOWN + 1
    assert page.select(".waiting li a")[-1]["href"] == address("meetups_writeup_changelist", query="?state=draft")


def make_mess(number):
    """Create one row for each entry of the dashboard."""
    book = make.make_book(title=f"Book {number}")
    for part in (make.make_note, make.make_term, make.make_question, make.make_quote, make.make_reading):
        part(book=book, published_at=None)
    make.make_book(title=f"Mute {number}", cover=make.make_picture_file())
    make.make_paste()
    make.make_writeup(published_at=None)
    make.make_writeup(published_at=NOW + dt.timedelta(days=number))
    make.make_meetup(book=book, date=TODAY - dt.timedelta(days=number))
    make.make_meetup(date=TODAY + dt.timedelta(days=number))


def test_dashboard_lists_mail_that_needs_a_decision(client, olga, calm):
    for state in ("held", "unknown", "sent"):
        fields = {
            "key": state,
            "kind": "newsletter-confirm",
            "to": "ann@example.org",
            "subject": "Hello",
            "text": "Hello",
        }
        OutgoingMail.objects.enqueue(state=state, **fields)

    assert waiting(olga) == {
        "Mail that waits for you": ["1 mail"],
        "Mail that may or may not have gone out": ["1 mail"],
    }
    assert waiting(make.make_writer()) == {}


def test_dashboard_query_count_is_constant(organiser_client):
    counts = []
    for numbers in ([1], range(2, 30)):
        for number in numbers:
            make_mess(number)
        organiser_client.get(INDEX)
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get(INDEX)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 27


def test_dashboard_shows_authors_their_own_rows_only(client, calm):
    make_mess(1)
    writer = make.make_writer()
    book = make_whole_book(title="Own book")
    make.make_writeup(title="Own draft", author=writer.author, book=book, published_at=None)
    make.make_quote(book=book, published_at=None)
    client.force_login(writer)

    page = soup_of(client.get(INDEX))

    assert texts(page, ".waiting li a") == ["Own draft", "Own book: 1 quote"]


def test_dashboard_helps_author_without_author_page(client, calm):
    writer = make.make_writer()
    writer.author.delete()
    client.force_login(writer)

    page = soup_of(client.get(INDEX))

    assert "Ask an organiser to choose your account on your author’s page." in text_of(page.select_one(".waiting"))


def test_dashboard_shows_permitted_buttons_only(client, olga, calm):
    writer = make.make_writer()
    pages = {}
    for person in (olga, writer):
        client.force_login(person)
        pages[person] = soup_of(client.get(INDEX))

    assert texts(pages[olga], ".starts a") == ["Paste a write-up", "Add a meetup", "Add a book"]
    assert texts(pages[writer], ".starts a") == ["Paste a write-up", "Add a book"]
    for link in pages[olga].select(".starts a"):
        client.force_login(olga)
        assert client.get(link["href"]).status_code == 200
