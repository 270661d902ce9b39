"""From a pasted document to the published page: with the mouse, counting clicks, and by keyboard alone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from meetups.models import Photo, WriteUp
from tests.browser.accessibility import find_violations_in_both_schemes
from tests.browser.conftest import ALL_TESTS
from tests.factories import make_club, make_picture_file
from tests.meetups.writeups import FIXTURES, REFERENCE, REFERENCE_PARAM, needs_reference

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "TechTech Book Club: A Smart Cities Special"
RICH = (
    "<h1>A Night at Sea</h1><p>It was <i>slow</i>, see <a href='https://example.org/x'>this</a>.</p>"
    "<p>The Night Ferry</p><p>By Jo Doe</p><h2>Questions</h2><ul><li>Was it <b>so</b>?</li></ul><img src='/nowhere.png'>"
)


@pytest.fixture
def clipboard_page(organiser_page, live_server):
    """An organiser's page that may use the clipboard."""
    make_club()
    organiser_page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    return organiser_page


@pytest.fixture
def photo_path(tmp_path):
    path = tmp_path / "group.jpg"
    path.write_bytes(make_picture_file(size=(640, 480)).read())
    return path


class CountingMouse:
    """Clicks and types on a page, and counts both."""

    def __init__(self, page):
        self.page, self.clicks, self.typed = page, 0, 0

    def click(self, name, role="button"):
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def choose(self, label, path):
        self.clicks += 1
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_label(label).first.click()
        chooser.value.set_files(path)

    def type(self, label, words):
        self.typed += 1
        self.page.get_by_role("textbox", name=label, exact=True).fill(words)


def copy(page, text, html=""):
    """Put plain text and HTML on the clipboard, as a word processor does."""
    page.evaluate(
        """([text, html]) => navigator.clipboard.write([new ClipboardItem({
            "text/plain": new Blob([text], {type: "text/plain"}),
            ...(html ? {"text/html": new Blob([html], {type: "text/html"})} : {}),
        })])""",
        [text, html],
    )


@needs_reference
def test_reference_is_pasted_and_published_in_six_clicks(clipboard_page, console_errors, photo_path):
    page = clipboard_page
    mouse = CountingMouse(page)
    page.goto(reverse("admin:index"))
    copy(page, REFERENCE.read_text("utf-8"))

    mouse.click("Paste a write-up", "link")
    page.keyboard.press("Control+V")
    mouse.click("Look it over")
    mouse.click("Save as a draft")
    mouse.choose("Choose photos", photo_path)
    mouse.type("In words", "Eight readers around a table")
    mouse.click("Publish …")
    mouse.click("Publish")

    writeup = WriteUp.objects.get()
    assert (mouse.clicks, mouse.typed) == (6, 1)
    page.goto(writeup.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert writeup.is_published
    assert (writeup.book.quotes.count(), writeup.book.questions.count(), writeup.session_notes.count()) == (17, 10, 5)
    expect(page.get_by_alt_text(Photo.objects.get().alt)).to_be_visible()
    assert console_errors == []


def press(page, name, *, most=80):
    """Press Tab until the control of this name has the focus, then Enter."""
    for _ in range(most):
        page.keyboard.press("Tab")
        words = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
            " ?? '').trim() || document.activeElement.value || ''"
        )
        if words == name:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    pytest.fail(f"“{name}” is not within {most} presses of Tab.")


@pytest.mark.parametrize("path", [FIXTURES / "the-glass-orchard.txt", REFERENCE_PARAM], ids=lambda path: path.stem)
def test_document_is_pasted_and_published_by_keyboard(clipboard_page, console_errors, path):
    page = clipboard_page
    page.goto(reverse("admin:index"))
    copy(page, path.read_text("utf-8"))

    press(page, "Paste a write-up")
    page.keyboard.press("Control+V")
    press(page, "Look it over")
    press(page, "Save as a draft")
    press(page, "Publish …")
    press(page, "Publish")

    assert WriteUp.objects.get().is_published
    assert console_errors == []


def test_pasted_html_keeps_its_markup_and_fetches_nothing(clipboard_page, console_errors):
    page, requests = clipboard_page, []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(reverse("admin:meetups_writeup_paste"))
    copy(
        page,
        "A Night at Sea\n\nIt was slow, see this.\n\nThe Night Ferry\n\nBy Jo Doe\n\nQuestions\n\nWas it so?",
        RICH,
    )

    page.keyboard.press("Control+V")
    expect(page.locator("[data-paste-says]")).to_contain_text("came along")
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Save as a draft").first.click()

    writeup = WriteUp.objects.get()
    assert writeup.body == "It was *slow*, see [this](https://example.org/x)."
    assert [question.text for question in writeup.book.questions.all()] == ["Was it **so**?"]
    assert [url for url in requests if "nowhere" in url] == []
    assert console_errors == []


def test_corrections_that_were_not_sent_are_offered_after_a_click_on_a_link(organiser_page, console_errors):
    page = organiser_page
    make_club()
    page.goto(reverse("admin:meetups_writeup_paste"))
    page.get_by_label("The text").fill("A Night\n\nOne.\n\nTwo.")
    page.get_by_role("button", name="Look it over").click()

    page.get_by_label("Text of piece 2").fill("One, corrected.")
    page.get_by_role("link", name="Write-ups").first.click()
    page.get_by_role("link", name="Go on with “A Night”").click()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Text of piece 2")).to_have_value("One, corrected.")
    page.get_by_role("button", name="Save as a draft").first.click()

    assert WriteUp.objects.get().body == "One, corrected.\n\nTwo."
    assert console_errors == []


def test_paste_and_moving_of_pieces_work_without_scripts(page_without_scripts, log_in, olga):
    page = page_without_scripts
    make_club()
    log_in(page, olga)
    page.goto(reverse("admin:meetups_writeup_paste"))

    page.get_by_label("The text").fill("A Night\n\nOne.\n\nTwo.")
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Move piece 3 up").click()
    page.get_by_role("button", name="Save as a draft").first.click()

    assert WriteUp.objects.get().body == "Two.\n\nOne."
    assert page.url.endswith(reverse("admin:meetups_writeup_change", args=[WriteUp.objects.get().pk]))


@pytest.mark.all_tests
@pytest.mark.parametrize("width", [390, 1440] if ALL_TESTS else [390])
def test_paste_pages_are_accessible_and_fit_the_screen(organiser_page, width):
    page = organiser_page
    make_club()
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(reverse("admin:meetups_writeup_paste"))
    violations = find_violations_in_both_schemes(page, include="#content")
    page.get_by_label("The text").fill((FIXTURES / "small-machines.txt").read_text("utf-8"))
    page.get_by_role("button", name="Look it over").click()
    page.locator(".pieces").wait_for()
    violations += find_violations_in_both_schemes(page, include="#content")

    assert violations == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
