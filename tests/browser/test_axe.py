"""Accessibility: WCAG 2.2 A and AA and axe's own best practice, light and dark, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


def violations(page):
    """`rule: element` for each place where one is broken."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(page, addresses, kinds, scheme, width):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    broken = {}

    for address in addresses if width == 390 else kinds:
        page.goto(address)
        broken[address] = violations(page)

    assert {address: found for address, found in broken.items() if found} == {}


def test_axe_sees_what_is_wrong(page):
    page.set_content("<html lang='en'><title>A page</title><main><h1>A picture</h1><img src='data:,'></main>")

    assert violations(page) == ["image-alt: ['img']"]
