"""Every public page in Chromium, in the width of a phone and of a desktop.

No cookies, scripts, third-party requests, horizontal scrolling or layout shifts; accessible, light and dark.
"""

from urllib.parse import urlsplit

import pytest

from tests.browser.accessibility import find_violations_in_both_schemes
from tests.browser.conftest import ALL_TESTS

pytestmark = pytest.mark.browser

WIDTHS = {390: [390, 320], 1440: [1440, 768]}
# The observer must be there before the page loads.
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))
    .observe({type: "layout-shift", buffered: true});
"""
# Scroll step by step, so that lazily loaded images are loaded.
SCROLL = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 900) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
    await document.fonts.ready;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
MARK_FIRST_SENTENCE = """() => {
    const words = document.querySelector("#evening > p")?.firstChild;
    if (!words) return;
    const range = document.createRange();
    range.setStart(words, 0);
    range.setEnd(words, words.data.indexOf(".") + 1);
    range.surroundContents(document.createElement("mark"));
}"""
# Playwright's wait_for_function() needs eval(), which the page's Content-Security-Policy forbids.
WAIT_FOR_SHIFT = """async () => {
    for (let turn = 0; turn < 100 && !window.shift; turn++) await new Promise(done => setTimeout(done, 50));
    return window.shift;
}"""


@pytest.fixture
def seen(page):
    """The addresses that the browser requests, and its console messages and failed requests, as lists that fill."""
    seen = {"requests": [], "messages": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["messages"].append(message.text))
    page.on("pageerror", lambda error: seen["messages"].append(str(error)))
    page.on("requestfailed", lambda request: seen["messages"].append(f"{request.url}: {request.failure}"))
    return seen


def without_404(messages):
    """Leave out the message about the missing page that the walk itself asks for."""
    return [text for text in messages if "status of 404" not in text]


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.all_tests)])
def test_public_pages_pass_browser_checks(page, sample_url, addresses, seen, width):
    """One visit for all checks: loading a page takes longer than most of them."""
    page.add_init_script(WATCH_SHIFTS)
    faults = {}

    for address in addresses if ALL_TESTS else one_of_each_kind(addresses):
        visit(page, address, width)
        faults[address] = [*find_shifts(page), *find_scripts(page), *find_overflows(page, width)]
        if width == 390 or ALL_TESTS:  # elements and colours are the same at every width
            faults[address] += find_violations_in_both_schemes(page)

    assert {address: found for address, found in faults.items() if found} == {}
    assert page.context.cookies() == []
    assert {urlsplit(url).netloc for url in seen["requests"]} == {urlsplit(sample_url).netloc}
    assert without_404(seen["messages"]) == []


def one_of_each_kind(addresses):
    """Keep one page of each template: the others differ in their words alone."""
    kinds = {}
    for address in addresses:
        path, _, query = address.partition("?")
        kinds.setdefault((path.strip("/").partition("/")[0], path.count("/"), query), address)
    return list(kinds.values())


def visit(page, address, width):
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.evaluate(SCROLL)


def find_shifts(page):
    shift = page.evaluate("window.shift")
    return [f"Its layout shifts by {shift}."] if shift else []


def find_scripts(page):
    """JSON-LD is a data block, which the browser doesn't run."""
    count = page.evaluate("document.querySelectorAll('script:not([type=\"application/ld+json\"])').length")
    return [f"It has {count} scripts."] if count else []


def find_overflows(page, width):
    """Look for horizontal scrolling at this width and at the next smaller one."""
    found = []
    for narrow in WIDTHS[width]:
        page.set_viewport_size({"width": narrow, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"It is {wide} pixels wide in a window of {narrow}."] if wide > narrow else []
    page.set_viewport_size({"width": width, "height": 900})
    return found


@pytest.mark.all_tests
def test_layout_shift_is_reported(page, sample_url):
    page.add_init_script(WATCH_SHIFTS)
    page.goto("/")

    page.evaluate("document.body.prepend(Object.assign(document.createElement('div'), {innerHTML: '<br>'.repeat(20)}))")
    page.evaluate(SCROLL)

    assert page.evaluate(WAIT_FOR_SHIFT) > 0.01


def test_reader_without_scripts_gets_from_home_to_a_book(sample_url, page_without_scripts):
    page = page_without_scripts
    page.goto("/")

    page.locator("main a[href^='/write-ups/']:not([href='/write-ups/'])").first.click()
    page.locator("main a[href^='/books/']").first.click()

    assert urlsplit(page.url).path.startswith("/books/")
    assert page.locator("h1").count() == 1


def find_bottom(page, selector):
    """Return the lower edge of the first match, in pixels from the top of the page."""
    box = page.locator(selector).first.bounding_box()
    return box["y"] + box["height"]


@pytest.mark.parametrize(
    ("path", "selector"), [("/", ".accent-panel .btn"), ("/write-ups/a-smart-cities-special/", "#evening > p mark")]
)
def test_first_screen_of_a_phone_has_what_a_reader_came_for(page, sample_url, path, selector):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(sample_url + path)
    page.evaluate(MARK_FIRST_SENTENCE)

    assert find_bottom(page, selector) <= 740
