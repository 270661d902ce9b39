"""The rendered issue: the mail as received, its plain text and HTML, and the page in the archive."""

import datetime as dt
import email
import re
from email import policy

import pytest
from bs4 import BeautifulSoup

from bookclub.mail.models import OutgoingMail
from newsletter import delivery
from newsletter.drafts import draft_date_note
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.rendering import render_issue
from tests.factories import (
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_question,
    make_quote,
    make_subscriber,
    make_venue,
    make_writeup,
    run_worker,
)
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db
ODD_SUBJECT = "Ein “Brief”, für alle; 📚 \u202eabc\u202c " + "long " * 30

INTRODUCTION = """Dear **readers**, see [the books](/books/ "all") &amp; … [sic].

## What we read

- one
- *two*, of which
  one is long"""
TEXT = """\
1 February 2030

{subject}

Dear readers, see the books (http://localhost:8000/books/) &amp; … [sic].

What we read

* one
* two, of which one is long

Read “By *lamp* & light”
http://localhost:8000/write-ups/lamp/

> “A habit … [of] eyes.”

– The Lamp & <Light>, 12

To think about

* Discuss: What is light?
* “Whose lamp?”

Next time

Wednesday 13 February 2030, 7 pm to 9 pm, London time
The Ring, Southwark
The Lamp & <Light>

Where and how to come: http://localhost:8000/meetups/2030-02-13/

Yours, Michele
"""


@pytest.fixture
def meetup():
    return make_meetup(date=dt.date(2030, 2, 13), venue=make_venue(name="The Ring"))


@pytest.fixture
def full_draft(meetup):
    """Return a draft with every part that an issue can have."""
    book = make_book(title="The Lamp & <Light>")
    meetup.book = book
    meetup.save()
    issue = make_issue(
        number=None,
        introduction=INTRODUCTION,
        writeup=make_writeup(slug="lamp", title="By *lamp* & light"),
        quote=make_quote(book=book, text="A *habit* … [of] eyes.", locator="12"),
        meetup=meetup,
        closing="Yours,\nMichele",
    )
    issue.questions.set(
        [
            make_question(book=book, lead_word="Discuss", text="What is *light*?", position=1),
            make_question(book=book, text="Whose lamp?", is_quotation=True, position=2),
        ]
    )
    return issue


def get_body_text(rendered):
    """Return the plain text above the signature."""
    return rendered.text.partition("\n-- \n")[0]


def parse_html(rendered):
    return BeautifulSoup(rendered.html, "html.parser")


@pytest.fixture
def raw_mail(olga, mailoutbox):
    """Return the bytes of an issue with unusual characters, sent to one subscriber."""
    make_club(name='Lantern, "Book" Club 📚', newsletter_promise="We never share your details with anyone.")
    book = make_book(title="The Lamp & <Light>")
    quote = make_quote(book=book, text="“Light” … is [sic] a habit – of <eyes> & hands.")
    writeup = make_writeup(slug="lamp", title="By lamplight", book=book)
    words = "Dear Ünïcode readers,\n\n" + "word " * 400 + "\n\n[a book](/books/) and *emphasis*"
    issue = make_issue(number=None, subject=ODD_SUBJECT, introduction=words, writeup=writeup, quote=quote)
    make_subscriber("ann@example.org")
    delivery.send_issue(issue, olga)
    run_worker()
    return mailoutbox[0].message().as_bytes()


def parse_mail(raw):
    return email.message_from_bytes(raw, policy=policy.strict)


def test_mail_conforms_to_rfcs(raw_mail):
    message = parse_mail(raw_mail)

    assert all(len(line) <= 998 for line in raw_mail.splitlines())
    assert message["Subject"].strip().startswith("Ein “Brief”, für alle; 📚")
    assert "\u202e" not in message["Subject"]
    assert message["To"] == "ann@example.org"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<letter-\d+-\d+-[0-9a-f]{16}@localhost>", message["Message-ID"])
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_mail_keeps_typed_text_and_has_no_tracking(raw_mail):
    text, html = (parse_mail(raw_mail).get_body((kind,)).get_content() for kind in ("plain", "html"))

    assert "“Light” … is [sic] a habit – of <eyes> & hands." in text
    assert "of &lt;eyes&gt; &amp; hands." in html
    assert 'href="http://localhost:8000/books/"' in html
    assert not re.search(r"<img|<script|<link|<form|url\(", html)
    assert not re.search(r'href="(?!http://localhost:8000/)', html)


def test_link_scanner_changes_nothing(client, raw_mail):
    message = parse_mail(raw_mail)
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    paths = set(re.findall(r"http://localhost:8000(/[^\s\"<>]*)", "\n".join([*bodies, message["List-Unsubscribe"]])))
    before = [list(model.objects.order_by("pk").values()) for model in (Subscriber, Issue, Delivery)]

    for path in paths:
        for method in (client.get, client.head, client.options):
            assert method(path, HTTP_USER_AGENT="Mozilla/5.0 (link scanner)").status_code < 500

    assert len(paths) >= 5
    assert [list(model.objects.order_by("pk").values()) for model in (Subscriber, Issue, Delivery)] == before
    assert not client.cookies


def test_archive_shows_sent_issue_to_its_audience(client, bob, raw_mail):
    make_issue(number=70, audience="members", frozen_subject="For members")

    page = client.get("/newsletter/1/")
    assert "is [sic] a habit" in page.text.replace('<span class="editorial">', "").replace("</span>", "")
    assert "0000-each-reader" not in page.text
    assert client.get("/newsletter/70/").status_code == 404
    assert "For members" not in client.get("/newsletter/").text
    client.force_login(bob)
    assert client.get("/newsletter/70/").status_code == 200
    assert client.get("/newsletter/99/").status_code == 404


