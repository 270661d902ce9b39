"""Adding a book by its ISBN in the admin: lookup form, pre-filled book form, saved row."""

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from books.models import Book, Contributor
from tests.factories import make_book, make_contributor, make_member, make_organiser, make_picture_file
from tests.openlibrary import BLANK_GIF, ISBN
from tests.pages import read_form, soup_of, text_of, texts

LOOKUP_URL, ADD_URL = "/admin/books/book/by-isbn/", "/admin/books/book/add/"


def look_up(organiser_client, isbn=ISBN):
    return organiser_client.post(LOOKUP_URL, {"isbn": isbn})


def test_isbn_lookup_saves_book_with_contributors_and_cover(organiser_client, open_library_server):
    open_library_server.add_book(contributors=[{"role": "Translator", "name": "Jo Wynn"}])
    known = make_contributor(name="Colin McFarlane")

    address = look_up(organiser_client, "978-1-138-84423-0").url
    count_before_save = Book.objects.count()
    organiser_client.post(address, read_form(soup_of(organiser_client.get(address))))

    book = Book.objects.get()
    assert count_before_save == 0
    assert (book.title, book.subtitle, book.isbn) == ("Smart Urbanism", "Utopian Vision or False Dawn?", ISBN)
    assert (book.publisher, book.first_published_year, book.published_at) == ("Routledge", 2016, None)
    assert [(role, [str(one) for one in people]) for role, people in book.credits] == [
        ("By", ["Simon Marvin", "Colin McFarlane"]), ("Translated by", ["Jo Wynn"]),
    ]  # fmt: skip
    assert Contributor.objects.get(name="Colin McFarlane") == known
    with default_storage.open(book.cover.name) as cover:
        assert Image.open(cover).size == (300, 450)


def test_lookup_form_shows_result_and_says_nothing_is_saved(organiser_client, open_library_server):
    open_library_server.add_book(contributions=["Roe, Jane, 1963-"])

    page = soup_of(organiser_client.get(look_up(organiser_client).url))

    note = text_of(page.select_one(".fetched"))
    assert note.startswith("Nothing is saved yet. This is what Open Library says of 9781138844230.")
    assert "It also names Roe, Jane, 1963-, without a role that we know." in note
    assert page.select_one("#id_title")["value"] == "Smart Urbanism"
    assert organiser_client.get(page.select_one(".field-takes_cover img")["src"])["Content-Type"] == "image/webp"


def test_lookup_form_reopened_makes_no_new_request(organiser_client, open_library_server):
    open_library_server.add_book()
    address = look_up(organiser_client).url
    first_count = len(open_library_server.requests)

    for _ in range(3):
        organiser_client.get(address)

    assert len(open_library_server.requests) == first_count == 2


def test_lookup_get_fetches_and_saves_nothing(organiser_client, open_library_server):
    open_library_server.add_book()

    organiser_client.get(LOOKUP_URL, {"isbn": ISBN})
    organiser_client.get(f"{ADD_URL}?isbn={ISBN}")

    assert open_library_server.requests == []
    assert not Book.objects.exists()


def test_lookup_form_saves_typed_values_over_fetched(organiser_client, open_library_server):
    open_library_server.add_book()
    address = look_up(organiser_client).url
    form = read_form(soup_of(organiser_client.get(address)))
    typed = {"title": "Another title", "contributions-0-new_name": "S. M.", "contributions-0-role": "edt"}

    organiser_client.post(address, {name: value for name, value in (form | typed).items() if name != "takes_cover"})

    book = Book.objects.get()
    assert (book.title, book.cover.name) == ("Another title", "")
    assert [str(each) for each in book.contributions.all()] == ["Edited by S. M.", "By Colin McFarlane"]


def test_lookup_form_prefers_uploaded_cover(organiser_client, open_library_server):
    open_library_server.add_book()
    address = look_up(organiser_client).url
    form = read_form(soup_of(organiser_client.get(address)))

    organiser_client.post(address, form | {"cover": make_picture_file(size=(70, 80))})

    with default_storage.open(Book.objects.get().cover.name) as cover:
        assert Image.open(cover).size == (70, 80)


def test_invalid_lookup_form_keeps_values_and_cover(organiser_client, open_library_server):
    open_library_server.add_book()
    make_book(slug="taken")
    address = look_up(organiser_client).url
    form = read_form(soup_of(organiser_client.get(address))) | {"slug": "taken", "kind": "Essays"}

    page = soup_of(organiser_client.post(address, form))

    assert page.select_one("#id_kind")["value"] == "Essays"
    assert [page.select_one(f"[name=contributions-{n}-new_name]")["value"] for n in (0, 1)] == [
        "Simon Marvin",
        "Colin McFarlane",
    ]
    assert page.select_one(".field-takes_cover img")


