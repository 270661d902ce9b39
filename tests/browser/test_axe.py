"""Controls for the accessibility tests: axe must report what is wrong."""

import pytest

from tests.browser.accessibility import COLOUR_RULES, find_violations

pytestmark = pytest.mark.browser


def test_axe_reports_low_contrast_in_the_dark_scheme(page):
    page.set_content("""<html lang="en"><title>A page</title><style>
        @media (prefers-color-scheme: dark) { body { background: #111 } p { color: #222 } }
        </style><main><h1>A page</h1><p>Faint</p></main>""")
    page.emulate_media(color_scheme="dark")

    assert "color-contrast: ['p']" in find_violations(page, COLOUR_RULES)


def test_axe_reports_an_image_without_alternative_text(page):
    page.set_content("<html lang='en'><title>A page</title><main><h1>A picture</h1><img src='data:,'></main>")

    assert find_violations(page) == ["image-alt: ['img']"]