def test_plain_text_contains_no_markdown_markup(full_draft, time_machine):
    time_machine.move_to(dt.datetime(2030, 2, 1, 12, tzinfo=dt.UTC))

    assert get_body_text(render_issue(full_draft)) == TEXT.format(subject=full_draft.subject)


def test_html_and_plain_text_have_same_words(full_draft):
    rendered = render_issue(full_draft)

    soup = parse_html(rendered)
    for part in soup.select("title, .address"):
        part.decompose()
    text = re.sub(r" \(http\S+\)|: http\S+|^[*>] |^http\S+|\n-- $", "", rendered.text, flags=re.MULTILINE)
    assert text.split() == text_of(soup.body).split()


def test_issue_shows_date_in_time_zone_of_club(time_machine):
    make_club(time_zone="Asia/Tokyo")
    time_machine.move_to(dt.datetime(2030, 1, 31, 23, 30, tzinfo=dt.UTC))

    rendered = render_issue(make_issue(number=None, subject="News"))

    assert rendered.text.startswith("1 February 2030\n\nNews\n\nDear readers\n")
    assert text_of(parse_html(rendered).main.p) == "1 February 2030"
    assert "1 February" not in rendered.body


@pytest.mark.parametrize(
    ("left_out", "path", "label"),
    [
        (None, "/write-ups/lamp/", "Read “By *lamp* & light”"),
        ("writeup", "/meetups/2030-02-13/", "Where and how to come"),
    ],
)
def test_issue_has_one_button_with_visible_address_only_in_mail(full_draft, left_out, path, label):
    if left_out:
        setattr(full_draft, left_out, None)

    rendered = render_issue(full_draft)

    address = f"http://localhost:8000{path}"
    [button] = parse_html(rendered).select(".button")
    [visible] = parse_html(rendered).select(".address a")
    assert (button["href"], text_of(button)) == (address, label)
    assert (visible["href"], visible.text) == (address, address)
    page = BeautifulSoup(rendered.body, "html.parser")
    assert [(each["href"], text_of(each)) for each in page.select(".btn")] == [(path, label)]
    assert page.select(".button, .address") == []


def test_date_note_shows_date_once_and_reason_for_mail(meetup):
    make_club(name="Lantern Book Club")
    note, _ = draft_date_note(meetup)

    rendered = render_issue(note)

    assert get_body_text(rendered).splitlines()[4:] == [
        "Dear readers,",
        "",
        "the next date is set.",
        "",
        "The evening",
        "",
        "Wednesday 13 February 2030, 7 pm to 9 pm, London time",
        "The Ring, Southwark",
        "",
        "Where and how to come",
        "http://localhost:8000/meetups/2030-02-13/",
    ]
    for_reader = rendered.for_reader("t" * 43, note.get_reason_for())
    for words in (for_reader.text.replace(" (http://localhost:8000/)", ""), text_of(parse_html(for_reader))):
        assert "from Lantern Book Club because you asked for a note when a date is set." in words


def test_issue_has_no_empty_line_for_unknown_meetup_details():
    meetup = make_meetup(date=dt.date(2030, 2, 13), start_time=None, venue=None)
    note, _ = draft_date_note(meetup)

    soup = parse_html(render_issue(note))

    assert text_of(soup.h2.find_next_sibling("p")) == ("Wednesday 13 February 2030 The place is still to be announced.")


def test_headings_get_smaller_by_level(full_draft):
    full_draft.introduction = "# One\n\n## Two\n\n    code"
    full_draft.save()

    soup = parse_html(render_issue(full_draft))

    sizes = [int(re.search(r"font-size: (\d+)px", soup.find(tag)["style"])[1]) for tag in ("h1", "h2", "h3", "h4")]
    assert sizes == sorted(set(sizes), reverse=True)
    assert all("font-weight: normal" in soup.find(tag)["style"] for tag in ("h1", "h2", "h3"))
    assert "white-space: pre-wrap" in soup.pre["style"]
    assert "border-left" in soup.select_one(".quotation blockquote")["style"]


def test_confirmation_mail_shows_its_address_in_full(client, mailoutbox):
    client.post("/newsletter/subscription/", {"email": "ann@example.org"}, headers={"Origin": "http://testserver"})

    mail = OutgoingMail.objects.get()

    assert mail.subject == "Shall we write to you? Please confirm"
    soup = BeautifulSoup(mail.html, "html.parser")
    [address] = re.findall(r"http\S+/confirm/\S+", mail.text)
    assert [link["href"] for link in soup.select(".button, .address a")] == [address, address]
    assert soup.select_one(".address").text == address
    assert "we don’t write again" in mail.text
    assert "'" not in mail.text + soup.body.get_text()


def test_archive_uses_site_styles(client, olga, full_draft):
    issue = delivery.send_issue(full_draft, olga)

    soup = soup_of(client.get(issue.get_absolute_url()))

    assert texts(soup, "article .btn") == ["Read “By *lamp* & light”"]
    assert texts(soup, "article .quotation .small") == ["– The Lamp & <Light>, 12"]


def test_render_accepts_malformed_link():
    rendered = render_issue(make_issue(number=None, introduction="[One](//[two), [three](four/)"))

    assert "One (//[two), three (http://localhost:8000/four/)" in rendered.text
    assert [link["href"] for link in parse_html(rendered).select("main > p:not(.foot) a")] == [
        "//[two",
        "http://localhost:8000/four/",
    ]
