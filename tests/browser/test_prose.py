"""What people type in Markdown, as a page shows it."""

import pytest

from tests.browser.accessibility import find_violations_in_both_schemes
from tests.browser.html_validator import find_errors
from tests.factories import make_book, make_note, make_question, make_quote, make_session_note, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARKDOWN = """Everybody gave stars[^1], see https://club.example/a/very/long/address/that/no/phone/shows/on/one/line.

| Reader | Stars | Because | Again? | Best chapter | Worst chapter |
|--------|-------|---------|--------|--------------|---------------|
| Ada | 4 | Of the *ending* | Perhaps | The lighthouse | The inventory |

- point
  - below it
    1. numbered
    2) numbered

[^1]: From one to five.
"""
MARKER = """element => [
    getComputedStyle(element).listStyleType,
    getComputedStyle(element, "::before").content,
]"""


@pytest.fixture
def writeup():
    book = make_book()
    writeup = make_writeup(slug="tonight", book=book, body=MARKDOWN)
    make_note(book=book, body=f"From the book:\n\n{MARKDOWN}", published_at=writeup.published_at)
    return writeup


def test_typed_markdown_fits_a_phone_and_is_accessible_and_valid(live_server, page, writeup, tmp_path):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(writeup.get_absolute_url())
    page.locator(".table-scroll").first.focus()
    (tmp_path / "writeup.html").write_text(page.content())

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator(".table-scroll").first.evaluate("box => box.scrollWidth > box.clientWidth") is True
    assert find_violations_in_both_schemes(page) == []
    assert find_errors(tmp_path) == []


def test_page_in_a_script_from_right_to_left_fits_a_phone(live_server, page):
    writeup = make_writeup(title="ערב שלם", body="# ערב\n\n- נקודה\n  - נקודה\n\n> ציטוט", book=make_book(title="ספר"))
    make_quote(book=writeup.book, text="שנים רבות לאחר מכן", published_at=writeup.published_at)
    make_question(book=writeup.book, text="מה חשבתם?", published_at=writeup.published_at)
    make_session_note(writeup=writeup, text="ארוך מדי", name="עדה", name_is_public=True)
    page.set_viewport_size({"width": 320, "height": 900})

    page.goto(writeup.get_absolute_url())

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("h1").evaluate("title => getComputedStyle(title).direction") == "rtl"
    assert page.locator("#evening ul").first.evaluate("list => getComputedStyle(list).direction") == "rtl"


def test_item_of_a_list_has_one_mark(live_server, page, writeup):
    page.goto(writeup.get_absolute_url())

    point, below, *numbered = [item.evaluate(MARKER) for item in page.locator(".kind-note li:not([id])").all()]

    assert [style for style, _ in numbered] == ["decimal", "decimal"]
    assert [content for _, content in numbered] == ["none", "none"]
    assert [style for style, _ in (point, below)] == ["none", "none"]
    assert [content for _, content in (point, below)] == ['""', '""']
