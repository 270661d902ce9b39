"""Accessibility: WCAG 2.2 A and AA and axe's own best practice, light and dark, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


# What a colour scheme can change; the others look at the document, which is the same in both.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}


def violations(page, rules=RULES):
    """`rule: element` for each place where one is broken."""
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_breaks_a_rule_of_accessibility(page, addresses, kinds, width, half):
    page.set_viewport_size({"width": width, "height": 900})
    broken = {}

    for address in (addresses if width == 390 else kinds)[half::2]:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(address)
        in_light = violations(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        broken[address] = in_light + violations(page, COLOURS)

    assert {address: found for address, found in broken.items() if found} == {}


def test_axe_sees_a_colour_that_is_too_faint_in_the_dark(page):
    page.set_content("""<html lang="en"><title>A page</title><style>
        @media (prefers-color-scheme: dark) { body { background: #111 } p { color: #222 } }
        </style><main><h1>A page</h1><p>Faint</p></main>""")
    page.emulate_media(color_scheme="dark")

    assert "color-contrast: ['p']" in violations(page, COLOURS)


def test_axe_sees_what_is_wrong(page):
    page.set_content("<html lang='en'><title>A page</title><main><h1>A picture</h1><img src='data:,'></main>")

    assert violations(page) == ["image-alt: ['img']"]