def test_lookup_form_without_cover_says_so(organiser_client, open_library_server):
    open_library_server.add_book(cover=BLANK_GIF)

    page = soup_of(organiser_client.get(look_up(organiser_client).url))

    assert "Open Library has no cover of it" in text_of(page.select_one(".fetched"))
    assert not page.select(".field-takes_cover")


def test_expired_lookup_warns_and_still_saves_text(organiser_client, open_library_server):
    open_library_server.add_book()
    address = look_up(organiser_client).url
    form = read_form(soup_of(organiser_client.get(address)))
    cache.clear()

    opened = organiser_client.get(address)
    saved = organiser_client.post(address, form, follow=True)

    assert "What was fetched is not here any more" in texts(soup_of(opened), ".messagelist li")[0]
    assert any("The cover was not saved" in each for each in texts(soup_of(saved), ".messagelist li"))
    assert Book.objects.get().title == "Smart Urbanism"


@pytest.mark.parametrize(
    ("answer", "beginning"),
    [
        ({"body": b"{}"}, "Open Library doesn't know this ISBN."),
        ({"status": 403}, "Open Library turned us away"),
        ({"status": 500}, "Open Library is out of order."),
        ({"body": b"<html>"}, "Open Library's answer can't be read as a book."),
    ],
)
def test_lookup_failure_shows_error_and_link_to_empty_form(organiser_client, open_library_server, answer, beginning):
    open_library_server.set_answer("/api/books", **answer)

    page = soup_of(look_up(organiser_client, "1-138-84423-3"))

    assert texts(page, ".errorlist li")[0].startswith(beginning)
    assert page.select_one("[name=isbn]")["value"] == "1-138-84423-3"
    by_hand = soup_of(organiser_client.get(page.select_one("a.by-hand")["href"]))
    assert by_hand.select_one("#id_isbn")["value"] == ISBN
    assert not Book.objects.exists()


def test_lookup_without_network_links_to_empty_form(organiser_client):
    # The test settings point Open Library at a closed port.
    page = soup_of(look_up(organiser_client))

    assert texts(page, ".errorlist li")[0].startswith("Open Library can't be reached.")
    assert page.select_one("a.by-hand")["href"] == f"{ADD_URL}?isbn={ISBN}"


@pytest.mark.parametrize("typed", ["", "978-1-138-84423-1", "hello", "9" * 300, "978\x00"])
def test_lookup_of_invalid_isbn_makes_no_request(organiser_client, open_library_server, typed):
    page = soup_of(look_up(organiser_client, typed))

    assert texts(page, ".errorlist li")
    assert open_library_server.requests == []


def test_lookup_of_existing_isbn_links_book_and_makes_no_request(organiser_client, open_library_server):
    book = make_book(title="The Lamp", isbn=ISBN)

    page = soup_of(look_up(organiser_client, "1138844233"))

    assert texts(page, ".errorlist li") == ["A book with this ISBN is here already: The Lamp."]
    assert page.select_one(".errorlist a")["href"] == reverse("admin:books_book_change", args=[book.pk])
    assert open_library_server.requests == []


def make_form_data(**fields):
    rows = {"contributions-TOTAL_FORMS": 0, "contributions-INITIAL_FORMS": 0}
    return {"title": "The Lamp", "slug": "", "audience": "public"} | rows | fields


@pytest.mark.parametrize("typed", ["978-1-138-84423-0", "1138844233", "ISBN 978 1 138 84423 0"])
def test_add_form_rejects_existing_isbn_in_any_notation(organiser_client, typed):
    make_book(title="The Lamp", isbn=ISBN)

    page = soup_of(organiser_client.post(ADD_URL, make_form_data(isbn=typed)))

    assert texts(page, ".field-isbn .errorlist li") == ["A book with this ISBN is here already: The Lamp."]
    assert Book.objects.count() == 1


def test_add_form_stores_isbn_as_13_digits(organiser_client):
    organiser_client.post(ADD_URL, make_form_data(isbn="ISBN-13: 978-1-138-84423-0"))

    assert Book.objects.values_list("isbn", flat=True).get() == ISBN


def test_change_form_does_not_report_book_as_its_own_duplicate(organiser_client):
    book = make_book(title="The Lamp", isbn=ISBN)
    address = reverse("admin:books_book_change", args=[book.pk])

    response = organiser_client.post(
        address, read_form(soup_of(organiser_client.get(address))) | {"kind": "A novel"}, follow=True
    )

    assert Book.objects.get().kind == "A novel"
    assert not any("another book" in each for each in texts(soup_of(response), ".messagelist li"))


