"""Paste a write-up: the box, the review, the rows."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from books.models import Book, Note, Question, Quote, Reading, Term
from meetups.models import Meetup, SessionNote, WriteUp
from meetups.paste.document import only_letters, plain_document
from meetups.paste.html import html_document
from meetups.paste.importer import Refused
from meetups.paste.notation import words_of
from meetups.paste.parser import Kind, split
from meetups.paste.review import review_of
from meetups.paste.save import MeetupChoices, SavePermissions, is_left_out, save_meetup_writeup
from members.models import Author
from tests.factories import (
    make_author,
    make_book,
    make_contribution,
    make_contributor,
    make_meetup,
    make_member,
    make_question,
    make_quote,
    make_session_note,
    make_writer,
    make_writeup,
)
from tests.meetups.documents import make_docx, paragraph
from tests.meetups.paste.test_importer import rendered
from tests.meetups.writeups import REFERENCE, needs_reference, structured

pytestmark = pytest.mark.django_db

BOX = "admin:meetups_writeup_paste"
REVIEW = "admin:meetups_writeup_paste_review"
EVENING = """A Night at Sea

POSTED BY Anna Lee
11 October 2018

Eight of us met last night at the George in Southwark.

It was *not* what we expected.

The Night Ferry

By Jo Doe

Questions

- Was it so?
- “It was.” – Discuss

Quotes from the book

“The sea keeps its letters” (p. 12)

Notes on the session:

