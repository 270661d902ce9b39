"""axe sees what is wrong: else it would be no news that it finds nothing."""

import pytest

from tests.browser.rules import COLOURS, violations

pytestmark = pytest.mark.browser


def test_axe_sees_a_colour_that_is_too_faint_in_the_dark(page):
    page.set_content("""<html lang="en"><title>A page</title><style>
        @media (prefers-color-scheme: dark) { body { background: #111 } p { color: #222 } }
        </style><main><h1>A page</h1><p>Faint</p></main>""")
    page.emulate_media(color_scheme="dark")

    assert "color-contrast: ['p']" in violations(page, COLOURS)


def test_axe_sees_what_is_wrong(page):
    page.set_content("<html lang='en'><title>A page</title><main><h1>A picture</h1><img src='data:,'></main>")

    assert violations(page) == ["image-alt: ['img']"]
