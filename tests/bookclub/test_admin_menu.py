"""The menu on every page of the admin."""

from django.urls import reverse

from tests import factories as make
from tests.pages import read_page, texts

BOOKS = ["Books", "Quotes", "Questions", "Notes", "Terms", "Readings", "Contributors"]
MENU = {
    "Write-ups": ["Write-ups", "Photos"],
    "Meetups": ["Meetups", "Venues"],
    "Books": BOOKS,
    "People": ["Members", "Authors"],
    "Newsletter": ["Letters", "Subscribers", "Deliveries"],
    "Settings": ["Club", "Outgoing mail"],
}


def read_menu(page):
    """Return {heading: [labels]}."""
    return {list_.find_previous("p").string: texts(list_, "a") for list_ in page.select("#menu ul")}


def test_menu_groups_the_lists_of_an_organiser(organiser_client):
    page = read_page(organiser_client.get(reverse("admin:index")))

    assert read_menu(page) == MENU
    assert all(organiser_client.get(link["href"], follow=True).status_code == 200 for link in page.select("#menu a"))


def test_menu_shows_authors_their_own_lists_only(author_client):
    page = read_page(author_client.get(reverse("admin:index")))

    assert read_menu(page) == {
        "Write-ups": ["Write-ups", "Photos"],
        "Meetups": ["Meetups"],
        "Books": BOOKS,
    }


def test_menu_offers_lists_of_libraries_to_superusers(client, db):
    client.force_login(make.make_member(is_staff=True, is_superuser=True))

    menu = read_menu(read_page(client.get(reverse("admin:index"))))

    assert list(menu) == [*MENU, "For the operator"]
    assert "Roles" in menu["For the operator"]


def test_menu_marks_the_current_list_on_its_pages(organiser_client):
    quote = make.make_quote()

    listed = read_page(organiser_client.get(reverse("admin:books_quote_changelist")))
    form = read_page(organiser_client.get(reverse("admin:books_quote_change", args=[quote.pk])))

    assert [(link.string, link["aria-current"]) for link in listed.select("#menu [aria-current]")] == [
        ("Quotes", "page")
    ]
    assert [(link.string, link["aria-current"]) for link in form.select("#menu [aria-current]")] == [("Quotes", "true")]


def test_popup_has_neither_menu_nor_search_box(organiser_client):
    page = read_page(organiser_client.get(reverse("admin:books_book_add") + "?_popup=1"))

    assert page.select("#menu, .admin-search") == []
