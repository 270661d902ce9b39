"""Typed text in any script stands in an element of its own direction, on pages and in mails."""

import re

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from bookclub.core.models import CommunityLink
from bookclub.mail.models import OutgoingMail
from books.models import Contribution
from newsletter.delivery import send_issue
from newsletter.drafts import draft_issue
from tests import factories

pytestmark = pytest.mark.django_db

HEBREW = re.compile("[\u05d0-\u05ea]")
WORDS = "מילים"


def find_words_without_direction(html):
    """Return the typed words outside <bdi> and dir="auto". Each <option> has a direction by itself."""
    body = BeautifulSoup(html, "html.parser").body
    texts = [text for text in body.find_all(string=HEBREW) if text.parent.name != "option"]
    assert texts
    return [
        f"{text.parent.name}: {text.strip()}"
        for text in texts
        if not any(parent.name == "bdi" or parent.get("dir") == "auto" for parent in text.parents)
    ]


@pytest.fixture
def club():
    club = factories.make_club(
        name=WORDS, tagline=WORDS, motto=WORDS, about=WORDS, usually_meets=WORDS, newsletter_promise=WORDS
    )
    CommunityLink.objects.create(club=club, label=WORDS, about=WORDS, url="https://example.org/")
    return club


@pytest.fixture
def book(club):
    book = factories.make_book(title=WORDS, subtitle=WORDS, kind=WORDS, publisher=WORDS, slug="book")
    for role in (Contribution.Role.AUTHOR, Contribution.Role.TRANSLATOR):
        factories.make_contribution(
            book=book, role=role, contributor=factories.make_contributor(name=f"{WORDS} {role}")
        )
    factories.make_note(book=book, heading=WORDS, body=f"- {WORDS}\n\n{WORDS}")
    term = {"heading": WORDS, "headword": WORDS, "definition": WORDS, "source": WORDS, "emphasis_note": WORDS}
    factories.make_question(term=factories.make_term(book=book, **term), text=WORDS)
    factories.make_question(book=book, text=WORDS, lead_word=WORDS)
    factories.make_question(book=book, text=WORDS, is_quotation=True, source=WORDS)
    factories.make_quote(book=book, text=WORDS, written_by=WORDS, locator=WORDS)
    factories.make_reading(book=book, title=WORDS, by=WORDS, why=WORDS, url="https://example.org/")
    return book


@pytest.fixture
def meetup(book):
    venue = factories.make_venue(name=WORDS, area=WORDS, address=WORDS, getting_in=WORDS)
    return factories.make_meetup(
        slug="meetup", book=book, venue=venue, room=WORDS, standfirst=WORDS, about=WORDS, cost=WORDS
    )


@pytest.fixture
def writeup(book):
    author = factories.make_author(name=WORDS, slug="author", job_title=WORDS, bio=WORDS)
    writeup = factories.make_writeup(
        slug="writeup", title=WORDS, standfirst=WORDS, body=WORDS, pull_quote=WORDS, book=book, author=author
    )
    factories.make_session_note(writeup=writeup, text=WORDS, name=WORDS, name_is_public=True)
    factories.make_photo(writeup=writeup, caption=WORDS, credit=WORDS)
    writeup.publish(at=timezone.now())
    return writeup


@pytest.mark.parametrize(
    "path",
    [
        "/", "/write-ups/", "/write-ups/writeup/", "/books/", "/books/book/", "/quotes/", "/quotes/{}/", "/meetups/",
        "/meetups/meetup/", "/people/author/", "/newsletter/",
    ],
)  # fmt: skip
def test_typed_words_on_a_page_have_a_direction(client, meetup, writeup, path):
    response = client.get(path.format(writeup.book.quotes.get().pk))

    assert response.status_code == 200
    assert find_words_without_direction(response.text) == []


def test_typed_words_in_a_letter_have_a_direction(client, meetup, writeup):
    letter, _ = draft_issue(writeup)
    letter.subject = letter.introduction = letter.closing = WORDS
    letter.save()

    sent = send_issue(letter, None)

    assert find_words_without_direction(sent.frozen_html) == []
    assert find_words_without_direction(client.get(sent.get_absolute_url()).text) == []


def test_typed_words_in_a_mail_to_a_member_have_a_direction(meetup):
    factories.make_rsvp(meetup, factories.make_member(name=WORDS))

    assert find_words_without_direction(OutgoingMail.objects.exclude(html="").get().html) == []
