import re

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.urls import reverse

from bookclub.models import Club, CommunityLink
from books.models import Book
from tests import factories
from tests.factories import make_book, make_club, make_community_link, make_member, make_quote, make_writeup

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


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def admin_url(label, page, *args):
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def read(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def test_every_model_of_ours_has_a_page_at_the_desk():
    ours = {"bookclub", "books", "meetups", "members"}

    assert {m._meta.label_lower for m in admin.site._registry if m._meta.app_label in ours} == set(MAKERS)  # noqa: SLF001


@pytest.mark.parametrize("label", FORMS)
def test_an_organiser_opens_the_list_the_empty_form_and_the_filled_one(desk, label):
    thing = getattr(factories, MAKERS[label])()

    page = read(desk.get(admin_url(label, "changelist")))
    empty = read(desk.get(admin_url(label, "add")))
    filled = read(desk.get(admin_url(label, "change", thing.pk)))

    assert page.select_one(f'#result_list a[href*="/{thing.pk}/change/"]')
    assert empty.select_one("form[id$=_form] fieldset")
    assert str(thing) in filled.text


@pytest.mark.parametrize("label", LISTS)
def test_the_search_of_every_list_leaves_out_what_does_not_match(desk, label):
    getattr(factories, MAKERS[label])()

    page = read(desk.get(admin_url(label, "changelist"), {"q": "nothing is called this"}))

    assert not page.select("#result_list tbody tr")


@pytest.mark.parametrize("label", ["books.quote", "meetups.writeup", "meetups.meetup"])
@pytest.mark.parametrize("value", ["abc", "9" * 30, "-1", "1,2"])
def test_an_address_with_nonsense_in_it_opens_an_empty_form(desk, label, value):
    page = read(desk.get(admin_url(label, "add"), {"book": value}))

    assert not page.select('[name="book"] option[selected][value]:not([value=""])')


def test_the_front_page_lists_the_nouns_in_the_order_of_their_use(desk):
    page = read(desk.get(reverse("admin:index")))

    names = [row.get_text(strip=True) for row in page.select("#content tr[class^=model-] th")]
    assert names == [
        "Write-ups", "Meetups", "Photos", "Venues",
        "Books", "Notes", "Terms", "Questions", "Quotes", "Readings", "Contributors",
        "Letters", "Subscribers", "Copies",
        "Authors", "Members",
        "Club", "Outgoing mail",
    ]  # fmt: skip


def test_the_desk_bears_the_name_of_the_club(desk):
    make_club(name="The Night Readers")

    page = read(desk.get(reverse("admin:index")))

    assert page.select_one("#site-name").get_text(strip=True) == "The Night Readers"
    assert page.title.string.endswith("| The Night Readers")


def test_the_desk_runs_its_own_scripts_and_nothing_else(desk):
    book = make_book()

    for address in (reverse("admin:index"), admin_url("books.book", "change", book.pk), reverse("admin:jsi18n")):
        policy = dict(part.split(" ", 1) for part in desk.get(address).headers["Content-Security-Policy"].split("; "))

        assert policy["default-src"] == "'none'"
        assert {policy[name] for name in policy if name.endswith("-src") and name != "default-src"} == {"'self'"}


@pytest.mark.parametrize("page", ["index", "meetups_writeup_changelist", "books_quote_add"])
def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(client, db, page):
    address = reverse(f"admin:{page}")

    response = client.get(address, follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert f"next={address}".replace("/", "%2F") in response.redirect_chain[-1][0]


def test_a_member_has_no_business_at_the_desk(client, bob):
    client.force_login(bob)

    response = client.get(reverse("admin:index"))

    assert response.status_code == 302
    assert client.get(response.url).status_code == 403


def test_the_list_of_clubs_is_the_page_of_the_one_club(desk):
    first = desk.get(admin_url("bookclub.club", "changelist"))
    make_club()
    then = desk.get(admin_url("bookclub.club", "changelist"))

    assert first.url == admin_url("bookclub.club", "add")
    assert then.url == admin_url("bookclub.club", "change", 1)
    assert desk.get(admin_url("bookclub.club", "add")).status_code == 403
    assert desk.post(admin_url("bookclub.club", "delete", 1), {"post": "yes"}).status_code == 403


def club_form(links, **fields):
    data = {"name": "Readers", "time_zone": "Europe/London", "names_visible_to": "members"}
    data |= {"joining": "open", "guest_list": "count", "guests_allowed": "0"}
    data |= {"links-TOTAL_FORMS": len(links), "links-INITIAL_FORMS": sum("id" in link for link in links)}
    for number, link in enumerate(links):
        data |= {f"links-{number}-{name}": value for name, value in link.items()}
    return data | fields


def test_an_organiser_describes_a_new_club(desk):
    desk.post(admin_url("bookclub.club", "add"), club_form([{"label": "Chat", "url": "chat.example"}]))

    assert Club.objects.get().name == "Readers"
    assert list(CommunityLink.objects.values_list("label", "url", "position")) == [("Chat", "https://chat.example", 1)]


def test_the_recommendation_moves_from_one_link_to_another_in_one_go(desk):
    old = make_community_link(label="Old", is_recommended=True, position=2)
    new = make_community_link(label="New", position=1)
    links = [
        {"id": new.pk, "label": "New", "position": 1, "is_recommended": "on"},
        {"id": old.pk, "label": "Old", "position": 2},
    ]

    response = desk.post(admin_url("bookclub.club", "change", 1), club_form(links))

    assert response.status_code == 302
    assert list(CommunityLink.objects.filter(is_recommended=True)) == [new]


def test_two_recommended_links_are_a_message_and_not_a_crash(desk):
    make_club()
    links = [{"label": "One", "is_recommended": "on"}, {"label": "Two", "is_recommended": "on"}]

    page = read(desk.post(admin_url("bookclub.club", "change", 1), club_form(links)))

    assert "Recommend one of the links, not several." in page.text
    assert page.select_one('[name="links-1-label"]')["value"] == "Two"


def test_the_searched_filter_loads_the_chosen_book_alone_and_keeps_the_other_filters(desk):
    book, other = make_book(title="Chosen"), make_book(title="Not chosen")
    quote = make_quote(book=book, published_at=None)
    make_quote(book=other, published_at=None)
    make_quote(book=book)

    page = read(desk.get(admin_url("books.quote", "changelist"), {"book__id__exact": book.pk, "state": "draft"}))

    form = page.select_one("form.searched")
    assert [option.text for option in form.select("option[value]:not([value=''])")] == ["Chosen"]
    assert form.select_one("input[name=state]")["value"] == "draft"
    assert page.select_one("#result_list tbody th a")["href"].startswith(admin_url("books.quote", "change", quote.pk))
    assert len(page.select("#result_list tbody tr")) == 1


@pytest.mark.parametrize(("state", "number"), [("draft", 1), ("scheduled", 2), ("published", 3)])
def test_lists_are_filtered_by_state(desk, state, number):
    moments = [None] + [factories.yesterday() + factories.dt.timedelta(days=9)] * 2 + [factories.yesterday()] * 3
    for moment in moments:
        make_writeup(published_at=moment)

    page = read(desk.get(admin_url("meetups.writeup", "changelist"), {"state": state}))

    assert len(page.select("#result_list tbody tr")) == number


def test_saving_a_form_keeps_the_very_moment_that_a_write_up_stamped(desk):
    """The field shows no microseconds; a moment without them would never be taken back."""
    book = make_book()
    stamp = Book.objects.get(pk=book.pk).published_at
    page = read(desk.get(admin_url("books.book", "change", book.pk)))
    data = {field["name"]: field.get("value", "") for field in page.select("form[id=book_form] input[name]")}
    data = {name: value for name, value in data.items() if not name.startswith("_") and "__prefix__" not in name}

    desk.post(admin_url("books.book", "change", book.pk), data | {"title": "Renamed", "audience": "public"})

    assert Book.objects.values_list("title", "published_at").get() == ("Renamed", stamp)


def test_moments_are_shown_with_their_zone_named(desk):
    make_club(time_zone="Asia/Tokyo")
    make_writeup(published_at=factories.dt.datetime(2018, 10, 11, 8, tzinfo=factories.dt.UTC))

    page = read(desk.get(admin_url("meetups.writeup", "changelist")))
    form = read(desk.get(admin_url("meetups.meetup", "add")))

    assert page.select_one(".field-state_in_words").text == "Published 11 October 2018, 17:00 JST"
    assert "Times are those of Asia/Tokyo." in re.sub(r"\s+", " ", form.text)


def test_staff_without_permissions_see_an_empty_desk(client, db):
    client.force_login(make_member(is_staff=True))

    page = read(client.get(reverse("admin:index")))

    assert not page.select("#content tr[class^=model-]")
    assert client.get(admin_url("meetups.writeup", "changelist")).status_code == 403


@pytest.mark.parametrize(
    ("label", "name", "value", "message"),
    [
        ("books.book", "first_published_year", "99999999999", "Ensure this value is less than or equal to 32767."),
        ("books.quote", "position", "99999999999999", "Ensure this value is less than or equal to 2147483647."),
        ("books.quote", "published_at_0", "0001-01-01", "Give the year with all four figures, such as 2026."),
        ("books.quote", "published_at_0", "9999-12-31", "Give the year with all four figures, such as 2026."),
        ("meetups.writeup", "posted_on", "0001-01-01", "Give the year with all four figures, such as 2026."),
    ],
)
def test_a_number_or_a_day_that_no_database_or_zone_can_show_is_a_message(desk, label, name, value, message):
    thing = getattr(factories, MAKERS[label])()
    address = admin_url(label, "change", thing.pk)
    form = {field["name"]: field.get("value", "") for field in read(desk.get(address)).select("form [name]")}
    late = {"published_at_1": "12:00"} if name == "published_at_0" else {}

    page = read(desk.post(address, form | {name: value} | late))

    assert message in [item.text for item in page.select(".errorlist li")]