1. Nobody slept
2. Tides matter – Nick
"""
HTML = (
    "<h1>A Night at Sea</h1><p>POSTED BY Anna Lee</p><p>It was <i>slow</i>, see <a href='https://example.org/x'>this</a>."
    "</p><h2>A heading</h2><blockquote><p>Said he</p></blockquote><p>The Night Ferry</p><p>By Jo Doe</p><h2>Questions</h2>"
    "<ul><li>Was it <b>so</b>?</li></ul>"
)


def read(response):
    return BeautifulSoup(response.content, "html.parser")


def fields(page):
    """Return the fields that a browser would send of the review, unchanged."""
    sent = {}
    for field in page.select("form.review [name]:not(button)"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            sent[field["name"]] = chosen["value"]
        elif field.name == "textarea":
            sent[field["name"]] = field.text.removeprefix("\n")
        elif field.get("type") != "checkbox":
            sent[field["name"]] = field.get("value", "")
        elif field.has_attr("checked"):
            sent[field["name"]] = "on"
    return sent


def paste(client, text="", name=BOX, *keys, **more):
    return client.post(reverse(name, args=keys), {"text": text, "html": ""} | more)


def send(client, sent, name=REVIEW, *keys, press="save", value="1"):
    return client.post(reverse(name, args=keys), sent | {press: value})


def number_of(page, words):
    """The number of the piece whose text has these words."""
    field = next(field for field in page.select(".piece textarea") if words in field.text)
    return field["name"].removeprefix("text-")


def messages(response):
    return [each.get_text(" ", strip=True) for each in read(response).select(".messagelist li")]


def refusal(response):
    assert response.status_code == 200
    return read(response).select_one(".errornote").get_text(" ", strip=True)


def test_paste_saves_nothing_before_review(organiser_client):
    page = read(paste(organiser_client, EVENING))

    assert [field["value"] for field in page.select(".piece select option[selected]")] == [
        "title", "posted by", "posted on", "prose", "prose", "book", "contributors", "label", "question", "question",
        "label", "quote", "label", "session note", "session note",
    ]  # fmt: skip
    assert not WriteUp.objects.exists()
    assert not Book.objects.exists()
    assert not Meetup.objects.exists()


def test_review_creates_draft_with_all_rows(organiser_client):
    sent = fields(read(paste(organiser_client, EVENING)))

    response = send(organiser_client, sent)

    writeup = WriteUp.objects.get()
    assert response.url == reverse("admin:meetups_writeup_change", args=[writeup.pk])
    assert (writeup.title, writeup.author.name, writeup.posted_on) == (
        "A Night at Sea",
        "Anna Lee",
        dt.date(2018, 10, 11),
    )
    assert (writeup.published_at, writeup.meetup.date, writeup.meetup.headcount) == (None, dt.date(2018, 10, 10), 8)
    assert "It was \\*not\\* what we expected." in writeup.body
    assert [(quote.text, quote.locator) for quote in Quote.objects.all()] == [("The sea keeps its letters", "p. 12")]
    assert [(q.text, q.is_quotation, q.lead_word) for q in Question.objects.all()] == [
        ("Was it so?", False, ""),
        ("It was.", True, "Discuss"),
    ]
    assert [(note.text, note.name) for note in writeup.session_notes.all()] == [
        ("Nobody slept", ""),
        ("Tides matter", "Nick"),
    ]


def test_kind_text_order_and_source_are_changed_before_anything_is_saved(organiser_client):
    page = read(paste(organiser_client, EVENING))
    sent = fields(page)
    quote, expected = number_of(page, "The sea keeps"), number_of(page, "It was")
    sent |= {
        f"text-{quote}": "The *sea* keeps",
        f"who-{quote}": "Jo Doe",
        f"where-{quote}": "p. 13",
        f"kind-{expected}": "quote",
    }

    page = read(send(organiser_client, sent, press="move", value=f"{quote}:-1"))
    send(organiser_client, fields(page))

    assert [(q.text, q.written_by, q.locator) for q in Quote.objects.all()] == [
        (r"It was \*not\* what we expected.", "", ""),
        ("The *sea* keeps", "Jo Doe", "p. 13"),
    ]
    assert "expected" not in WriteUp.objects.get().body


def test_review_moves_pieces_without_javascript(organiser_client):
    page = read(paste(organiser_client, EVENING))
    second = number_of(page, "Tides matter")

    page = read(send(organiser_client, fields(page), press="move", value=f"{second}:-1"))
    send(organiser_client, fields(page))

    assert [note.text for note in SessionNote.objects.all()] == ["Tides matter", "Nobody slept"]


def test_review_enter_key_saves_nothing(organiser_client):
    page = read(paste(organiser_client, EVENING))

    assert page.select_one("form.review button[type=submit]")["name"] == "refresh"
    send(organiser_client, fields(page), press="refresh")

    assert not WriteUp.objects.exists()


def test_review_lists_doubts_first_with_links(organiser_client):
    page = read(paste(organiser_client, EVENING.replace("(p. 12)", "").replace("letters”", "letters")))

    links = page.select(".overview li a[href^='#piece-']")
    assert len(links) == 1
    assert "closing quotation mark is missing" in page.select_one(links[0]["href"]).text
    assert "Did you meet on 10 October 2018?" in page.select_one(".overview").text


def test_review_corrects_meetup_facts(organiser_client):
    sent = fields(read(paste(organiser_client, EVENING)))

    send(organiser_client, sent | {"met_on": "9 October 2018", "headcount": "9", "venue": "The Lamb"})

    meetup = Meetup.objects.get()
    assert (meetup.date, meetup.headcount, meetup.venue.name) == (dt.date(2018, 10, 9), 9, "The Lamb")


def test_review_refuses_invalid_date_and_keeps_input(organiser_client):
    sent = fields(read(paste(organiser_client, EVENING)))

    response = send(organiser_client, sent | {"met_on": "last week", "text-1": "A changed title"})

    page = read(response)
    assert "Write the date as" in page.select_one(".goes-with .errorlist").text
    assert page.select_one("[name=text-1]").text.strip() == "A changed title"
    assert page.title.string.startswith("Error: ")
    assert not WriteUp.objects.exists()


def test_review_without_meetup_date_creates_article(organiser_client):
    sent = fields(read(paste(organiser_client, EVENING)))

    send(organiser_client, sent | {"meetup": "none"})

    assert WriteUp.objects.get().meetup is None
    assert not Meetup.objects.exists()


def test_book_meetup_and_author_that_are_here_can_be_chosen(organiser_client):
    book, meetup, author = make_book(), make_meetup(book=None, date=dt.date(2018, 10, 9)), make_author()
    sent = fields(read(paste(organiser_client, EVENING)))

    response = send(organiser_client, sent | {"book": book.pk, "meetup": meetup.pk, "author": author.pk, "met_on": ""})

    writeup = WriteUp.objects.get()
    assert (writeup.book, writeup.meetup, writeup.author) == (book, meetup, author)
    assert Quote.objects.get().book == book
    assert any("posted by" in message for message in messages(organiser_client.get(response.url)))


def test_paste_refuses_same_writeup_with_link(organiser_client):
    send(organiser_client, fields(read(paste(organiser_client, EVENING))))

    response = paste(organiser_client, EVENING)

    writeup = WriteUp.objects.get()
    assert "is in already" in refusal(response)
    assert [link["href"] for link in read(response).select(".errornote a")] == [
        reverse("admin:meetups_writeup_change", args=[writeup.pk]),
        reverse("admin:meetups_writeup_paste_more", args=[writeup.pk]),
    ]
    assert read(response).select_one("[name=text]").text.removeprefix("\n") == EVENING


def test_review_sent_twice_creates_one_writeup(organiser_client):
    sent = fields(read(paste(organiser_client, EVENING)))

    send(organiser_client, sent)
    response = send(organiser_client, sent)

    assert "is in already" in refusal(response)
    assert WriteUp.objects.count() == 1
    assert fields(read(response)).keys() >= {"text-1", "kind-15", "state"}


def test_review_error_is_beside_its_piece(organiser_client):
    page = read(paste(organiser_client, EVENING))
    number = number_of(page, "Was it so")

    page = read(send(organiser_client, fields(page) | {f"text-{number}": "*" * 5_000}))

    assert "too many of the marks" in page.select_one(f"#piece-{number} .errornote").text
    assert page.select_one(f"[name=text-{number}]").text.strip() == "*" * 5_000
    assert not WriteUp.objects.exists()
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("contributors", "nobody in particular", "Write who made the book as"),
        ("posted on", "some day", "Write the date as"),
        ("fact", "many", "Write a fact as"),
    ],
)
def test_a_kind_that_asks_for_more_than_words_says_how(organiser_client, kind, text, words):
    page = read(paste(organiser_client, EVENING))
    number = number_of(page, "expected")

    page = read(send(organiser_client, fields(page) | {f"kind-{number}": kind, f"text-{number}": text}))

    assert words in page.select_one(f"#piece-{number} .errornote").text


def test_words_typed_beside_a_kind_that_has_no_place_for_them_are_reported(organiser_client):
    page = read(paste(organiser_client, EVENING))
    number = number_of(page, "The sea keeps")

    response = send(organiser_client, fields(page) | {f"kind-{number}": "prose"})

    assert any("“p. 12” – a prose has no place" in message for message in messages(organiser_client.get(response.url)))
    assert "The sea keeps its letters" in WriteUp.objects.get().body


def test_html_from_the_clipboard_keeps_emphasis_links_headings_and_quotations(organiser_client):
    text = html_document(HTML).text

    send(organiser_client, fields(read(paste(organiser_client, text, html=HTML))))

    assert WriteUp.objects.get().body == (
        "It was *slow*, see [this](https://example.org/x).\n\n# A heading\n\n> Said he"
    )
    assert Question.objects.get().text == "Was it **so**?"


def test_review_reports_link_dropped_from_question(organiser_client):
    source = HTML.replace("<b>so</b>", '<a href="https://example.org/y">so</a>')

    page = read(paste(organiser_client, html_document(source).text, html=source))

    assert "A link to https://example.org/y can't stand in this kind" in page.select_one(".overview").text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("evening.txt", EVENING.encode("utf-16")),
        ("evening.html", HTML.encode()),
        ("evening.md", b"# A Night at Sea\n\nIt was *slow*.\n\n- one\n- two\n"),
        ("evening.docx", make_docx(paragraph(("A Night at Sea", "")) + paragraph(("It was ", ""), ("slow", "<w:i/>")))),
    ],
)
def test_paste_reads_uploaded_files(organiser_client, name, data):
    page = read(paste(organiser_client, file=SimpleUploadedFile(name, data)))
    send(organiser_client, fields(page))

    writeup = WriteUp.objects.get()
    assert writeup.title == "A Night at Sea"
    assert ("*slow*" in writeup.body) == (name != "evening.txt")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("evening.docx", b"no archive", "no Word document"),
        ("evening.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "not plain text"),
        ("evening.txt", b"a" * 1_100_000, "larger than 1 MB"),
        ("evening.html", b"<div>" * 9_000, "too tangled"),
    ],
)
def test_paste_refuses_unreadable_file(organiser_client, name, data, words):
    assert words in refusal(paste(organiser_client, file=SimpleUploadedFile(name, data)))


def test_paste_refuses_file_together_with_text(organiser_client):
    response = paste(organiser_client, "My text", file=SimpleUploadedFile("evening.txt", b"Another"))

    assert "one at a time" in refusal(response)
    assert read(response).select_one("[name=text]").text.strip() == "My text"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to read"),
        ("A title\n\n" + "word " * 220_000, "longer than 1 MB"),
        ("A title\n\n" + "A line.\n\n" * 700, "a page shows 600"),
    ],
    ids=["empty", "long", "many pieces"],
)
def test_paste_keeps_refused_text(organiser_client, text, words):
    response = paste(organiser_client, text)

    assert words in refusal(response)
    assert read(response).select_one("[name=text]").text.removeprefix("\n") == text


def test_paste_over_size_limit_shows_message(organiser_client):
    response = paste(organiser_client, "word " * 500_000)

    assert response.status_code == 413
    assert "Go back in your browser: what you typed or pasted is still there" in response.content.decode()


def test_review_with_too_many_fields_shows_message(organiser_client):
    response = organiser_client.post(reverse(REVIEW), {f"text-{number}": "" for number in range(5_001)})

    assert response.status_code == 413
    assert "Send it in two halves" in response.content.decode()


def test_review_of_five_hundred_pieces_is_accepted(organiser_client):
    quotes = "\n\n".join(f"“Quote number {number} of the book” (p. {number})" for number in range(500))

    sent = fields(read(paste(organiser_client, f"A title\n\nProse.\n\nThe Ferry\n\nBy Jo Doe\n\nQuotes\n\n{quotes}")))
    send(organiser_client, sent)

    assert len(sent) > 2_000
    assert Quote.objects.count() == 500


@pytest.mark.parametrize("damage", [{"state": "x"}, {"state": "eJw="}, {"kind-1": "nonsense"}])
def test_incomplete_review_shows_message(organiser_client, damage):
    sent = fields(read(paste(organiser_client, EVENING)))

    assert "Go back in your browser" in refusal(send(organiser_client, sent | damage))


def test_text_of_every_script_is_kept_and_what_can_not_be_is_reported(organiser_client):
    text = "A title\n\nשלום العالم 🏳️‍🌈 e\u0301 \u202eabc\u202c Ѐ\x00\x07 end."

    page = read(paste(organiser_client, text))
    send(organiser_client, fields(page))

    assert "Invisible control characters taken out: 2." in page.select_one(".overview").text
    assert WriteUp.objects.get().body == "שלום العالم 🏳️‍🌈 e\u0301 \u202eabc\u202c Ѐ end."


def test_review_without_book_keeps_items_in_prose(organiser_client):
    send(
        organiser_client,
        fields(
            read(paste(organiser_client, "A title\n\nProse.\n\nQuotes\n\n“Words” (p. 3)\n\nQuestions\n\n- Was it so?"))
        ),
    )

    assert WriteUp.objects.get().body == "Prose.\n\n## Quotes\n\n“Words” – p. 3\n\n## Questions\n\n- Was it so?"


def test_review_marks_items_the_book_has_already(organiser_client):
    book = make_book(title="The Night Ferry")
    quote = make_quote(book=book, text="The sea keeps its letters")
    make_question(book=book, text="Was it ever so?")
    make_contribution(book=book, contributor=make_contributor(name="Jo Doe"))

    page = read(paste(organiser_client, EVENING))
    send(organiser_client, fields(page))

    assert page.select_one(".left-out a")["href"] == reverse("admin:books_quote_change", args=[quote.pk])
    assert Book.objects.get().quotes.count() == 1


# More into what is there.

MORE, MORE_REVIEW = "admin:meetups_writeup_paste_more", "admin:meetups_writeup_paste_more_review"


@pytest.fixture
def writeup(db):
    book = make_book(title="The Book")
    writeup = make_writeup(title="A Night", book=book, body="We met.\n\nWe ate.", published_at=None)
    make_session_note(writeup=writeup, text="Tides matter", position=1)
    make_quote(book=book, text="The sea keeps its letters", position=3)
    return writeup


def test_pasting_more_adds_and_points_out_what_is_here(organiser_client, writeup):
    text = (
        "We ate.\n\nWe left.\n\nQuotes\n\n“The sea keeps its letters”\n\n“The sea keeps it's letters all”\n\n“Another”\n\n"
        "Notes on the session\n\n1. Tides matter\n2. Nobody slept"
    )

    page = read(paste(organiser_client, text, MORE, writeup.pk))
    send(organiser_client, fields(page), MORE_REVIEW, writeup.pk)

    assert [piece.textarea.text.strip() for piece in page.select(".left-out")] == [
        "We ate.",
        "The sea keeps its letters",
        "Tides matter",
    ]
    writeup.refresh_from_db()
    assert writeup.body == "We met.\n\nWe ate.\n\nWe left."
    assert list(Quote.objects.values_list("text", "position")) == [
        ("The sea keeps its letters", 3),
        ("The sea keeps it's letters all", 4),
        ("Another", 5),
    ]
    assert list(SessionNote.objects.values_list("text", "position")) == [("Tides matter", 1), ("Nobody slept", 2)]


def test_review_links_to_nearly_same_item(organiser_client, writeup):
    page = read(paste(organiser_client, "Quotes\n\n“The sea keeps all its letters”", MORE, writeup.pk))

    assert "nearly the same" in page.select_one(".doubtful .doubt").text
    assert page.select_one(".doubtful .doubt a")["href"] == reverse(
        "admin:books_quote_change", args=[Quote.objects.get().pk]
    )


def test_save_reports_all_unplaced_text(organiser_client, writeup):
    text = "Quotes\n\n" + "\n\n".join(f"“{number} {'words ' * 60}”" for number in range(15))
    for _ in range(2):
        page = read(paste(organiser_client, text, MORE, writeup.pk))
        sent = {name: "quote" if value == "left out" else value for name, value in fields(page).items()}
        response = send(organiser_client, sent, MORE_REVIEW, writeup.pk)

    told = [
        message
        for message in messages(organiser_client.get(response.url))
        if "the same quote is here already" in message
    ]
    assert [message.count("words") for message in told] == [60] * 15


def test_what_was_settled_while_saving_is_told(organiser_client):
    book = make_book(title="Chosen")
    make_quote(book=book, text="The sea keeps all its letters")
    sent = fields(read(paste(organiser_client, EVENING)))

    told = " ".join(messages(organiser_client.get(send(organiser_client, sent | {"book": book.pk}).url)))

    assert "Here already, and used: the book “Chosen”" in told
    assert "nearly the same as another one" in told


def test_save_never_duplicates_quote(organiser_client, writeup):
    page = read(paste(organiser_client, "Quotes\n\n“The sea keeps its letters”", MORE, writeup.pk))
    number = number_of(page, "The sea")

    response = send(organiser_client, fields(page) | {f"kind-{number}": "quote"}, MORE_REVIEW, writeup.pk)

    assert Quote.objects.count() == 1
    assert any("the same quote is here already" in message for message in messages(organiser_client.get(response.url)))


def test_the_head_of_a_whole_document_pasted_again_is_left_out_and_told(organiser_client, writeup):
    response = paste(organiser_client, "A night\n\nPOSTED BY Somebody Else\n\nMore prose.", MORE, writeup.pk)

    response = send(organiser_client, fields(read(response)), MORE_REVIEW, writeup.pk)

    author = writeup.author
    writeup.refresh_from_db()
    assert (writeup.title, writeup.author) == ("A Night", author)
    assert writeup.body.endswith("We ate.\n\nMore prose.")
    assert any("Somebody Else" in message for message in messages(organiser_client.get(response.url)))


def test_a_published_write_up_says_that_more_is_public_at_once(organiser_client, writeup):
    writeup.publish()

    page = read(organiser_client.get(reverse(MORE, args=[writeup.pk])))

    assert "public at once" in page.select_one(".warning").text


def test_session_notes_are_pasted_one_to_a_paragraph(organiser_client, writeup):
    names = ("admin:meetups_writeup_paste_notes", "admin:meetups_writeup_paste_notes_review")
    text = "Notes on the session\n\nNobody slept\n\nWhat a night? – Nick\n\nTides matter"

    page = read(paste(organiser_client, text, names[0], writeup.pk))
    send(organiser_client, fields(page), names[1], writeup.pk)

    assert list(SessionNote.objects.values_list("text", "name")) == [
        ("Tides matter", ""),
        ("Nobody slept", ""),
        ("What a night?", "Nick"),
    ]


QUOTES, QUOTES_REVIEW = "admin:meetups_writeup_paste_quotes", "admin:meetups_writeup_paste_quotes_review"


def test_quotes_are_pasted_into_a_book_one_to_a_paragraph(organiser_client):
    book = make_book()
    text = (
        "“In marks.” (p. 12)\n\nWithout marks (p. 3)\n\n‘Single’ – Anna Lee\n\nWith a dash – Bo Doe, Chapter 4\n\n"
        "A dash – within it stays\n\nManners are memory\n\n- With a bullet"
    )

    page = read(paste(organiser_client, text, QUOTES, book.pk))
    response = send(organiser_client, fields(page), QUOTES_REVIEW, book.pk)

    assert response.url == reverse("admin:books_book_change", args=[book.pk])
    assert [(quote.text, quote.written_by, quote.locator) for quote in book.quotes.all()] == [
        ("In marks.", "", "p. 12"),
        ("Without marks", "", "p. 3"),
        ("Single", "Anna Lee", ""),
        ("With a dash", "Bo Doe", "Chapter 4"),
        ("A dash – within it stays", "", ""),
        ("Manners are memory", "", ""),
        ("With a bullet", "", ""),
    ]
    assert set(book.quotes.values_list("published_at", flat=True)) == {None}


def test_questions_are_pasted_into_a_book_whatever_they_end_in(organiser_client):
    book = make_book()
    names = ("admin:meetups_writeup_paste_questions", "admin:meetups_writeup_paste_questions_review")

    page = read(
        paste(organiser_client, "Was it so?\n\nTell us more.\n\n“It was.” – Discuss\n\nWas it so?", names[0], book.pk)
    )
    send(organiser_client, fields(page), names[1], book.pk)

    assert list(book.questions.values_list("text", "lead_word")) == [
        ("Was it so?", ""),
        ("Tell us more.", ""),
        ("It was.", "Discuss"),
    ]


# Who may.


@pytest.mark.parametrize("name", [BOX, MORE, "admin:meetups_writeup_paste_notes", QUOTES])
def test_paste_requires_change_permission(client, writeup, name):
    client.force_login(make_member(is_staff=True, permissions=["meetups.view_writeup", "books.view_book"]))
    keys = [] if name == BOX else [writeup.book.pk if name == QUOTES else writeup.pk]

    for address in (reverse(name, args=keys), reverse(f"{name}_review", args=keys)):
        assert client.post(address, {"text": "Words"}).status_code in {403, 404}


def test_the_box_is_found_on_the_list_the_write_up_and_the_book(organiser_client, writeup):
    pages = {
        reverse("admin:meetups_writeup_changelist"): reverse(BOX),
        reverse("admin:meetups_writeup_change", args=[writeup.pk]): reverse(MORE, args=[writeup.pk]),
        reverse("admin:books_book_change", args=[writeup.book.pk]): reverse(QUOTES, args=[writeup.book.pk]),
    }

    for page, box in pages.items():
        assert read(organiser_client.get(page)).select_one(f'.object-tools a[href="{box}"]')


def test_paste_get_saves_nothing(organiser_client):
    sent = fields(read(paste(organiser_client, EVENING)))

    response = organiser_client.get(reverse(REVIEW), sent | {"save": "1"})

    assert response.url == reverse(BOX)
    assert not WriteUp.objects.exists()


# Every word.

ANY = st.one_of(
    structured,
    st.text(max_size=300),
    st.text(alphabet="ab \n\0\ud800\u202eא🏳\u200d*_[]#1.”“–", max_size=200),
    st.tuples(st.just(EVENING), structured, st.text(max_size=60)).map("\n\n".join),
)
MADE = (Note, Term, Question, Quote, Reading)


def bare(text):
    return only_letters(text).translate({ord(mark): None for mark in "“”\"'‘’*_\\"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY)
@example("A\n\nquotes\n\n“”")
def test_every_word_of_any_paste_is_in_a_piece(text):
    document = plain_document(text)
    splitting = split(document.text)

    review = review_of(document, splitting)

    assert only_letters("".join(piece.source for piece in review.pieces)) == only_letters(document.text)
    marks = "".join(mark for piece in splitting.pieces for mark in piece.marks)
    shown = [words_of(piece.text, piece.notation) for piece in review.pieces]
    extras = [value for piece in review.pieces if not piece.is_left_out for _, _, value in piece.extras]
    placed = sorted(bare("".join([*shown, *extras, marks])))
    left = sorted(bare(document.text))
    assert missing(left, placed) == ""


def missing(wanted, there):
    """Letters and figures of `wanted` that are not `there`: list numbers come from the page."""
    counts = {}
    for letter in there:
        counts[letter] = counts.get(letter, 0) + 1
    lost = []
    for letter in wanted:
        if counts.get(letter, 0):
            counts[letter] -= 1
        elif letter.isalpha():
            lost.append(letter)
    return "".join(lost)


@needs_reference
def test_review_of_reference_equals_import(organiser_client):
    page = read(paste(organiser_client, REFERENCE.read_text("utf-8")))
    send(organiser_client, fields(page))

    writeup = WriteUp.objects.get()
    assert {model.__name__: model.objects.count() for model in MADE} == {
        "Note": 1, "Term": 1, "Question": 10, "Quote": 17, "Reading": 0,
    }  # fmt: skip
    assert (writeup.session_notes.count(), writeup.meetup.headcount, writeup.author.job_title) == (
        5,
        8,
        "Senior Content Strategist at TDMB",
    )
    assert (Author.objects.get().phone, writeup.body.count("\n\n")) == ("01306 632 854", 8)


def shown_in_rows(done):
    return [*rendered(done), *(str(fact.value) for fact in done.splitting.facts)]


def wanted_of(review):
    """The words of the review that must be in a row or in the report; dates, facts and names are kept as such."""
    for piece in review.pieces:
        if not (is_left_out(piece) or piece.kind in (Kind.POSTED_ON, Kind.FACT, Kind.CONTRIBUTORS, Kind.AUTHOR_NAME)):
            yield words_of(piece.text, piece.notation)
            yield from (value for _, _, value in piece.extras)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY)
def test_every_word_of_any_review_is_in_a_row_or_reported(db, text):
    document = plain_document(f"A title\nPOSTED BY Anna Lee\n\nProse.\n\n{text}")
    review = review_of(document, split(document.text))
    with transaction.atomic():
        try:
            done = save_meetup_writeup(review, MeetupChoices(facts=review.facts), SavePermissions())
        except Refused:
            assume(False)
        else:
            placed = bare("".join([*shown_in_rows(done), *(one.text for one in done.left_out)]))
            assert missing(bare("".join(wanted_of(review))), placed) == ""
        finally:
            transaction.set_rollback(True)


# Who was away, and who may do less.

HERE = {"headers": {"origin": "http://testserver", "sec-fetch-site": "same-origin"}}


@pytest.mark.parametrize("step", ["box", "review"])
def test_review_is_recovered_after_session_end(organiser_client, olga, step):
    box = read(organiser_client.get(reverse(BOX)))
    sent = {"text": EVENING, "html": "", "_form_owner": box.select_one("[name=_form_owner]")["value"]}
    address = reverse(BOX)
    if step == "review":
        address, sent = reverse(REVIEW), fields(read(paste(organiser_client, EVENING))) | {"text-1": "A changed title"}
    organiser_client.logout()

    organiser_client.post(address, sent, **HERE)
    organiser_client.force_login(olga)
    page = read(organiser_client.get(address))

    name, words = ("text", EVENING) if step == "box" else ("text-1", "A changed title")
    assert page.select_one(f"[name={name}]").text.removeprefix("\n") == words
    assert "nothing is lost" in page.select_one(".messagelist").text
    assert not WriteUp.objects.exists()


@pytest.fixture
def anna(client, olga):
    """Writes for the club; is no organiser."""
    client.force_login(make_writer(name="Anna Lee"))
    return client


def test_author_pastes_in_own_name_without_changing_meetups(anna):
    meetup = make_meetup(date=dt.date(2018, 10, 10), book=None)
    make_author(name="Somebody Else")

    sent = fields(read(paste(anna, EVENING.replace("Anna Lee", "Somebody Else"))))
    send(anna, sent | {"meetup": meetup.pk})

    writeup = WriteUp.objects.get()
    meetup.refresh_from_db()
    assert (writeup.author.member.name, writeup.meetup, meetup.headcount) == ("Anna Lee", meetup, None)


def test_author_is_told_what_needs_an_organiser(anna):
    response = send(anna, fields(read(paste(anna, EVENING))))

    assert "You may not add a" in refusal(response)
    assert not WriteUp.objects.exists()