@pytest.mark.parametrize("title", ["the lamp", "  The   Lamp! ", "THE LÄMP"])
def test_same_title_endpoint_finds_book(organiser_client, title):
    book = make_book(title="The Lamp")
    make_book(title="The Lamps")

    found = organiser_client.get("/admin/books/book/same-title/", {"title": title}).json()["books"]

    assert found == [{"title": "The Lamp", "address": reverse("admin:books_book_change", args=[book.pk])}]
    assert organiser_client.get("/admin/books/book/same-title/", {"title": title, "but": book.pk}).json() == {
        "books": []
    }


@pytest.mark.parametrize("title", ["", "…", "💡"])
def test_same_title_endpoint_ignores_title_without_letters(organiser_client, title):
    make_book(title="…")

    assert organiser_client.get("/admin/books/book/same-title/", {"title": title}).json() == {"books": []}


def test_add_form_with_existing_title_saves_and_links_merge(organiser_client):
    first = make_book(title="The Lamp")

    page = soup_of(organiser_client.post(ADD_URL, make_form_data(title="The lamp"), follow=True))

    second = Book.objects.exclude(pk=first.pk).get()
    warning = page.select_one(".messagelist .warning")
    assert text_of(warning) == "There is another book of this title: The Lamp (merge the two books)."
    assert [a["href"] for a in warning.select("a")] == [
        reverse("admin:books_book_change", args=[first.pk]),
        reverse("admin:books_book_merge", args=[first.pk, second.pk]),
    ]


def test_lookup_form_warns_about_existing_title(organiser_client, open_library_server):
    open_library_server.add_book()
    make_book(title="Smart urbanism")

    page = soup_of(organiser_client.get(look_up(organiser_client).url))

    assert text_of(page.select_one(".fetched .same-title")).startswith("There is a book of this title already: Smart u")


def contribution_fields(number, **fields):
    return {f"contributions-{number}-{name}": value for name, value in fields.items()}


def post_book_with_rows(organiser_client, *rows):
    return organiser_client.post(
        ADD_URL, make_form_data(**{"contributions-TOTAL_FORMS": len(rows)} | {k: v for r in rows for k, v in r.items()})
    )


def test_new_name_creates_or_reuses_contributor(organiser_client):
    known = make_contributor(name="Ann Lee")

    post_book_with_rows(
        organiser_client,
        contribution_fields(0, role="aut", new_name="ann lee"),
        contribution_fields(1, role="ill", new_name="Max Ode"),
    )

    assert [(each.role, str(each.contributor)) for each in Book.objects.get().contributions.all()] == [
        ("aut", "Ann Lee"), ("ill", "Max Ode"),
    ]  # fmt: skip
    assert Contributor.objects.filter(name__iexact="ann lee").get() == known


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"new_name": "Max Ode"}, {"new_name": "max ode"}, "Somebody is named twice in one role: take one of the two out."),
        ({"new_name": "Ann Lee"}, {"chosen": True}, "Somebody is named twice in one role: take one of the two out."),
        ({"new_name": "Max Ode"}, {"chosen": True, "new_name": "Ann"}, "Choose somebody or write a name, not both."),
        ({"new_name": "Max Ode"}, {"position": 2}, "Choose somebody, or write a name."),
    ],
)  # fmt: skip
def test_contribution_row_rejects_none_two_or_repeated_names(organiser_client, first, second, message):
    known = make_contributor(name="Ann Lee")
    if second.pop("chosen", False):
        second["contributor"] = known.pk

    page = soup_of(
        post_book_with_rows(
            organiser_client, contribution_fields(0, role="aut", **first), contribution_fields(1, role="aut", **second)
        )
    )

    assert message in texts(page, ".errorlist li")
    assert not Book.objects.exists()


def test_lookup_requires_add_permission(client, db, open_library_server):
    client.force_login(make_member(is_staff=True, permissions=["books.view_book"]))

    assert client.get(LOOKUP_URL).status_code == 403
    assert look_up(client).status_code == 403
    assert open_library_server.requests == []


def test_lookup_result_is_private_to_organiser(client, olga, open_library_server):
    open_library_server.add_book()
    client.force_login(olga)
    address = look_up(client).url
    cover = soup_of(client.get(address)).select_one(".field-takes_cover img")["src"]
    client.force_login(make_organiser())

    assert client.get(cover).status_code == 404
    assert not soup_of(client.get(address)).select(".fetched")


def test_book_list_and_add_form_link_to_lookup(organiser_client):
    for address in ("/admin/books/book/", ADD_URL):
        assert soup_of(organiser_client.get(address)).select_one(f'.object-tools a[href="{LOOKUP_URL}"]')
