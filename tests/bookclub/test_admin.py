import re

import pytest
from django.contrib import admin
from django.urls import reverse

from bookclub.core.models import Club, CommunityLink
from books.models import Book
from tests import factories
from tests.factories import make_book, make_club, make_community_link, make_member, make_quote, make_writeup
from tests.pages import read_page
from tests.sampling import first_ones

MAKERS = {
    "bookclub.club": "make_club",
    "bookclub.outgoingmail": "make_mail",
    "books.book": "make_book",
    "books.contributor": "make_contributor",
    "books.note": "make_note",
    "books.term": "make_term",
    "books.question": "make_question",
    "books.quote": "make_quote",
    "books.reading": "make_reading",
    "meetups.venue": "make_venue",
    "meetups.meetup": "make_meetup",
    "meetups.writeup": "make_writeup",
    "meetups.photo": "make_photo",
    "members.author": "make_author",
    "members.member": "make_member",
}
LISTS = [label for label in MAKERS if label != "bookclub.club"]
FORMS = [label for label in LISTS if label != "bookclub.outgoingmail"]


def admin_url(label, page, *args):
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def test_every_model_has_an_admin_page():
    ours = {"bookclub", "books", "meetups", "members"}

    assert {m._meta.label_lower for m in admin.site._registry if m._meta.app_label in ours} == set(MAKERS)  # noqa: SLF001


@pytest.mark.parametrize("label", FORMS)
def test_organiser_opens_list_add_and_change_pages(organiser_client, label):
    thing = getattr(factories, MAKERS[label])()

    page = read_page(organiser_client.get(admin_url(label, "changelist")))
    empty = read_page(organiser_client.get(admin_url(label, "add")))
    filled = read_page(organiser_client.get(admin_url(label, "change", thing.pk)))

    assert page.select_one(f'#result_list a[href*="/{thing.pk}/change/"]')
    assert empty.select_one("form[id$=_form] fieldset")
    assert str(thing) in filled.text


@pytest.mark.parametrize("label", LISTS)
def test_list_search_leaves_out_other_rows(organiser_client, label):
    getattr(factories, MAKERS[label])()

    page = read_page(organiser_client.get(admin_url(label, "changelist"), {"q": "nothing is called this"}))

    assert not page.select("#result_list tbody tr")


@pytest.mark.parametrize("label", first_ones(["books.quote", "meetups.writeup", "meetups.meetup"], 1))
@pytest.mark.parametrize("value", ["abc", "9" * 30, "-1", "1,2"])
def test_invalid_query_parameters_open_an_empty_form(organiser_client, label, value):
    page = read_page(organiser_client.get(admin_url(label, "add"), {"book": value}))

    assert not page.select('[name="book"] option[selected][value]:not([value=""])')


def test_admin_title_is_club_name(organiser_client):
    make_club(name="The Night Readers")

    page = read_page(organiser_client.get(reverse("admin:index")))

    assert page.select_one("#site-name").get_text(strip=True) == "The Night Readers"
    assert page.title.string.endswith("| The Night Readers")


def test_admin_csp_allows_own_scripts_only(organiser_client):
    book = make_book()

    for address in (reverse("admin:index"), admin_url("books.book", "change", book.pk), reverse("admin:jsi18n")):
        policy = dict(
            part.split(" ", 1) for part in organiser_client.get(address).headers["Content-Security-Policy"].split("; ")
        )

        assert policy["default-src"] == "'none'"
        assert {policy[name] for name in policy if name.endswith("-src") and name != "default-src"} == {"'self'"}


