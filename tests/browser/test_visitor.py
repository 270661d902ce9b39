"""What a visitor gets, and what nobody gets: cookies, scripts, strangers, sideways scrolling, a page that jumps.

And what nobody may be kept out by: the rules of accessibility, light and dark, on a phone and on a desk.
"""

from urllib.parse import urlsplit

import pytest

from tests.browser.rules import COLOURS, violations

pytestmark = pytest.mark.browser

WIDTHS = {390: [390, 320], 1440: [1440, 768]}
# Shifts are told to whoever watches from the start.
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))
    .observe({type: "layout-shift", buffered: true});
"""
# Down the page step by step, so that what loads late is seen to load.
SCROLL = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 900) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
    await document.fonts.ready;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
# In the page's own time: Playwright's way to wait for a value is forbidden by the page's policy.
WAIT_FOR_SHIFT = """async () => {
    for (let turn = 0; turn < 100 && !window.shift; turn++) await new Promise(done => setTimeout(done, 50));
    return window.shift;
}"""


@pytest.fixture
def seen(page):
    """All that the browser asks for and complains of; a list that fills while a test walks around."""
    seen = {"requests": [], "complaints": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["complaints"].append(message.text))
    page.on("pageerror", lambda error: seen["complaints"].append(str(error)))
    page.on("requestfailed", lambda request: seen["complaints"].append(f"{request.url}: {request.failure}"))
    return seen


def without_its_own_404(complaints):
    return [text for text in complaints if "status of 404" not in text]


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_has_a_fault(page, base_url, kinds, seen, width, half):
    """One visit for all that can be seen: a visit costs more than a look."""
    page.add_init_script(WATCH_SHIFTS)
    faults = {}

    for address in (kinds if width == 390 else two_of_each(kinds))[half::2]:
        visit(page, address, width)
        faults[address] = [*jumps(page), *scripts(page), *overflows(page, width), *violations_in_both_schemes(page)]

    assert {address: found for address, found in faults.items() if found} == {}
    assert page.context.cookies() == []
    assert {urlsplit(url).netloc for url in seen["requests"]} == {urlsplit(base_url).netloc}
    assert without_its_own_404(seen["complaints"]) == []


def two_of_each(addresses):
    """On a desk, where there is room: of the pages of a kind, which differ in their words, two stand for the rest."""
    kinds = {}
    for address in addresses:
        path, _, query = address.partition("?")
        kinds.setdefault((path.strip("/").partition("/")[0], path.count("/"), query), []).append(address)
    return [address for group in kinds.values() for address in group[:2]]


def visit(page, address, width):
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.evaluate(SCROLL)


def jumps(page):
    shift = page.evaluate("window.shift")
    return [f"It jumps by {shift} while it loads."] if shift else []


def scripts(page):
    count = page.evaluate("document.scripts.length")
    return [f"It has {count} scripts."] if count else []


def overflows(page, width):
    """Sideways scrolling at this width and at the next."""
    found = []
    for narrow in WIDTHS[width]:
        page.set_viewport_size({"width": narrow, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"It is {wide} wide at {narrow}."] if wide > narrow else []
    page.set_viewport_size({"width": width, "height": 900})
    return found


def violations_in_both_schemes(page):
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    in_light = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return in_light + violations(page, COLOURS)


def test_a_jump_would_be_seen(page):
    page.add_init_script(WATCH_SHIFTS)
    page.goto("/")

    page.evaluate("document.body.prepend(Object.assign(document.createElement('div'), {innerHTML: '<br>'.repeat(20)}))")
    page.evaluate(SCROLL)

    assert page.evaluate(WAIT_FOR_SHIFT) > 0.01


def test_a_reader_without_scripts_gets_from_home_to_a_book(browser, base_url):
    page = browser.new_context(base_url=base_url, java_script_enabled=False).new_page()
    page.goto("/")

    page.locator("main a[href^='/write-ups/']:not([href='/write-ups/'])").first.click()
    page.locator("main a[href^='/books/']").first.click()

    assert urlsplit(page.url).path.startswith("/books/")
    assert page.locator("h1").count() == 1
    page.context.close()
