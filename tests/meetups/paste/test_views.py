"""The admin pages that paste a write-up: the paste form, the review, the saved rows."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from books.models import Book, Note, Question, Quote, Reading, Term
from meetups.models import Meetup, SessionNote, WriteUp
from meetups.paste.blocks import only_letters
from meetups.paste.html_reader import html_document
from meetups.paste.importer import Refused
from meetups.paste.parser import split_document
from meetups.paste.pieces import Kind, Splitting
from meetups.paste.review import review_of
from meetups.paste.save import MeetupChoices, SavePermissions, save_meetup_writeup
from meetups.paste.text_reader import text_document
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
from tests.meetups.paste.corrections import CASES
from tests.meetups.paste.review_pages import (
    DOCUMENT,
    PASTE,
    error_note,
    form_fields,
    messages,
    number_of,
    paste,
    send,
)
from tests.meetups.paste.test_importer import rendered_texts
from tests.meetups.paste.words import lost_words
from tests.meetups.writeups import REFERENCE, needs_reference, structured
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.django_db

HTML = (
    "<h1>A Night at Sea</h1><p>POSTED BY Anna Lee</p><p>It was <i>slow</i>, see <a href='https://example.org/x'>this</a>."
    "</p><h2>A heading</h2><blockquote><p>Said he</p></blockquote><p>The Night Ferry</p><p>By Jo Doe</p><h2>Questions</h2>"
    "<ul><li>Was it <b>so</b>?</li></ul>"
)


def test_paste_saves_nothing_before_review(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT))

    assert [field["value"] for field in page.select(".piece select option[selected]")] == [
        "title", "posted by", "posted on", "prose", "prose", "book", "contributors", "label", "question", "question",
        "label", "quote", "label", "session note", "session note",
    ]  # fmt: skip
    assert not WriteUp.objects.exists()
    assert not Book.objects.exists()
    assert not Meetup.objects.exists()


def test_review_creates_draft_with_all_rows(organiser_client):
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

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


def test_review_changes_kind_text_order_and_source(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT))
    sent = form_fields(page)
    quote, expected = number_of(page, "The sea keeps"), number_of(page, "It was")
    sent |= {
        f"text-{quote}": "The *sea* keeps",
        f"who-{quote}": "Jo Doe",
        f"where-{quote}": "p. 13",
        f"kind-{expected}": "quote",
    }

    page = soup_of(send(organiser_client, sent, press="move", value=f"{quote}:-1"))
    send(organiser_client, form_fields(page))

    assert [(q.text, q.written_by, q.locator) for q in Quote.objects.all()] == [
        (r"It was \*not\* what we expected.", "", ""),
        ("The *sea* keeps", "Jo Doe", "p. 13"),
    ]
    assert "expected" not in WriteUp.objects.get().body


def test_review_moves_pieces_without_javascript(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT))
    second = number_of(page, "Tides matter")

    page = soup_of(send(organiser_client, form_fields(page), press="move", value=f"{second}:-1"))
    send(organiser_client, form_fields(page))

    assert [note.text for note in SessionNote.objects.all()] == ["Tides matter", "Nobody slept"]


def test_review_enter_key_saves_nothing(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT))

    assert page.select_one("form.review button[type=submit]")["name"] == "refresh"
    send(organiser_client, form_fields(page), press="refresh")

    assert not WriteUp.objects.exists()


def test_review_lists_doubts_first_with_links(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT.replace("(p. 12)", "").replace("letters”", "letters")))

    links = page.select(".to-look-at a[href^='#piece-']")
    assert len(links) == 1
    assert "closing quotation mark is missing" in page.select_one(links[0]["href"]).text
    assert "Did you meet on 10 October 2018?" in page.select_one(".overview").text


def test_review_corrects_meetup_facts(organiser_client):
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    send(organiser_client, sent | {"told_met_on": "9 October 2018", "told_headcount": "9", "told_venue": "The Lamb"})

    meetup = Meetup.objects.get()
    assert (meetup.date, meetup.headcount, meetup.venue.name) == (dt.date(2018, 10, 9), 9, "The Lamb")


def test_review_refuses_invalid_date_and_keeps_input(organiser_client):
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    response = send(organiser_client, sent | {"told_met_on": "last week", "text-1": "A changed title"})

    page = soup_of(response)
    assert "Write the date as" in page.select_one(".goes-with .errorlist").text
    assert page.select_one("[name=text-1]").text.strip() == "A changed title"
    assert page.title.string.startswith("Error: ")
    assert not WriteUp.objects.exists()


def test_review_without_meetup_date_creates_article(organiser_client):
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    send(organiser_client, sent | {"meetup": "none"})

    assert WriteUp.objects.get().meetup is None
    assert not Meetup.objects.exists()


def test_review_accepts_existing_book_meetup_and_author(organiser_client):
    book, meetup, author = make_book(), make_meetup(book=None, date=dt.date(2018, 10, 9)), make_author()
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    response = send(
        organiser_client, sent | {"book": book.pk, "meetup": meetup.pk, "author": author.pk, "told_met_on": ""}
    )

    writeup = WriteUp.objects.get()
    assert (writeup.book, writeup.meetup, writeup.author) == (book, meetup, author)
    assert Quote.objects.get().book == book
    assert any("posted by" in message for message in messages(organiser_client.get(response.url)))


def test_paste_refuses_same_writeup_with_link(organiser_client):
    send(organiser_client, form_fields(soup_of(paste(organiser_client, DOCUMENT))))

    response = paste(organiser_client, DOCUMENT)

    writeup = WriteUp.objects.get()
    assert "exists already" in error_note(response)
    assert [link["href"] for link in soup_of(response).select(".errornote a")] == [
        reverse("admin:meetups_writeup_change", args=[writeup.pk]),
        reverse("admin:meetups_writeup_paste_more", args=[writeup.pk]),
    ]
    assert soup_of(response).select_one("[name=text]").text.removeprefix("\n") == DOCUMENT


def test_review_error_is_beside_its_piece(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT))
    number = number_of(page, "Was it so")

    page = soup_of(send(organiser_client, form_fields(page) | {f"text-{number}": "*" * 5_000}))

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
def test_review_explains_kinds_with_required_details(organiser_client, kind, text, words):
    page = soup_of(paste(organiser_client, DOCUMENT))
    number = number_of(page, "expected")

    page = soup_of(send(organiser_client, form_fields(page) | {f"kind-{number}": kind, f"text-{number}": text}))

    assert words in page.select_one(f"#piece-{number} .errornote").text


def test_review_reports_details_that_kind_does_not_use(organiser_client):
    page = soup_of(paste(organiser_client, DOCUMENT))
    number = number_of(page, "The sea keeps")

    response = send(organiser_client, form_fields(page) | {f"kind-{number}": "prose"})

    assert any("“p. 12” – a prose has no place" in message for message in messages(organiser_client.get(response.url)))
    assert "The sea keeps its letters" in WriteUp.objects.get().body


def test_clipboard_html_keeps_its_formatting(organiser_client):
    text = html_document(HTML).text

    send(organiser_client, form_fields(soup_of(paste(organiser_client, text, html=HTML))))

    assert WriteUp.objects.get().body == "It was *slow*, see [this](https://example.org/x).\n\n## A heading"
    assert Quote.objects.get().text == "Said he"
    assert Question.objects.get().text == "Was it **so**?"


def test_review_reports_link_dropped_from_question(organiser_client):
    source = HTML.replace("<b>so</b>", '<a href="https://example.org/y">so</a>')

    page = soup_of(paste(organiser_client, html_document(source).text, html=source))

    assert "A link to https://example.org/y can't stand in this kind" in page.select_one(".overview").text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("evening.txt", DOCUMENT.encode("utf-16")),
        ("evening.html", HTML.encode()),
        ("evening.md", b"# A Night at Sea\n\nIt was *slow*.\n\n- one\n- two\n"),
        ("evening.docx", make_docx(paragraph(("A Night at Sea", "")) + paragraph(("It was ", ""), ("slow", "<w:i/>")))),
    ],
)
def test_paste_reads_uploaded_files(organiser_client, name, data):
    page = soup_of(paste(organiser_client, file=SimpleUploadedFile(name, data)))
    send(organiser_client, form_fields(page))

    writeup = WriteUp.objects.get()
    assert writeup.title == "A Night at Sea"
    assert ("*slow*" in writeup.body) == (name != "evening.txt")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("evening.docx", make_docx()[:-60], "The file is damaged"),
        ("evening.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "This is a picture"),
        ("evening.txt", b"a" * 1_100_000, "larger than 1 MB"),
        ("evening.html", b"<div>" * 9_000, "too tangled"),
    ],
)
def test_paste_refuses_unreadable_file(organiser_client, name, data, words):
    assert words in error_note(paste(organiser_client, file=SimpleUploadedFile(name, data)))


def test_paste_refuses_file_together_with_text(organiser_client):
    response = paste(organiser_client, "My text", file=SimpleUploadedFile("evening.txt", b"Another"))

    assert "one at a time" in error_note(response)
    assert soup_of(response).select_one("[name=text]").text.strip() == "My text"


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

    assert words in error_note(response)
    assert soup_of(response).select_one("[name=text]").text.removeprefix("\n") == text


def test_paste_over_size_limit_shows_message(organiser_client):
    response = paste(organiser_client, "word " * 900_000)

    assert response.status_code == 413
    assert "Go back in your browser: what you typed or pasted is still there" in response.content.decode()


def test_review_with_too_many_fields_shows_message(organiser_client):
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    response = send(organiser_client, sent | {f"text-{number}": "" for number in range(5_001)})

    assert response.status_code == 413
    assert "Send it in two halves" in response.content.decode()


@pytest.mark.all_tests
def test_review_of_five_hundred_pieces_is_accepted(organiser_client):
    quotes = "\n\n".join(f"“Quote number {number} of the book” (p. {number})" for number in range(500))

    sent = form_fields(
        soup_of(paste(organiser_client, f"A title\n\nProse.\n\nThe Ferry\n\nBy Jo Doe\n\nQuotes\n\n{quotes}"))
    )
    send(organiser_client, sent)

    assert len(sent) > 2_000
    assert Quote.objects.count() == 500


def test_paste_keeps_all_scripts_and_reports_removed_characters(organiser_client):
    text = "A title\n\nשלום العالم 🏳️‍🌈 e\u0301 \u202eabc\u202c Ѐ\x00\x07 end."

    page = soup_of(paste(organiser_client, text))
    send(organiser_client, form_fields(page))

    assert "Invisible control characters taken out: 2." in page.select_one(".overview").text
    assert WriteUp.objects.get().body == "שלום العالم 🏳️‍🌈 e\u0301 \u202eabc\u202c Ѐ end."


def test_review_without_book_keeps_items_in_prose(organiser_client):
    send(
        organiser_client,
        form_fields(
            soup_of(
                paste(organiser_client, "A title\n\nProse.\n\nQuotes\n\n“Words” (p. 3)\n\nQuestions\n\n- Was it so?")
            )
        ),
    )

    assert WriteUp.objects.get().body == "Prose.\n\n## Quotes\n\n“Words” – p. 3\n\n## Questions\n\n- Was it so?"


def test_review_marks_items_the_book_has_already(organiser_client):
    book = make_book(title="The Night Ferry")
    quote = make_quote(book=book, text="The sea keeps its letters")
    make_question(book=book, text="Was it ever so?")
    make_contribution(book=book, contributor=make_contributor(name="Jo Doe"))

    page = soup_of(paste(organiser_client, DOCUMENT))
    send(organiser_client, form_fields(page))

    assert page.select_one(".left-out a")["href"] == reverse("admin:books_quote_change", args=[quote.pk])
    assert Book.objects.get().quotes.count() == 1


# Pasting more into an existing write-up or book.

MORE, NOTES = "admin:meetups_writeup_paste_more", "admin:meetups_writeup_paste_notes"


@pytest.fixture
def writeup(db):
    book = make_book(title="The Book")
    writeup = make_writeup(title="A Night", book=book, body="We met.\n\nWe ate.", published_at=None)
    make_session_note(writeup=writeup, text="Tides matter", position=1)
    make_quote(book=book, text="The sea keeps its letters", position=3)
    return writeup


def test_paste_more_adds_new_items_and_marks_existing_ones(organiser_client, writeup):
    text = (
        "We ate.\n\nWe left.\n\nQuotes\n\n“The sea keeps its letters”\n\n“The sea keeps it's letters all”\n\n“Another”\n\n"
        "Notes on the session\n\n1. Tides matter\n2. Nobody slept"
    )

    page = soup_of(paste(organiser_client, text, MORE, writeup.pk))
    send(organiser_client, form_fields(page))

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
    page = soup_of(paste(organiser_client, "Quotes\n\n“The sea keeps all its letters”", MORE, writeup.pk))

    assert "nearly the same" in page.select_one(".doubtful .doubt").text
    assert page.select_one(".doubtful .doubt a")["href"] == reverse(
        "admin:books_quote_change", args=[Quote.objects.get().pk]
    )


def test_save_reports_all_unplaced_text(organiser_client, writeup):
    text = "Quotes\n\n" + "\n\n".join(f"“{number} {'words ' * 60}”" for number in range(15))
    for _ in range(2):
        page = soup_of(paste(organiser_client, text, MORE, writeup.pk))
        sent = {name: "quote" if value == "left out" else value for name, value in form_fields(page).items()}
        response = send(organiser_client, sent)

    page = soup_of(organiser_client.get(response.url))
    told = [text_of(each) for each in page.select(".messagelist li")]
    listed = soup_of(organiser_client.get(sent["action"])).select(".left-out-pieces li")
    same = "the same quote is here already"
    assert [message.count("words") for message in told if same in message] == [60] * 5
    assert told[-1] == "15 pieces of your document left out: see why, and put back what you miss."
    assert [text_of(piece.select_one(".text")).count("words") for piece in listed] == [60] * 15
    assert {text_of(piece.select_one(".quiet")).casefold() for piece in listed} == {f"{same} (see it)."}


def test_save_reports_reused_book_and_similar_quotes(organiser_client):
    book = make_book(title="Chosen")
    make_quote(book=book, text="The sea keeps all its letters")
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    told = " ".join(messages(organiser_client.get(send(organiser_client, sent | {"book": book.pk}).url)))

    assert "Here already, and used: the book “Chosen”" in told
    assert "nearly the same as another one" in told


def test_save_never_duplicates_quote(organiser_client, writeup):
    page = soup_of(paste(organiser_client, "Quotes\n\n“The sea keeps its letters”", MORE, writeup.pk))
    number = number_of(page, "The sea")

    response = send(organiser_client, form_fields(page) | {f"kind-{number}": "quote"})

    assert Quote.objects.count() == 1
    assert any("the same quote is here already" in message for message in messages(organiser_client.get(response.url)))


def test_paste_more_leaves_out_title_and_author(organiser_client, writeup):
    response = paste(organiser_client, "A night\n\nPOSTED BY Somebody Else\n\nMore prose.", MORE, writeup.pk)

    response = send(organiser_client, form_fields(soup_of(response)))

    author = writeup.author
    writeup.refresh_from_db()
    assert (writeup.title, writeup.author) == ("A Night", author)
    assert writeup.body.endswith("We ate.\n\nMore prose.")
    assert any("Somebody Else" in message for message in messages(organiser_client.get(response.url)))


def test_paste_more_warns_if_writeup_is_published(organiser_client, writeup):
    writeup.publish()

    page = soup_of(organiser_client.get(reverse(MORE, args=[writeup.pk])))

    assert "public at once" in page.select_one(".warning").text


def test_paste_notes_makes_one_note_per_paragraph(organiser_client, writeup):
    text = "Notes on the session\n\nNobody slept\n\nWhat a night? – Nick\n\nTides matter"

    page = soup_of(paste(organiser_client, text, NOTES, writeup.pk))
    send(organiser_client, form_fields(page))

    assert list(SessionNote.objects.values_list("text", "name")) == [
        ("Tides matter", ""),
        ("Nobody slept", ""),
        ("What a night?", "Nick"),
    ]


QUOTES, QUESTIONS = "admin:meetups_writeup_paste_quotes", "admin:meetups_writeup_paste_questions"


def test_paste_quotes_makes_one_quote_per_paragraph(organiser_client):
    book = make_book()
    text = (
        "“In marks.” (p. 12)\n\nWithout marks (p. 3)\n\n‘Single’ – Anna Lee\n\nWith a dash – Bo Doe, Chapter 4\n\n"
        "A dash – within it stays\n\nManners are memory\n\n- With a bullet"
    )

    page = soup_of(paste(organiser_client, text, QUOTES, book.pk))
    response = send(organiser_client, form_fields(page))

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


def test_paste_questions_needs_no_question_mark(organiser_client):
    book = make_book()

    page = soup_of(
        paste(organiser_client, "Was it so?\n\nTell us more.\n\n“It was.” – Discuss\n\nWas it so?", QUESTIONS, book.pk)
    )
    send(organiser_client, form_fields(page))

    assert list(book.questions.values_list("text", "lead_word")) == [
        ("Was it so?", ""),
        ("Tell us more.", ""),
        ("It was.", "Discuss"),
        ("Was it so?", ""),
    ]


# Permissions.


@pytest.mark.parametrize("name", [PASTE, MORE, "admin:meetups_writeup_paste_notes", QUOTES])
def test_paste_requires_change_permission(client, writeup, name):
    client.force_login(make_member(is_staff=True, permissions=["meetups.view_writeup", "books.view_book"]))
    keys = [] if name == PASTE else [writeup.book.pk if name == QUOTES else writeup.pk]

    assert client.post(reverse(name, args=keys), {"text": "Words"}).status_code in {403, 404}


def test_admin_pages_link_to_paste_pages(organiser_client, writeup):
    pages = {
        reverse("admin:meetups_writeup_changelist"): reverse(PASTE),
        reverse("admin:meetups_writeup_change", args=[writeup.pk]): reverse(MORE, args=[writeup.pk]),
        reverse("admin:books_book_change", args=[writeup.book.pk]): reverse(QUOTES, args=[writeup.book.pk]),
    }

    for page, box in pages.items():
        soup = soup_of(organiser_client.get(page))
        button = soup.select_one(f'.object-tools a[href="{box}"]') or soup.select_one(
            'button[name="_go_to"][value^="paste"]'
        )
        assert button, page


def test_review_get_saves_nothing(organiser_client):
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    page = soup_of(organiser_client.get(sent["action"], sent | {"save": "1", "text-1": "Another title"}))

    assert page.select_one("[name=text-1]").text.strip() == "A Night at Sea"
    assert not WriteUp.objects.exists()


# No word is lost.

ANY_TEXT = st.one_of(
    structured,
    st.text(max_size=300),
    st.text(alphabet="ab \n\0\ud800\u202eא🏳\u200d*_[]#1.”“–", max_size=200),
    st.tuples(st.just(DOCUMENT), structured, st.text(max_size=60)).map("\n\n".join),
)
ITEM_MODELS = (Note, Term, Question, Quote, Reading)


def strip_marks(text):
    return only_letters(text).translate({ord(mark): None for mark in "“”\"'‘’*_\\"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT)
@example("A\n\nquotes\n\n“”")
def test_every_word_of_any_paste_is_in_a_piece(text):
    document = text_document(text)
    splitting = split_document(document)

    review = review_of(document, splitting)

    assert only_letters("".join(piece.source for piece in review.pieces)) == only_letters(document.text)
    assert lost_words(Splitting(review.pieces), document) == []


def missing(wanted, there):
    """Return the letters of `wanted` that `there` lacks. Digits are ignored: the page numbers its lists itself."""
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
    page = soup_of(paste(organiser_client, REFERENCE.read_text("utf-8")))
    send(organiser_client, form_fields(page))

    writeup = WriteUp.objects.get()
    assert {model.__name__: model.objects.count() for model in ITEM_MODELS} == {
        "Note": 1, "Term": 1, "Question": 10, "Quote": 17, "Reading": 0,
    }  # fmt: skip
    assert (writeup.session_notes.count(), writeup.meetup.headcount, writeup.author.job_title) == (
        5,
        8,
        "Senior Content Strategist at TDMB",
    )
    assert (Author.objects.get().phone, writeup.body.count("\n\n")) == ("01306 632 854", 10)


def shown_in_rows(result):
    return [*rendered_texts(result), *(str(fact.value) for fact in result.splitting.facts)]


def wanted_of(review):
    """Yield the texts of the review that must be in a row or in the report, without dates, facts and names."""
    for piece in review.pieces:
        if not (piece.is_left_out or piece.kind in (Kind.POSTED_ON, Kind.FACT, Kind.CONTRIBUTORS, Kind.AUTHOR_NAME)):
            yield piece.words
            yield from (value for _, _, value in piece.extras)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT)
def test_every_word_of_any_review_is_in_a_row_or_reported(db, text):
    document = text_document(f"A title\nPOSTED BY Anna Lee\n\nProse.\n\n{text}")
    review = review_of(document, split_document(document))
    with transaction.atomic():
        try:
            result = save_meetup_writeup(review, MeetupChoices(facts=review.facts), SavePermissions())
        except Refused:
            assume(False)
        else:
            placed = strip_marks("".join([*shown_in_rows(result), *(one.text for one in result.left_out)]))
            assert missing(strip_marks("".join(wanted_of(review))), placed) == ""
        finally:
            transaction.set_rollback(True)


# Expired sessions, and authors without an organiser's permissions.

SAME_ORIGIN = {"headers": {"origin": "http://testserver", "sec-fetch-site": "same-origin"}}


def test_paste_form_is_recovered_after_session_end(organiser_client, olga):
    box = soup_of(organiser_client.get(reverse(PASTE)))
    sent = {"text": DOCUMENT, "html": "", "_form_owner": box.select_one("[name=_form_owner]")["value"]}
    organiser_client.logout()

    organiser_client.post(reverse(PASTE), sent, **SAME_ORIGIN)
    organiser_client.force_login(olga)
    page = soup_of(organiser_client.get(reverse(PASTE)))

    assert page.select_one("[name=text]").text.removeprefix("\n") == DOCUMENT
    assert "nothing is lost" in page.select_one(".messagelist").text
    assert not WriteUp.objects.exists()


@pytest.fixture
def anna(client, olga):
    """The client of an author who is not an organiser."""
    client.force_login(make_writer(name="Anna Lee"))
    return client


def test_author_pastes_in_own_name_without_changing_meetups(anna):
    meetup = make_meetup(date=dt.date(2018, 10, 10), book=None)
    make_author(name="Somebody Else")

    sent = form_fields(soup_of(paste(anna, DOCUMENT.replace("Anna Lee", "Somebody Else"))))
    send(anna, sent | {"meetup": meetup.pk})

    writeup = WriteUp.objects.get()
    meetup.refresh_from_db()
    assert (writeup.author.member.name, writeup.meetup, meetup.headcount) == ("Anna Lee", meetup, None)


def test_author_is_told_what_needs_an_organiser(anna):
    response = send(anna, form_fields(soup_of(paste(anna, DOCUMENT))))

    assert "You may not add a" in error_note(response)
    assert not WriteUp.objects.exists()


def test_clippings_file_gives_this_books_highlights(organiser_client):
    book = make_book(title="The Salt Ledger")
    clippings = (CASES / "t-kindle-my-clippings.txt").read_text("utf-8")

    page = soup_of(paste(organiser_client, clippings, "admin:meetups_writeup_paste_quotes", book.pk))
    send(organiser_client, form_fields(page))

    assert list(book.quotes.values_list("text", "locator")) == [
        ("The tide keeps no accounts.", "p. 12"),
        ("‘Every ledger,’ she said, ‘is a love letter to the future.’", "location 2030-2031"),
    ]
    left_out = page.select_one(".overview details").get_text(" ", strip=True)
    assert "ask Wendy about this – a private note on the reading device" in left_out
