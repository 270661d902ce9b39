"""A book by its ISBN and two that are one, as an organiser meets them, by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from books.models import Book
from tests.factories import make_book, make_organiser, make_quote
from tests.openlibrary import ISBN, open_library

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(page, live_server):
    """A page whose reader is signed in as an organiser."""
    client = Client()
    client.force_login(make_organiser())
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    return page


@pytest.fixture
def quiet(desk):
    """The same; nothing may complain on it, no script and no policy."""
    complaints = []
    desk.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    desk.on("pageerror", lambda error: complaints.append(str(error)))
    yield desk
    assert complaints == []


@pytest.fixture
def library(settings):
    with open_library() as server:
        settings.OPEN_LIBRARY_URL = settings.OPEN_LIBRARY_COVERS_URL = server.address
        yield server


def at(live_server, name, *args):
    return f"{live_server.url}{reverse(f'admin:books_book_{name}', args=args)}"


def faults(page):
    """What axe finds wrong in the part of the page that is ours."""
    found = Axe().run(page, context="#content", options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


def test_no_page_of_these_breaks_a_rule_of_accessibility(desk, live_server):
    kept, gone = make_book(title="The Lamp"), make_book(title="The lamp", published_at=None)
    make_quote(book=gone)
    broken = {}

    for name, keys in {"by_isbn": [], "merge_with": [kept.pk], "merge": [kept.pk, gone.pk]}.items():
        desk.goto(at(live_server, name, *keys))
        broken[name] = faults(desk)

    assert broken == {"by_isbn": [], "merge_with": [], "merge": []}


def test_a_book_comes_by_its_isbn_without_a_mouse(quiet, live_server, library):
    library.has()

    quiet.goto(at(live_server, "by_isbn"))
    quiet.keyboard.type("978-1-138-84423-0")
    quiet.keyboard.press("Enter")
    expect(quiet.locator("#id_title")).to_have_value("Smart Urbanism")
    cover = quiet.locator(".field-takes_cover img")
    expect(cover).to_have_js_property("naturalWidth", 300)
    quiet.get_by_role("button", name="Save", exact=True).first.focus()
    quiet.keyboard.press("Enter")
    quiet.wait_for_url("**/admin/books/book/")

    book = Book.objects.get()
    assert (book.isbn, bool(book.cover), [str(each) for each in book.makers]) == (
        ISBN, True, ["Simon Marvin", "Colin McFarlane"],
    )  # fmt: skip


def test_the_same_title_is_pointed_out_once_it_is_typed(quiet, live_server):
    there = make_book(title="The Lamp")
    quiet.goto(at(live_server, "add"))

    quiet.locator("#id_title").focus()
    quiet.keyboard.type("the lamp!")
    quiet.keyboard.press("Tab")

    note = quiet.locator(".field-title .same-title")
    expect(note).to_have_text("There is a book of this title already: The Lamp. Save this one only if it is another.")
    expect(note.get_by_role("link")).to_have_attribute("href", reverse("admin:books_book_change", args=[there.pk]))
    quiet.locator("#id_title").fill("Another")
    quiet.keyboard.press("Tab")
    expect(note).to_have_text("")


def test_two_books_become_one_without_a_mouse(quiet, live_server):
    kept, gone = make_book(title="The Lamp"), make_book(title="The lamp")
    make_quote(book=gone)
    quiet.goto(at(live_server, "merge", kept.pk, gone.pk))

    quiet.get_by_role("button", name="Make the two one").focus()
    quiet.keyboard.press("Enter")

    expect(quiet.locator(".messagelist")).to_contain_text("The two are one: “The Lamp”.")
    assert [book.quotes.count() for book in Book.objects.all()] == [1]
