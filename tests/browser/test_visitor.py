"""What a visitor gets, and what nobody gets: cookies, scripts, strangers, sideways scrolling, a page that jumps."""

from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

WIDTHS = [320, 390, 768, 1440]
# Shifts are told to whoever watches from the start.
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))
    .observe({type: "layout-shift", buffered: true});
"""
# Down the page step by step, so that what loads late is seen to load.
SCROLL = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 700) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
    await document.fonts.ready;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
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


def test_no_page_sets_a_cookie_or_asks_a_stranger_or_runs_a_script(page, base_url, kinds, seen):
    scripts = {}

    for address in kinds:
        page.goto(address)
        page.evaluate(SCROLL)
        scripts[address] = page.locator("script").count()

    assert page.context.cookies() == []
    assert {urlsplit(url).netloc for url in seen["requests"]} == {urlsplit(base_url).netloc}
    assert {address for address, count in scripts.items() if count} == set()
    assert without_its_own_404(seen["complaints"]) == []


def test_no_page_scrolls_sideways(page, kinds):
    too_wide = []

    for address in kinds:
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate("document.documentElement.scrollWidth")
            too_wide += [f"{address} at {width}: {found}"] if found > width else []

    assert too_wide == []


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_jumps_while_it_loads(page, kinds, width):
    page.add_init_script(WATCH_SHIFTS)
    page.set_viewport_size({"width": width, "height": 800})
    shifts = {}

    for address in kinds:
        page.goto(address)
        page.evaluate(SCROLL)
        shifts[address] = page.evaluate("window.shift")

    assert {address: shift for address, shift in shifts.items() if shift} == {}


def test_a_jump_would_be_seen(page):
    page.add_init_script(WATCH_SHIFTS)
    page.goto("/")

    page.evaluate("document.body.prepend(Object.assign(document.createElement('div'), {innerHTML: '<br>'.repeat(20)}))")
    page.evaluate(SCROLL)

    page.wait_for_function("window.shift > 0.01")


def test_a_reader_without_scripts_gets_from_home_to_a_book(browser, base_url):
    page = browser.new_context(base_url=base_url, java_script_enabled=False).new_page()
    page.goto("/")

    page.locator("main a[href^='/write-ups/']:not([href='/write-ups/'])").first.click()
    page.locator("main a[href^='/books/']").first.click()

    assert urlsplit(page.url).path.startswith("/books/")
    assert page.locator("h1").count() == 1
    page.context.close()
