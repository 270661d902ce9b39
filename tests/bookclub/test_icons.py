import io

import pytest
from PIL import Image

from bookclub.icons import TAB_SIZES, TOUCH_SIZE
from tests import factories as make

pytestmark = pytest.mark.django_db


def open_icon(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert not response.cookies
    return Image.open(io.BytesIO(response.content))


def test_favicon_has_the_sizes_of_tabs_in_the_colour_of_the_club(client):
    make.make_club(accent="#123456")

    icon = open_icon(client, "/favicon.ico")

    assert icon.info["sizes"] == {(size, size) for size in TAB_SIZES}
    assert icon.convert("RGB").getpixel((24, 2)) == (0x12, 0x34, 0x56)


def test_touch_icon_is_full_to_its_corners(client):
    make.make_club(accent="#123456")

    icon = open_icon(client, "/apple-touch-icon.png")

    assert (icon.format, icon.size) == ("PNG", (TOUCH_SIZE, TOUCH_SIZE))
    assert icon.getpixel((0, 0)) == (0x12, 0x34, 0x56)


def test_icon_shows_the_initial_of_the_club(client):
    make.make_club(name="Lamp")
    one = client.get("/favicon.ico").content
    make.make_club(name="moth")
    other = client.get("/favicon.ico").content
    make.make_club(name="Moon")

    assert one != other
    assert client.get("/favicon.ico").content == other


@pytest.mark.parametrize("name", ["ספר", "本", "📚 Club", "\u200b"])
def test_icon_of_a_club_whose_initial_the_font_lacks_is_a_ribbon(client, name):
    make.make_club(name=name)

    icon = open_icon(client, "/apple-touch-icon.png").convert("RGB")

    assert icon.getpixel((90, 40)) == (0xFF, 0xF4, 0xEF)
    assert icon.getpixel((90, 150)) != (0xFF, 0xF4, 0xEF)


def test_page_names_the_colour_and_the_icon(client):
    make.make_club(accent="#123456")

    page = client.get("/").text

    assert '<meta name="theme-color" content="#123456">' in page
    assert '<link rel="apple-touch-icon" href="/apple-touch-icon.png">' in page
