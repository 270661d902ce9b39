"""The front page of the desk: what is waiting, where it leads, and for whom."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.models import OutgoingMail
from bookclub.waiting import SHOWN, waiting_for
from tests import factories as make
from tests.pages import soup_of, text_of, texts

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
INDEX = "/admin/"


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/London"):
        yield


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def make_whole_book(**fields):
    return make.make_book(cover=make.make_picture_file(), cover_alt="A lamp", **fields)


@pytest.fixture
def calm(db):
    """A club with which all is well: an evening behind it that is written up, one ahead with a book and a venue."""
    read, next_book = make_whole_book(title="Read"), make_whole_book(title="Next")
    make.make_quote(book=read)
    evening = make.make_meetup(book=read, date=TODAY - dt.timedelta(days=20))
    make.make_writeup(meetup=evening, title="Written up")
    return make.make_meetup(book=next_book, venue=make.make_venue(), date=TODAY + dt.timedelta(days=20))


def waiting(user):
    """{heading: [words]}"""
    return {group.heading: [entry.words for entry in group.entries] for group in waiting_for(user)}


def address(page, *args, query=""):
    return reverse(f"admin:{page}", args=args) + query


def test_a_club_with_which_all_is_well_has_nothing_waiting(desk, calm):
    page = soup_of(desk.get(INDEX))

    assert texts(page, ".waiting h3") == []
    assert "Nothing is waiting." in text_of(page.select_one(".waiting"))


def test_drafts_and_scheduled_write_ups_lead_to_their_forms(desk, calm):
    draft = make.make_writeup(title="A draft", published_at=None)
    ahead = make.make_writeup(title="Ahead", published_at=NOW + dt.timedelta(hours=3, minutes=12))

    page = soup_of(desk.get(INDEX))

    rows = [(text_of(row), row.a["href"]) for row in page.select(".waiting li")]
    assert texts(page, ".waiting h3") == ["Drafts", "Scheduled"]
    assert rows == [
        ("A draft", address("meetups_writeup_change", draft.pk)),
        (
            "Ahead goes live Wed 4 Mar 2026, 15:12 London, in 3 h 12 min",
            address("meetups_writeup_change", ahead.pk),
        ),
    ]


def test_an_evening_that_nobody_has_written_up_leads_to_a_form_that_knows_it(desk, calm):
    evening = make.make_meetup(book=make_whole_book(title="Erewhon"), date=dt.date(2026, 2, 4))

    page = soup_of(desk.get(INDEX))

    link = page.select_one(".waiting li a")
    form = soup_of(desk.get(link["href"]))
    assert text_of(link) == "4 February 2026, Erewhon"
    assert form.select_one("[name=meetup] option[selected]")["value"] == str(evening.pk)


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
def test_what_the_next_meetup_lacks_is_said(olga, calm, fields, words):
    type(calm).objects.filter(pk=calm.pk).update(**fields)

    assert waiting(olga) == {"Next meetup": [words]}


def test_only_the_next_meetup_is_asked_for_its_book_and_venue(olga, calm):
    make.make_meetup(date=TODAY + dt.timedelta(days=50))

    assert waiting(olga) == {}


@pytest.mark.parametrize("date", ["none", "past"])
def test_no_next_meetup_is_a_task(olga, calm, date):
    calm.delete()
    make.make_meetup(date=None)

    assert waiting(olga) == {"Next meetup": ["No next meetup is announced: add one"]}


def test_covers_and_words_for_them_are_asked_for(olga, calm):
    make.make_book(title="Bare")
    make.make_book(title="Mute", cover=make.make_picture_file())

    assert waiting(olga) == {"Covers that are not put in words": ["Mute"], "Books without a cover": ["Bare"]}


def test_what_was_left_unpublished_on_a_published_book_leads_to_its_list(desk, calm):
    book = calm.book
    for _ in range(2):
        quote = make.make_quote(book=book, published_at=None)
    make.make_quote(book=make_whole_book(published_at=None), published_at=None)

    page = soup_of(desk.get(INDEX))

    [link] = page.select(".waiting li a")
    rows = soup_of(desk.get(link["href"])).select("#result_list tbody tr")
    assert text_of(link) == "Next: 2 quotes"
    assert len(rows) == 2
    assert str(quote.pk) in rows[1].select_one("th a")["href"]


def test_of_many_the_first_are_shown_and_the_rest_is_a_list(desk, calm):
    for number in range(SHOWN + 3):
        make.make_writeup(title=f"Draft {number}", published_at=None)

    page = soup_of(desk.get(INDEX))

    assert len(page.select(".waiting li")) == SHOWN + 1
    assert page.select(".waiting li a")[-1]["href"] == address("meetups_writeup_changelist", query="?state=draft")


def make_mess(number):
    """One of everything that waits."""
    book = make.make_book(title=f"Book {number}")
    for part in (make.make_note, make.make_term, make.make_question, make.make_quote, make.make_reading):
        part(book=book, published_at=None)
    make.make_book(title=f"Mute {number}", cover=make.make_picture_file())
    make.make_writeup(published_at=None)
    make.make_writeup(published_at=NOW + dt.timedelta(days=number))
    make.make_meetup(book=book, date=TODAY - dt.timedelta(days=number))
    make.make_meetup(date=TODAY + dt.timedelta(days=number))


def test_mail_that_a_person_has_to_settle_is_waiting(client, olga, calm):
    for state in ("held", "unknown", "sent"):
        fields = {
            "key": state,
            "kind": "newsletter-confirm",
            "to": "ann@example.org",
            "subject": "Hello",
            "text": "Hello",
        }
        OutgoingMail.objects.write(state=state, **fields)

    assert waiting(olga) == {
        "Mail that waits for you": ["1 mail"],
        "Mail that may or may not have gone out": ["1 mail"],
    }
    assert waiting(make.make_writer()) == {}


def test_the_front_page_asks_the_same_queries_for_little_and_for_much(desk):
    counts = []
    for numbers in ([1], range(2, 30)):
        for number in numbers:
            make_mess(number)
        desk.get(INDEX)
        with CaptureQueriesContext(connection) as queries:
            desk.get(INDEX)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 26


def test_an_author_is_told_of_their_own_and_of_nothing_else(client, calm):
    make_mess(1)
    writer = make.make_writer()
    book = make_whole_book(title="Own book")
    make.make_writeup(title="Own draft", author=writer.author, book=book, published_at=None)
    make.make_quote(book=book, published_at=None)
    client.force_login(writer)

    page = soup_of(client.get(INDEX))

    assert texts(page, ".waiting li a") == ["Own draft", "Own book: 1 quote"]


def test_an_author_whose_account_belongs_to_no_author_is_told_whom_to_ask(client, calm):
    writer = make.make_writer()
    writer.author.delete()
    client.force_login(writer)

    page = soup_of(client.get(INDEX))

    assert "Ask an organiser to choose your account on your author’s page." in text_of(page.select_one(".waiting"))


def test_the_buttons_are_those_that_a_person_may_press(client, olga, calm):
    writer = make.make_writer()
    pages = {}
    for person in (olga, writer):
        client.force_login(person)
        pages[person] = soup_of(client.get(INDEX))

    assert texts(pages[olga], ".starts a") == ["Paste the evening", "Add a meetup", "Add a book"]
    assert texts(pages[writer], ".starts a") == ["Paste the evening", "Add a book"]
    for link in pages[olga].select(".starts a"):
        client.force_login(olga)
        assert client.get(link["href"]).status_code == 200
