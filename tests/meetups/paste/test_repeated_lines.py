"""A line that stands twice in one document is kept twice: in the review and in the saved rows."""

import pytest

from books.models import Note, Question, Quote
from meetups.models import SessionNote, WriteUp
from tests.meetups.paste.corrections import CASES
from tests.meetups.paste.review_pages import form_fields, paste, send
from tests.pages import soup_of

pytestmark = pytest.mark.django_db

TWICE = """A night of repeats

We read.

O tide, come in.

We laughed.

O tide, come in.

The Night Ferry

By Jo Doe

What we liked

The ending.

What we didn't like

The ending.

Questions

- Was it so?
- Is it still?
- Was it so?

Quotes

“The sea keeps its letters”

“The sea keeps its letters”

Notes on the session

1. Agreed – Ada
2. Hear, hear – Bo
3. Agreed – Cy
4. Agreed – Ada
"""


def review(client, text):
    return soup_of(paste(client, text))


def kinds_of(page, words):
    """Return the kinds that the review has chosen for the pieces with just these words."""
    return [
        piece.select_one("select option[selected]")["value"]
        for piece in page.select(".piece")
        if piece.textarea and piece.textarea.text.strip() == words
    ]


def test_review_leaves_no_repeated_line_out(organiser_client):
    page = review(organiser_client, TWICE)

    assert kinds_of(page, "O tide, come in.") == ["prose", "prose"]
    assert kinds_of(page, "The ending.") == ["note", "note"]
    assert kinds_of(page, "Was it so?") == ["question", "question"]
    assert kinds_of(page, "The sea keeps its letters") == ["quote", "quote"]
    assert kinds_of(page, "Agreed") == ["session note"] * 3


def test_saved_rows_have_repeated_lines(organiser_client):
    send(organiser_client, form_fields(review(organiser_client, TWICE)))

    assert WriteUp.objects.get().body == "We read.\n\nO tide, come in.\n\nWe laughed.\n\nO tide, come in."
    assert list(Note.objects.values_list("heading", "body")) == [
        ("What we liked", "The ending."),
        ("What we didn't like", "The ending."),
    ]
    assert list(Question.objects.values_list("text", flat=True)) == ["Was it so?", "Is it still?", "Was it so?"]
    assert list(Quote.objects.values_list("text", flat=True)) == ["The sea keeps its letters"] * 2
    assert list(SessionNote.objects.values_list("text", "name")) == [
        ("Agreed", "Ada"),
        ("Hear, hear", "Bo"),
        ("Agreed", "Cy"),
        ("Agreed", "Ada"),
    ]


def test_refrain_and_dialogue_are_saved_whole(organiser_client):
    text = (CASES / "t-refrain.txt").read_text("utf-8")

    send(organiser_client, form_fields(review(organiser_client, text)))

    assert WriteUp.objects.get().body.count("O tide, come in.") == 2
    assert list(SessionNote.objects.values_list("text", "name"))[:4] == [("Yes.", "Nell"), ("No.", "Rudge")] * 2


def test_pasting_the_same_notes_again_proposes_to_leave_them_out(organiser_client):
    send(organiser_client, form_fields(review(organiser_client, TWICE)))
    writeup = WriteUp.objects.get()

    page = soup_of(
        paste(
            organiser_client,
            "1. Agreed – Ada\n2. Agreed – Dee",
            "admin:meetups_writeup_paste_notes",
            writeup.pk,
        )
    )
    send(organiser_client, form_fields(page))

    assert kinds_of(page, "Agreed") == ["left out", "session note"]
    assert writeup.session_notes.filter(text="Agreed").count() == 4