@pytest.mark.parametrize("page", ["index", "meetups_writeup_changelist", "books_quote_add"])
def test_anonymous_user_is_redirected_to_login(client, db, page):
    address = reverse(f"admin:{page}")

    response = client.get(address, follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert f"next={address}".replace("/", "%2F") in response.redirect_chain[-1][0]


def test_member_cannot_open_the_admin(client, bob):
    client.force_login(bob)

    response = client.get(reverse("admin:index"))

    assert response.status_code == 302
    assert client.get(response.url).status_code == 403


def test_club_list_is_the_form_of_the_club(organiser_client):
    first = organiser_client.get(admin_url("bookclub.club", "changelist"))
    make_club()
    then = organiser_client.get(admin_url("bookclub.club", "changelist"))

    assert first.url == admin_url("bookclub.club", "add")
    assert then.url == admin_url("bookclub.club", "change", 1)
    assert organiser_client.get(admin_url("bookclub.club", "add")).status_code == 403
    assert organiser_client.post(admin_url("bookclub.club", "delete", 1), {"post": "yes"}).status_code == 403


def club_form(links, **fields):
    data = {"name": "Readers", "time_zone": "Europe/London", "names_visible_to": "members"}
    data |= {"joining": "open", "guest_list_visible_to": "count", "guests_allowed": "0"}
    data |= {"links-TOTAL_FORMS": len(links), "links-INITIAL_FORMS": sum("id" in link for link in links)}
    for number, link in enumerate(links):
        data |= {f"links-{number}-{name}": value for name, value in link.items()}
    return data | fields


def test_organiser_fills_in_a_new_club(organiser_client):
    organiser_client.post(admin_url("bookclub.club", "add"), club_form([{"label": "Chat", "url": "chat.example"}]))

    assert Club.objects.get().name == "Readers"
    assert list(CommunityLink.objects.values_list("label", "url", "position")) == [("Chat", "https://chat.example", 1)]


def test_recommendation_moves_to_another_link_in_one_save(organiser_client):
    old = make_community_link(label="Old", is_recommended=True, position=2)
    new = make_community_link(label="New", position=1)
    links = [
        {"id": new.pk, "label": "New", "position": 1, "is_recommended": "on"},
        {"id": old.pk, "label": "Old", "position": 2},
    ]

    response = organiser_client.post(admin_url("bookclub.club", "change", 1), club_form(links))

    assert response.status_code == 302
    assert list(CommunityLink.objects.filter(is_recommended=True)) == [new]


def test_two_recommended_links_are_a_form_error(organiser_client):
    make_club()
    links = [{"label": "One", "is_recommended": "on"}, {"label": "Two", "is_recommended": "on"}]

    page = read_page(organiser_client.post(admin_url("bookclub.club", "change", 1), club_form(links)))

    assert "Recommend one of the links, not several." in page.text
    assert page.select_one('[name="links-1-label"]')["value"] == "Two"


def test_autocomplete_filter_loads_chosen_book_and_keeps_other_filters(organiser_client):
    book, other = make_book(title="Chosen"), make_book(title="Not chosen")
    quote = make_quote(book=book, published_at=None)
    make_quote(book=other, published_at=None)
    make_quote(book=book)

    page = read_page(
        organiser_client.get(admin_url("books.quote", "changelist"), {"book__id__exact": book.pk, "state": "draft"})
    )

    form = page.select_one("form.searched")
    assert [option.text for option in form.select("option[value]:not([value=''])")] == ["Chosen"]
    assert form.select_one("input[name=state]")["value"] == "draft"
    assert page.select_one("#result_list tbody th a")["href"].startswith(admin_url("books.quote", "change", quote.pk))
    assert len(page.select("#result_list tbody tr")) == 1


@pytest.mark.parametrize(("state", "number"), [("draft", 1), ("scheduled", 2), ("published", 3)])
def test_lists_are_filtered_by_state(organiser_client, state, number):
    moments = [None] + [factories.yesterday() + factories.dt.timedelta(days=9)] * 2 + [factories.yesterday()] * 3
    for moment in moments:
        make_writeup(published_at=moment)

    page = read_page(organiser_client.get(admin_url("meetups.writeup", "changelist"), {"state": state}))

    assert len(page.select("#result_list tbody tr")) == number


def test_save_keeps_microseconds_of_published_at(organiser_client):
    """The field shows no microseconds; taking back finds rows by the exact time, so it must keep them."""
    book = make_book()
    stamp = Book.objects.get(pk=book.pk).published_at
    page = read_page(organiser_client.get(admin_url("books.book", "change", book.pk)))
    data = {field["name"]: field.get("value", "") for field in page.select("form[id=book_form] input[name]")}
    data = {name: value for name, value in data.items() if not name.startswith("_") and "__prefix__" not in name}

    organiser_client.post(admin_url("books.book", "change", book.pk), data | {"title": "Renamed", "audience": "public"})

    assert Book.objects.values_list("title", "published_at").get() == ("Renamed", stamp)


def test_times_are_shown_with_their_zone(organiser_client):
    make_club(time_zone="Asia/Tokyo")
    writeup = make_writeup(published_at=factories.dt.datetime(2018, 10, 11, 8, tzinfo=factories.dt.UTC))

    page = read_page(organiser_client.get(admin_url("meetups.writeup", "change", writeup.pk)))
    form = read_page(organiser_client.get(admin_url("meetups.meetup", "add")))

    assert "11 October 2018, 17:00 Tokyo" in page.select_one(".publication").text
    assert "Times are in Tokyo." in re.sub(r"\s+", " ", form.text)


def test_admin_is_empty_for_staff_without_permissions(client, db):
    client.force_login(make_member(is_staff=True))

    page = read_page(client.get(reverse("admin:index")))

    assert page.select("#menu li") == []
    assert client.get(admin_url("meetups.writeup", "changelist")).status_code == 403


@pytest.mark.parametrize(
    ("label", "name", "value", "message"),
    [
        ("books.book", "first_published_year", "99999999999", "At most 32767."),
        ("books.quote", "position", "99999999999999", "At most 2147483647."),
        ("meetups.meetup", "rsvps_open_at_0", "0001-01-01", "Give the year with all four figures, such as 2026."),
        ("meetups.meetup", "rsvps_open_at_0", "9999-12-31", "Give the year with all four figures, such as 2026."),
        ("meetups.writeup", "posted_on", "0001-01-01", "Give the year with all four figures, such as 2026."),
    ],
)
def test_out_of_range_number_or_date_is_a_form_error(organiser_client, label, name, value, message):
    thing = getattr(factories, MAKERS[label])()
    address = admin_url(label, "change", thing.pk)
    form = {
        field["name"]: field.get("value", "")
        for field in read_page(organiser_client.get(address)).select("form [name]")
    }
    late = {"rsvps_open_at_1": "12:00"} if name == "rsvps_open_at_0" else {}

    page = read_page(organiser_client.post(address, form | {name: value} | late))

    assert message in [item.text for item in page.select(".errorlist li")]


@pytest.mark.parametrize("page", ["changelist", "add", "change", "delete", "history"])
def test_breadcrumbs_begin_with_the_dashboard_and_name_each_page_once(organiser_client, page):
    row = make_book(title="Erewhon")

    address = admin_url("books.book", page, *([row.pk] if page not in {"changelist", "add"} else []))
    crumbs = read_page(organiser_client.get(address)).select_one(".breadcrumbs")

    parts = [" ".join(part.split()) for part in crumbs.text.split("›")]
    assert parts[:2] == ["Dashboard", "Books"]
    assert len(set(parts)) == len(parts)
    assert crumbs.select_one("a")["href"] == reverse("admin:index")
