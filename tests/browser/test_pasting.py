"""From a pasted document to the published page: by hand, counting what the hand does, and by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from meetups.models import Photo, WriteUp
from tests.factories import make_club, make_organiser, make_picture_file
from tests.meetups.writeups import FIXTURES, REFERENCE, needs_reference

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "TechTech Book Club: A Smart Cities Special"
RICH = (
    "<h1>A Night at Sea</h1><p>It was <i>slow</i>, see <a href='https://example.org/x'>this</a>.</p>"
    "<p>The Night Ferry</p><p>By Jo Doe</p><h2>Questions</h2><ul><li>Was it <b>so</b>?</li></ul><img src='/nowhere.png'>"
)


@pytest.fixture
def desk(page, live_server):
    """A page whose reader is signed in as an organiser, with the clipboard in reach."""
    make_club()
    client = Client()
    client.force_login(make_organiser())
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
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
def photo(tmp_path):
    path = tmp_path / "evening.jpg"
    path.write_bytes(make_picture_file(size=(640, 480)).read())
    return path


class Hand:
    """Clicks and types, and counts."""

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
    """Puts it on the clipboard, as the program would that it was copied from."""
    page.evaluate(
        """([text, html]) => navigator.clipboard.write([new ClipboardItem({
            "text/plain": new Blob([text], {type: "text/plain"}),
            ...(html ? {"text/html": new Blob([html], {type: "text/html"})} : {}),
        })])""",
        [text, html],
    )


def go(page, live_server, name="admin:index"):
    page.goto(f"{live_server.url}{reverse(name)}")


@needs_reference
def test_the_reference_goes_from_paste_to_page_in_eight_clicks_and_one_typed_field(quiet, live_server, photo):
    hand = Hand(quiet)
    go(quiet, live_server)
    copy(quiet, REFERENCE.read_text("utf-8"))

    hand.click("Paste the evening", "link")
    quiet.keyboard.press("Control+V")
    hand.click("Look it over")
    hand.click("Save as a draft")
    hand.click("Add a photo", "link")
    hand.choose("Image", photo)
    hand.type("In words", "Eight readers around a table")
    hand.click("Save")
    hand.click("Publish …")
    hand.click("Publish")

    writeup = WriteUp.objects.get()
    assert (hand.clicks, hand.typed) == (8, 1)
    quiet.goto(f"{live_server.url}{writeup.get_absolute_url()}")
    expect(quiet.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert writeup.is_published
    assert (writeup.book.quotes.count(), writeup.book.questions.count(), writeup.session_notes.count()) == (17, 10, 5)
    expect(quiet.get_by_alt_text(Photo.objects.get().alt)).to_be_visible()


def press(page, name, *, most=80):
    """Tabs to the control of this name and presses Enter on it."""
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
    pytest.fail(f"“{name}” is not within {most} steps.")


@pytest.mark.parametrize("path", [FIXTURES / "the-glass-orchard.txt", REFERENCE], ids=lambda path: path.stem)
def test_a_document_goes_from_paste_to_page_by_keyboard_alone(quiet, live_server, path):
    if not path.exists():
        pytest.skip("the reference is not at hand")
    go(quiet, live_server)
    copy(quiet, path.read_text("utf-8"))

    press(quiet, "Paste the evening")
    quiet.keyboard.press("Control+V")
    press(quiet, "Look it over")
    press(quiet, "Save as a draft")
    press(quiet, "Publish …")
    press(quiet, "Publish")

    assert WriteUp.objects.get().is_published


def test_the_clipboard_s_html_comes_along_and_nothing_of_it_is_fetched(quiet, live_server):
    asked = []
    quiet.on("request", lambda request: asked.append(request.url))
    go(quiet, live_server, "admin:meetups_writeup_paste")
    copy(
        quiet,
        "A Night at Sea\n\nIt was slow, see this.\n\nThe Night Ferry\n\nBy Jo Doe\n\nQuestions\n\nWas it so?",
        RICH,
    )

    quiet.keyboard.press("Control+V")
    expect(quiet.locator("[data-paste-says]")).to_contain_text("came along")
    quiet.get_by_role("button", name="Look it over").click()
    quiet.get_by_role("button", name="Save as a draft").first.click()

    writeup = WriteUp.objects.get()
    assert writeup.body == "It was *slow*, see [this](https://example.org/x)."
    assert [question.text for question in writeup.book.questions.all()] == ["Was it **so**?"]
    assert [url for url in asked if "nowhere" in url] == []


def test_without_a_script_the_words_go_in_plain_and_pieces_are_moved(browser, live_server, desk):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(desk.context.cookies())
    page = context.new_page()
    go(page, live_server, "admin:meetups_writeup_paste")

    page.get_by_label("The text").fill("A Night\n\nOne.\n\nTwo.")
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Move piece 3 up").click()
    page.get_by_role("button", name="Save as a draft").first.click()

    assert WriteUp.objects.get().body == "Two.\n\nOne."
    assert page.url.endswith(reverse("admin:meetups_writeup_change", args=[WriteUp.objects.get().pk]))
    context.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_box_and_review_break_no_rule_of_accessibility_and_fit(desk, live_server, width):
    desk.set_viewport_size({"width": width, "height": 900})
    broken = {}

    go(desk, live_server, "admin:meetups_writeup_paste")
    broken["box"] = faults(desk)
    desk.get_by_label("The text").fill((FIXTURES / "small-machines.txt").read_text("utf-8"))
    desk.get_by_role("button", name="Look it over").click()
    desk.locator(".pieces").wait_for()
    broken["review"] = faults(desk)

    assert broken == {"box": {"light": [], "dark": []}, "review": {"light": [], "dark": []}}
    assert desk.evaluate("document.documentElement.scrollWidth") <= width


def faults(page):
    """What axe finds wrong in the part of the page that is ours, for each colour scheme."""
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found[scheme] = (
            Axe().run(page, context="#content", options={"resultTypes": ["violations"]}).response["violations"]
        )
    return {
        scheme: [(each["id"], [node["html"][:200] for node in each["nodes"]][:3]) for each in rules]
        for scheme, rules in found.items()
    }
