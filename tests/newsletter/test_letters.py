"""The letter as it lies in a mailbox: parsed back, and followed by programs that follow every link."""

import email
import re
from email import policy

import pytest

from newsletter import delivery
from newsletter.models import Delivery, Issue, Subscriber
from tests.factories import do_post, make_book, make_club, make_issue, make_quote, make_subscriber, make_writeup

pytestmark = pytest.mark.django_db
ODD = "Ein “Brief”, für alle; 📚 \u202eabc\u202c " + "long " * 30


@pytest.fixture
def mail(olga, mailoutbox):
    """A letter with odd words, sent to one reader, as its bytes say."""
    make_club(name='Lantern, "Book" Club 📚', newsletter_promise="We never share your details with anyone.")
    book = make_book(title="The Lamp & <Light>")
    quote = make_quote(book=book, text="“Light” … is [sic] a habit – of <eyes> & hands.")
    writeup = make_writeup(slug="lamp", title="By lamplight", book=book)
    words = "Dear Ünïcode readers,\n\n" + "word " * 400 + "\n\n[a book](/books/) and *emphasis*"
    issue = make_issue(number=None, subject=ODD, introduction=words, writeup=writeup, quote=quote)
    make_subscriber("ann@example.org")
    delivery.send(issue, olga)
    do_post()
    return mailoutbox[0].message().as_bytes()


def parsed(raw):
    return email.message_from_bytes(raw, policy=policy.strict)


def test_it_can_be_read_by_the_letter_of_the_rfcs(mail):
    message = parsed(mail)

    assert all(len(line) <= 998 for line in mail.splitlines())
    assert message["Subject"].strip().startswith("Ein “Brief”, für alle; 📚")
    assert "\u202e" not in message["Subject"]
    assert message["To"] == "ann@example.org"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<letter-\d+-\d+-[0-9a-f]{16}@localhost>", message["Message-ID"])
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_typed_text_is_in_it_to_the_letter_and_nothing_reports_back(mail):
    text, html = (parsed(mail).get_body((kind,)).get_content() for kind in ("plain", "html"))

    assert "“Light” … is [sic] a habit – of <eyes> & hands." in text
    assert "of &lt;eyes&gt; &amp; hands." in html
    assert 'href="http://localhost:8000/books/"' in html
    assert not re.search(r"<img|<script|<link|<form|url\(", html)
    assert not re.search(r'href="(?!http://localhost:8000/)', html)


def test_programs_that_follow_every_link_change_nothing(client, mail):
    message = parsed(mail)
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    paths = set(re.findall(r"http://localhost:8000(/[^\s\"<>]*)", "\n".join([*bodies, message["List-Unsubscribe"]])))
    before = [list(model.objects.order_by("pk").values()) for model in (Subscriber, Issue, Delivery)]

    for path in paths:
        for ask in (client.get, client.head, client.options):
            assert ask(path, HTTP_USER_AGENT="Mozilla/5.0 (link scanner)").status_code < 500

    assert len(paths) >= 5
    assert [list(model.objects.order_by("pk").values()) for model in (Subscriber, Issue, Delivery)] == before
    assert not client.cookies


def test_a_sent_letter_is_in_the_archive_for_whom_it_is_meant(client, bob, mail):
    make_issue(number=70, audience="members", frozen_subject="For members")

    page = client.get("/newsletter/1/")
    assert "is [sic] a habit" in page.text.replace('<span class="ed">', "").replace("</span>", "")
    assert "0000-each-reader" not in page.text
    assert client.get("/newsletter/70/").status_code == 404
    assert "For members" not in client.get("/newsletter/").text
    client.force_login(bob)
    assert client.get("/newsletter/70/").status_code == 200
    assert client.get("/newsletter/99/").status_code == 404
