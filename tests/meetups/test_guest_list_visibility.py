"""The visibility of guests: what a visitor, a member and an organiser see on each page, by the club's setting."""

import pytest

from bookclub.core.models import Club
from meetups.models import Meetup
from tests import factories as make
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

HIDDEN, COUNT, NAMES = Club.GuestList
PAGES = ["/", "/meetups/", "/meetups/soon/", "/write-ups/last/"]
COUNTED = "Three of five seats taken. Two left."


@pytest.fixture
def meetup():
    """Going: Ada Lovelace with a guest, and a member without a name. Waiting: Zeno Ash."""
    make.make_club(guest_list_visible_to=COUNT, guests_allowed=2)
    meetup = make.make_meetup(slug="soon", capacity=3)
    make.make_rsvp(meetup, make.make_member("ada@example.org", name="Ada Lovelace"), guests=1)
    make.make_rsvp(meetup, make.make_member("nemo@example.org", name=""))
    make.make_rsvp(meetup, make.make_member("zeno@example.org", name="Zeno Ash"), guests=2)
    Meetup.objects.update(capacity=5)
    make.make_writeup(slug="last")
    return meetup


def rsvp_panel(client):
    return soup_of(client.get("/meetups/soon/")).select_one(".rsvp-panel")


def seat_texts(client):
    """Return the lines of the RSVP panel about seats and names."""
    return [words for words in texts(rsvp_panel(client), "p.small") if words.startswith(("Coming", "Three of"))]


@pytest.mark.parametrize(
    ("rule", "visitor_reads", "member_reads", "organiser_reads"),
    [
        (HIDDEN, [], [], [COUNTED, "Coming: Ada Lovelace, nemo@example.org and one more."]),
        (COUNT, [COUNTED], [COUNTED], [COUNTED, "Coming: Ada Lovelace, nemo@example.org and one more."]),
        (
            NAMES,
            [COUNTED],
            [COUNTED, "Coming: Ada and two more."],
            [COUNTED, "Coming: Ada Lovelace, nemo@example.org and one more."],
        ),
    ],
)
def test_guest_list_setting_decides_who_sees_names_and_counts(
    client, meetup, bob, olga, rule, visitor_reads, member_reads, organiser_reads
):
    Club.objects.update(guest_list_visible_to=rule)

    assert seat_texts(client) == visitor_reads
    client.force_login(bob)
    assert seat_texts(client) == member_reads
    client.force_login(olga)
    assert seat_texts(client) == organiser_reads


def test_only_organiser_gets_link_to_guest_list(client, meetup, bob, olga):
    client.force_login(bob)
    assert not rsvp_panel(client).select('a[href^="/admin/"]')
    client.force_login(olga)
    assert client.get(rsvp_panel(client).select_one('a[href^="/admin/"]')["href"]).status_code == 200


def test_pending_member_reads_no_names(client, meetup):
    Club.objects.update(guest_list_visible_to=NAMES)
    client.force_login(make.make_member(approved_at=None))

    assert seat_texts(client) == [COUNTED]


@pytest.mark.parametrize("rule", [HIDDEN, COUNT, NAMES])
def test_no_page_shows_guests_to_visitor(client, meetup, rule):
    Club.objects.update(guest_list_visible_to=rule)

    for address in PAGES:
        page = client.get(address).content.decode()
        assert "/meetups/soon/" in page
        assert [word for word in ("Ada", "Lovelace", "Zeno", "example.org") if word in page] == []


@pytest.mark.parametrize(("rule", "is_told"), [(HIDDEN, False), (COUNT, True), (NAMES, True)])
def test_every_page_shows_same_seat_count(client, meetup, rule, is_told):
    Club.objects.update(guest_list_visible_to=rule)
    pages = {address: soup_of(client.get(address)) for address in PAGES}

    assert ["Two seats left" in text_of(pages[page]) for page in ("/", "/meetups/", "/write-ups/last/")] == [
        is_told
    ] * 3
    assert (COUNTED in text_of(pages["/meetups/soon/"])) == is_told
    assert [len(pages[page].select(".seats .taken")) for page in ("/", "/meetups/soon/")] == [3 * is_told] * 2


@pytest.mark.parametrize(
    ("answer", "taken", "button", "words"),
    [
        (None, 0, "Save me a seat", "Two seats left"),
        (None, 2, "Join the waiting list", "Every seat is taken"),
        ("going", 0, "Where and how to come", "You have a seat"),
        ("going", 2, "Where and how to come", "You are on the waiting list"),
        ("not_going", 0, "Save me a seat", "Two seats left"),
    ],
)
def test_cards_show_status_for_reader(client, bob, answer, taken, button, words):
    meetup = make.make_meetup(slug="soon", capacity=2)
    make.make_writeup(slug="last")
    for _ in range(taken):
        make.make_rsvp(meetup)
    if answer:
        make.make_rsvp(meetup, bob, answer)
    client.force_login(bob)
    pages = [soup_of(client.get(address)) for address in ("/", "/meetups/", "/write-ups/last/")]

    assert [texts(page, ".flag:not(.kind-question,.kind-quote)")[:1] for page in pages] == [[words]] * 3
    assert [texts(page, "#next ~ p a.btn") for page in pages] == [[button], [], [button]]


def test_cancelled_meetup_is_marked_in_the_list_and_not_announced(client):
    make.make_meetup(slug="soon", capacity=2, cancelled_at=make.yesterday())

    home, meetup_list = (soup_of(client.get(address)) for address in ("/", "/meetups/"))

    assert texts(meetup_list, ".flag") == ["Cancelled"]
    assert not meetup_list.select(".seats")
    assert "The next date is not set yet" in text_of(home.select_one(".accent-panel"))
