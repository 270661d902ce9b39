"""The club's accent colour and typeface: what is refused, and the style sheet on every page."""

import re

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from bookclub.core.theme import (
    DARK_SURFACES,
    DEFAULT,
    LIGHT_SURFACES,
    ON_ACCENT,
    build_theme,
    check_accent,
    measure_contrast,
)
from tests.factories import make_club
from tests.pages import soup_of

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48)])
def test_measure_contrast_is_that_of_wcag(one, other, ratio):
    assert round(measure_contrast(one, other), 2) == ratio


@given(COLOURS)
def test_accepted_colour_and_those_made_of_it_can_be_read(colour):
    try:
        check_accent(colour)
    except ValidationError as refusal:
        colour = re.findall("#[0-9a-f]{6}", refusal.message)[-1]
        check_accent(colour)  # the colour that we name instead passes

    theme = build_theme(colour, "")
    assert min(measure_contrast(theme.light, each) for each in LIGHT_SURFACES) >= 4.5
    assert min(measure_contrast(theme.dark, each) for each in DARK_SURFACES) >= 4.5
    assert min(measure_contrast(each, ON_ACCENT) for each in (theme.surface, theme.dark_surface)) >= 4.5


def test_default_colours_can_be_read():
    light, dark, surface, dark_surface = DEFAULT

    check_accent(light)
    assert min(measure_contrast(dark, each) for each in DARK_SURFACES) >= 4.5
    assert min(measure_contrast(each, ON_ACCENT) for each in (surface, dark_surface)) >= 4.5


def test_admin_refuses_a_pale_colour_with_the_nearest_that_passes(organiser_client):
    make_club()
    page = organiser_client.post("/admin/bookclub/club/1/change/", {"accent": "#ff8800"})

    words = soup_of(page).select_one(".field-accent .errorlist").text
    assert "#ff8800 is too light to be read: its contrast is 2.11, and 4.5 is needed." in words


@pytest.mark.parametrize("page", ["/", "/accounts/login/", "/admin/login/"])
def test_pages_load_the_theme_of_a_club_that_has_one(client, db, page):
    make_club()
    assert "/theme-" not in client.get(page, follow=True).text

    make_club(accent="#1B5E20", typeface="sans")
    links = soup_of(client.get(page, follow=True)).select("link[rel=stylesheet]")
    sheet = client.get(links[-1]["href"])

    assert (sheet.status_code, sheet["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert sheet["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--accent:light-dark(#1b5e20," in sheet.text
    make_club(accent="", typeface="sans")
    assert client.get(links[-1]["href"]).status_code == 404
