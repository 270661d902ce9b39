"""Adding a book by its ISBN and merging two books, by keyboard alone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from books.models import Book
from tests.browser.accessibility import find_admin_violations
from tests.factories import make_book, make_quote
from tests.openlibrary import ISBN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def admin_url(name, *args):
    return reverse(f"admin:books_book_{name}", args=args)


@pytest.mark.all_tests
def test_isbn_and_merge_pages_are_accessible(organiser_page):
    kept, gone = make_book(title="The Lamp"), make_book(title="The lamp", published_at=None)
    make_quote(book=gone)
    violations = {}

    for name, keys in {"by_isbn": [], "merge_with": [kept.pk], "merge": [kept.pk, gone.pk]}.items():
        organiser_page.goto(admin_url(name, *keys))
        violations[name] = find_admin_violations(organiser_page)

    assert violations == {"by_isbn": [], "merge_with": [], "merge": []}


def test_book_is_added_by_isbn_with_the_keyboard(organiser_page, console_errors, open_library_server):
    page = organiser_page
    open_library_server.add_book()

    page.goto(admin_url("by_isbn"))
    page.keyboard.type("978-1-138-84423-0")
    page.keyboard.press("Enter")
    expect(page.locator("#id_title")).to_have_value("Smart Urbanism")
    cover = page.locator(".field-takes_cover img")
    expect(cover).to_have_js_property("naturalWidth", 300)
    page.get_by_role("button", name="Save", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/books/book/")

    book = Book.objects.get()
    assert (book.isbn, bool(book.cover), [str(each) for each in book.credits[0][1]]) == (
        ISBN, True, ["Simon Marvin", "Colin McFarlane"],
    )  # fmt: skip
    assert console_errors == []


def test_book_form_points_out_a_book_of_the_same_title(organiser_page, console_errors):
    page = organiser_page
    there = make_book(title="The Lamp")
    page.goto(admin_url("add"))

    page.locator("#id_title").focus()
    page.keyboard.type("the lamp!")
    page.keyboard.press("Tab")

    note = page.locator(".field-title .same-title")
    expect(note).to_have_text("There is a book of this title already: The Lamp. Save this one only if it is another.")
    expect(note.get_by_role("link")).to_have_attribute("href", reverse("admin:books_book_change", args=[there.pk]))
    page.locator("#id_title").fill("Another")
    page.keyboard.press("Tab")
    expect(note).to_have_text("")
    assert console_errors == []


def test_two_books_are_merged_with_the_keyboard(organiser_page, console_errors):
    page = organiser_page
    kept, gone = make_book(title="The Lamp"), make_book(title="The lamp")
    make_quote(book=gone)
    page.goto(admin_url("merge", kept.pk, gone.pk))

    page.get_by_role("button", name="Merge the two books").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".messagelist")).to_contain_text("Merged: “The Lamp”.")
    assert [book.quotes.count() for book in Book.objects.all()] == [1]
    assert console_errors == []
