"""The organisers' guide within the admin, and the links to it from every screen."""

import pytest
from django.urls import reverse

from bookclub.guide import DOCS, get_guide_url
from tests.access.url_patterns import all_patterns
from tests.pages import read_page, text_of

GUIDE = "/admin/guide/"
OURS = ("bookclub_", "books_", "meetups_", "members_", "newsletter_")
PAGES = sorted(file.stem for file in (DOCS / "organisers").glob("*.md") if file.stem != "README")


def list_screens():
    """Return the names of the URLs of our pages in the admin."""
    names = {pattern.name.removeprefix("admin:") for pattern in all_patterns() if pattern.is_admin}
    return [*sorted(name for name in names if name.startswith(OURS)), "index", "search", "joining"]


def test_contents_of_the_guide_lead_to_every_page(organiser_client):
    contents = read_page(organiser_client.get(GUIDE))

    linked = {link["href"] for link in contents.select(".guide a")}
    assert linked == {f"{GUIDE}{name}/" for name in PAGES}


@pytest.mark.parametrize("name", [*PAGES, "members-and-privacy"])
def test_links_and_pictures_of_a_guide_page_lead_somewhere(organiser_client, name):
    page = read_page(organiser_client.get(f"{GUIDE}{name}/"))

    links = [link["href"] for link in page.select(".guide a") if link["href"].startswith(("/", "#"))]
    pictures = [picture["src"] for picture in page.select(".guide img")]
    for address in links:
        path, _, anchor = address.partition("#")
        linked = read_page(organiser_client.get(path)) if path else page
        assert not anchor or linked.select_one(f'[id="{anchor}"]'), address
    assert all(organiser_client.get(address).status_code == 200 for address in pictures)
    assert len(page.select("h1")) == 1
    assert ".md" not in page.select_one(".guide").get_text()


def test_guide_page_is_rendered_from_markdown(organiser_client):
    page = read_page(organiser_client.get(f"{GUIDE}publish/"))

    assert text_of(page.h1) == "Publish, schedule, take back"
    assert page.title.string.startswith("Publish, schedule, take back |")
    assert page.select_one(".guide strong").string == "Publish …"
    assert page.select_one(".guide img")["alt"].startswith("Before publishing")
    assert page.select_one(".guide img")["width"]


@pytest.mark.parametrize("path", ["missing/", "README/", "..%2Foperators/", "pictures/missing.webp"])
def test_missing_page_of_the_guide_is_404(organiser_client, path):
    assert organiser_client.get(f"{GUIDE}{path}").status_code == 404


def test_guide_is_for_people_who_may_open_the_admin(client, author_client, bob):
    assert author_client.get(f"{GUIDE}paste/").status_code == 200
    client.force_login(bob)
    assert client.get(f"{GUIDE}paste/").status_code == 302
    assert client.get(f"{GUIDE}pictures/publish.webp").status_code == 302


def test_every_screen_links_to_an_existing_place_in_the_guide(organiser_client):
    anchors = {}
    for name in PAGES:
        page = read_page(organiser_client.get(f"{GUIDE}{name}/"))
        anchors |= {f"{GUIDE}{name}/": {"", *(element["id"] for element in page.select(".guide [id]"))}}

    places = {screen: get_guide_url(screen) for screen in list_screens()}

    assert len(places) > 100
    lost = [
        (screen, place)
        for screen, place in places.items()
        if place.partition("#")[2] not in anchors.get(place.partition("#")[0], ())
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("screen", "place"),
    [
        ("meetups_writeup_paste", "paste/"),
        ("meetups_writeup_history", "history/"),
        ("books_quote_changelist", "books/#the-order-of-items"),
        ("newsletter_issue_review", "letter/"),
        ("auth_group_changelist", ""),
    ],
)
def test_help_of_a_screen_is_its_page(screen, place):
    assert get_guide_url(screen) == GUIDE + place


def test_page_of_the_admin_links_to_its_help(organiser_client):
    page = read_page(organiser_client.get(reverse("admin:newsletter_subscriber_changelist")))

    [link] = [link for link in page.select("#user-tools a") if link.get_text().startswith("Help")]
    assert link["href"] == f"{GUIDE}subscribers/"
    assert text_of(read_page(organiser_client.get(link["href"])).h1) == "Subscribers"
