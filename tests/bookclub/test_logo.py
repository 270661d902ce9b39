"""The club's logo: sent in the form of the club, shown at the top of every page."""

import pytest
from django.urls import reverse

from bookclub.core.models import Club
from bookclub.images.logo import ClubLogo
from tests.factories import make_club, make_picture_file
from tests.pages import read_form, read_page, soup_of, text_of, texts


@pytest.fixture
def address(db):
    return reverse("admin:bookclub_club_change", args=[make_club(name="The Night Readers").pk])


def save_club(client, address, **typed):
    return client.post(address, read_form(read_page(client.get(address))) | typed, follow=True)


def read_header(client):
    link = read_page(client.get("/")).select_one(".site-name")
    return link, link.select_one("img")


def test_logo_stands_beside_the_name(organiser_client, client, address, media):
    save_club(organiser_client, address, logo_file=make_picture_file("PNG", (400, 200), mode="RGBA"))

    link, picture = read_header(client)
    stored = client.get(picture["src"])
    stored.close()
    assert text_of(link) == "The Night Readers"
    assert (picture["alt"], picture["width"], picture["height"]) == ("", "96", "48")
    assert stored.status_code == 200
    assert "immutable" in stored["Cache-Control"]


def test_logo_alone_is_read_as_the_name(organiser_client, client, address, media):
    save_club(organiser_client, address, logo_file=make_picture_file(size=(400, 100)))
    page = read_page(organiser_client.get(address))

    organiser_client.post(address, {k: v for k, v in read_form(page).items() if k != "is_beside_name"})

    link, picture = read_header(client)
    assert text_of(link) == ""
    assert (picture["alt"], picture["width"]) == ("The Night Readers", "192")


def test_saving_the_club_keeps_the_logo_and_a_tick_takes_it_off(organiser_client, client, address, media):
    save_club(organiser_client, address, logo_file=make_picture_file(size=(200, 100)))
    first = ClubLogo.objects.get().image.name
    save_club(organiser_client, address, tagline="We read at night")
    kept = ClubLogo.objects.get().image.name
    save_club(organiser_client, address, logo_file=make_picture_file(size=(300, 100)))
    replaced = ClubLogo.objects.get().image.name

    save_club(organiser_client, address, **{"logo_file-clear": "on"})

    assert kept == first != replaced
    assert not ClubLogo.objects.exists()
    assert read_header(client)[1] is None


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"size": (90, 40)}, "This logo is 40 pixels high, and would be blurred: send one of at least 96."),
        ({"size": (800, 100)}, "more than 6 times as wide"),
        ({"size": (100, 250)}, "more than twice as high"),
        ({"format": "GIF", "size": (200, 100), "mode": "P", "colour": 3}, "We take JPEG, PNG and WebP pictures."),
    ],
)
def test_logo_that_can_not_be_shown_is_refused_with_a_sentence(organiser_client, address, media, file, sentence):
    page = soup_of(save_club(organiser_client, address, logo_file=make_picture_file(**file), tagline="Typed words"))

    assert sentence in " ".join(texts(page, ".field-logo_file .errorlist"))
    assert page.select_one("[name=tagline]")["value"] == "Typed words"
    assert not ClubLogo.objects.exists()


@pytest.mark.parametrize("has_club", [True, False])
def test_club_and_logo_take_one_query(db, media, django_assert_num_queries, has_club):
    if has_club:
        ClubLogo.objects.create(club=make_club(), image=make_picture_file(size=(200, 100)))

    with django_assert_num_queries(1):
        club = Club.objects.current()
        has_logo = bool(getattr(club, "logo", None))

    assert has_logo is has_club
