"""The RSVP panel of a meetup's page: its states for different readers, and its forms."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from meetups.models import RSVP, Meetup
from tests import factories as make
from tests.pages import send, soup_of, text_of, texts

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
SAME_ORIGIN = {"headers": {"Origin": "http://testserver"}}


@pytest.fixture
def meetup():
    return make.make_meetup(slug="soon", capacity=3)


def rsvp_panel(client, meetup=None):
    return soup_of(client.get(meetup.get_absolute_url() if meetup else "/meetups/soon/")).select_one(".rsvp-panel")


def badge_and_heading(client, meetup=None):
    """Return the texts of the panel's badge and heading."""
    panel = rsvp_panel(client, meetup)
    return text_of(panel.select_one(".badge")), text_of(panel.h2)


def buttons(panel):
    return texts(panel, "button, .btn")


def fill_seats(meetup, seats):
    return [make.make_rsvp(meetup) for _ in range(seats)]


def errors(response):
    return texts(soup_of(response), ".error-summary a")


def answers(meetup):
    return {rsvp.member.email: rsvp.answer for rsvp in meetup.rsvps.select_related("member")}


# --- states of the panel --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "stamp", "heading"),
    [
        ({"date": None}, "To be announced", "The date is not set yet"),
        ({"rsvps_open_at": timezone.now() + DAY}, "Opens soon", "Not just yet"),
        ({}, "Open", "Save a seat"),
        ({"capacity": 0}, "Full", "Every seat is taken"),
        ({"rsvps_close_at": timezone.now() - DAY}, "Closed", "Seats can’t be saved any more"),
        ({"cancelled_at": timezone.now()}, "Cancelled", "This meetup is cancelled"),
        ({"date": dt.date(2018, 10, 10)}, "Past", "This one has been and gone"),
    ],
)
def test_panel_shows_stage(client, bob, fields, stamp, heading):
    meetup = make.make_meetup(**fields)
    takes_answers = stamp in {"Open", "Full"}

    visitors = rsvp_panel(client, meetup)
    client.force_login(bob)
    members = rsvp_panel(client, meetup)

    for panel in (visitors, members):
        assert (text_of(panel.select_one(".badge")), text_of(panel.h2)) == (stamp, heading)
        assert bool(panel.select("form")) == takes_answers


def test_panel_shows_opening_time_in_club_zone(client):
    make.make_club(time_zone="Europe/London")
    make.make_meetup(
        slug="soon", date=dt.date(2040, 7, 20), rsvps_open_at=dt.datetime(2040, 7, 4, 8, 30, tzinfo=dt.UTC)
    )

    moment = rsvp_panel(client).select_one("time")

    assert text_of(moment) == "Wednesday 4 July 2040, 9.30 am, London time"
    assert moment["datetime"] == "2040-07-04T09:30+01:00"


def test_panel_of_begun_meetup_takes_no_answers(client, meetup, bob):
    client.force_login(bob)
    with time_machine.travel(meetup.starts_at):
        assert badge_and_heading(client) == ("Closed", "It has begun")
        assert "You have no seat" in text_of(rsvp_panel(client))


def test_cancelled_meetup_shows_reason_and_next_meetup(client, meetup, bob):
    make.make_rsvp(meetup, bob)
    Meetup.objects.update(cancelled_at=timezone.now(), cancellation_reason="The pipes have burst.")
    make.make_meetup(date=timezone.localdate() + 8 * DAY, cancelled_at=timezone.now())
    following = make.make_meetup(date=timezone.localdate() + 9 * DAY)
    client.force_login(bob)

    panel = rsvp_panel(client)

    assert "The pipes have burst." in text_of(panel)
    assert panel.select_one(".btn")["href"] == following.get_absolute_url()


@pytest.mark.parametrize(
    ("taken", "capacity", "sentence", "dots"),
    [
        (0, 3, "Three seats, and none taken yet.", ["", "", ""]),
        (2, 3, "Two of three seats taken. One left.", ["taken", "taken", ""]),
        (2, 2, "Two of two seats taken.", ["taken", "taken"]),
        (2, 1, "All seats are taken.", ["taken"]),
        (1, 0, "All seats are taken.", []),
        (1, 40, "One of 40 seats taken. 39 left.", []),
        (0, None, "Nobody has saved a seat yet: be the first.", []),
        (1, None, "One person is coming.", []),
        (2, None, "Two people are coming.", []),
    ],
)
def test_seats_have_sentence_and_chairs(client, taken, capacity, sentence, dots):
    meetup = make.make_meetup(capacity=None)
    fill_seats(meetup, taken)
    Meetup.objects.update(capacity=capacity)

    panel = rsvp_panel(client, meetup)

    assert sentence in texts(panel, ".small")
    assert [" ".join(dot.get("class", [])) for dot in panel.select(".seats li")] == dots
    assert all(seats["aria-hidden"] == "true" for seats in panel.select(".seats"))


def test_own_seats_are_in_sentence_and_chairs(client, meetup, bob):
    make.make_club(guests_allowed=1)
    fill_seats(meetup, 1)
    make.make_rsvp(meetup, bob, guests=1)
    client.force_login(bob)

    panel = rsvp_panel(client)

    assert badge_and_heading(client) == ("Going", "Two seats are yours")
    assert "Three of three seats taken, two of them by you." in texts(panel, ".small")
    assert [dot["class"] for dot in panel.select(".seats li")] == [["taken"], ["yours"], ["yours"]]


@pytest.mark.parametrize(
    ("others", "capacity", "sentence"),
    [
        (0, None, "You are the first to come."),
        (1, None, "Two people are coming, you among them."),
        (0, 3, "One of three seats taken, by you. Two left."),
        (1, 3, "Two of three seats taken, one of them by you. One left."),
        (1, 1, "All seats are taken."),
    ],
)
def test_sentence_without_capacity_tells_first_from_others(client, bob, others, capacity, sentence):
    meetup = make.make_meetup()
    make.make_rsvp(meetup, bob)
    fill_seats(meetup, others)
    Meetup.objects.update(capacity=capacity)
    client.force_login(bob)

    assert sentence in texts(rsvp_panel(client, meetup), ".small")


# --- a member ---------------------------------------------------------------------------------------------------------


def test_member_saves_seat_with_one_post(client, meetup, bob):
    client.force_login(bob)
    page = rsvp_panel(client)

    form = page.form
    response = send(client, form["action"], **{form.button["name"]: form.button["value"]})

    assert text_of(form.button) == "Save me a seat"
    assert not [field for field in form.select("input, select") if not field.find_parent("details")]
    assert response.url == "/meetups/soon/"
    assert answers(meetup) == {"bob@example.org": "going"}
    assert badge_and_heading(client) == ("Going", "You have a seat")
    assert soup_of(client.get("/meetups/soon/")).title.string.startswith("You have a seat: ")


def test_going_panel_shows_calendar_reminder_and_decline(client, meetup, bob):
    make.make_club(reminds_a_week_before=True, reminds_a_day_before=True)
    make.make_rsvp(meetup, bob)
    client.force_login(bob)

    panel = rsvp_panel(client)

    assert buttons(panel) == ["Add to my calendar", "I can’t come after all", "Save the change"]
    assert panel.select_one("a.btn")["href"] == "/meetups/soon/calendar.ics"
    assert "The details go to bob@example.org, and a reminder a week and a day before." in text_of(panel)


def test_declining_frees_seat_for_next_in_queue(client, bob):
    meetup = make.make_meetup(slug="soon", capacity=1)
    make.make_rsvp(meetup, bob)
    waiting = make.make_rsvp(meetup)
    client.force_login(bob)

    response = send(client, "/meetups/soon/rsvp/", answer="not_going")

    assert response.url == "/meetups/soon/"
    assert answers(meetup) == {"bob@example.org": "not_going", waiting.member.email: "going"}
    assert badge_and_heading(client) == ("Full", "Every seat is taken")


def test_declined_member_may_save_seat_again(client, meetup, bob):
    client.force_login(bob)
    send(client, "/meetups/soon/rsvp/", answer="not_going")

    assert badge_and_heading(client) == ("Open", "You said that you can’t come")
    assert buttons(rsvp_panel(client)) == ["Save me a seat"]
    send(client, "/meetups/soon/rsvp/", answer="going")
    assert badge_and_heading(client) == ("Going", "You have a seat")


def test_waiting_panel_shows_queue_place(client, bob):
    meetup = make.make_meetup(slug="soon", capacity=1)
    fill_seats(meetup, 2)
    client.force_login(bob)
    before = rsvp_panel(client)

    send(client, "/meetups/soon/rsvp/", answer="going")
    fill_seats(meetup, 1)

    assert buttons(before) == ["Join the waiting list", "I can’t come"]
    assert "One person is on the waiting list." in texts(before, ".small")
    assert badge_and_heading(client) == ("Waiting list", "You are 2nd of 3 on the waiting list")
    assert "a smaller one may go in before a larger" in text_of(rsvp_panel(client))
    send(client, "/meetups/soon/rsvp/", answer="not_going")
    assert answers(meetup)["bob@example.org"] == "not_going"


def test_pending_panel_shows_that_approval_is_needed(client, meetup):
    make.make_club(joining="approval")
    nora = make.make_member(approved_at=None)
    client.force_login(nora)

    assert "An organiser says yes first." in text_of(rsvp_panel(client)).replace("If you are new here, an", "An")
    send(client, "/meetups/soon/rsvp/", answer="going")

    assert answers(meetup) == {nora.email: "pending"}
    assert badge_and_heading(client) == ("Not yet sure", "An organiser says yes first")
    assert "Three seats, and none taken yet." in text_of(rsvp_panel(client))


def test_same_post_again_keeps_answer(client, meetup, bob):
    client.force_login(bob)

    places = [send(client, "/meetups/soon/rsvp/", answer="going").url for _ in range(3)]

    assert places == ["/meetups/soon/"] * 3
    assert meetup.rsvps.count() == 1
    assert Meetup.objects.for_cards(bob).get().seats_taken == 1


@pytest.mark.parametrize(("allowed", "offered"), [(0, 0), (1, 2), (2, 3)])
def test_form_offers_guests_allowed_by_club(client, meetup, bob, allowed, offered):
    make.make_club(guests_allowed=allowed)
    client.force_login(bob)

    assert len(rsvp_panel(client).select("details option")) == offered


def test_form_saves_guests_and_message(client, meetup, bob):
    make.make_club(guests_allowed=2)
    client.force_login(bob)

    send(client, "/meetups/soon/rsvp/", answer="going", guests="2", message="No stairs, please – Zoë’s knee")

    rsvp = RSVP.objects.get()
    assert (rsvp.guests, rsvp.message) == (2, "No stairs, please – Zoë’s knee")
    assert rsvp_panel(client).select_one("[name=message]")["value"] == rsvp.message
    assert rsvp_panel(client).select_one("option[selected]")["value"] == "2"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Press the button that says whether you come."),
        ({"answer": "waiting"}, "Press the button that says whether you come."),
        ({"answer": "going", "guests": "2"}, "That is more guests than one member may bring."),
        ({"answer": "going", "guests": "-1"}, "That is more guests than one member may bring."),
        ({"answer": "going", "guests": "x" * 300}, "That is more guests than one member may bring."),
        ({"answer": "going", "message": "x" * 301}, "Keep your message within 300 characters."),
        (
            {"answer": "going", "message": "See\u202eyou"},
            "There is something in your message that nobody can see. Type it again.",
        ),
        (
            {"answer": "going", "message": "a\r\nBcc: b"},
            "There is something in your message that nobody can see. Type it again.",
        ),
    ],
)
def test_form_keeps_refused_input_with_error(client, meetup, bob, data, sentence):
    make.make_club(guests_allowed=1)
    client.force_login(bob)

    response = send(client, "/meetups/soon/rsvp/", **data)
    page = soup_of(response)

    assert errors(response) == [sentence]
    assert page.title.string.startswith("Error: ")
    assert page.select_one(page.select_one(".error-summary a")["href"])
    assert not answers(meetup)
    if "message" in data:
        assert page.select_one("details")["open"] == ""
        assert page.select_one("[name=message]")["value"]


def test_refused_guest_leaves_own_seat(client, bob):
    make.make_club(guests_allowed=1)
    meetup = make.make_meetup(slug="soon", capacity=1)
    make.make_rsvp(meetup, bob)
    make.make_rsvp(meetup)
    client.force_login(bob)

    response = send(client, "/meetups/soon/rsvp/", answer="going", guests="1")

    assert errors(response) == ["There is no seat left for your guest. Your own stays yours."]
    assert badge_and_heading(client) == ("Going", "You have a seat")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"date": None}, "Seats can be saved as soon as there is a date."),
        ({"rsvps_open_at": timezone.now() + DAY}, "Seats can't be saved yet."),
        ({"rsvps_close_at": timezone.now() - DAY}, "Seats can't be saved any more."),
        ({"cancelled_at": timezone.now()}, "This meetup is cancelled."),
        ({"date": dt.date(2018, 10, 10)}, "This meetup is over."),
    ],
)
def test_closed_meetup_shows_refusal(client, bob, fields, sentence):
    make.make_meetup(slug="soon", **fields)
    forms = [{"answer": "going"}, {"answer": "going", "name": "Vic", "email": "vic@example.org"}]

    visitors = errors(send(client, "/meetups/soon/rsvp/", **forms[1]))
    client.force_login(bob)
    members = errors(send(client, "/meetups/soon/rsvp/", **forms[0]))

    assert [words.startswith(sentence) for words in (*visitors, *members)] == [True, True]
    assert not RSVP.objects.exists()


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"audience": "members"}])
def test_rsvp_to_hidden_meetup_is_404(client, meetup, hidden):
    Meetup.objects.update(**hidden)

    response = send(client, "/meetups/soon/rsvp/", answer="going", name="Vic", email="vic@example.org")

    assert response.status_code == 404
    assert not RSVP.objects.exists()


def test_draft_takes_no_answer_from_organiser(client, meetup, olga):
    Meetup.objects.update(published_at=None)
    client.force_login(olga)

    assert not rsvp_panel(client).select("form")
    assert errors(send(client, "/meetups/soon/rsvp/", answer="going")) == [
        "Seats can't be saved yet: this meetup is not published."
    ]


def test_removed_member_is_told_and_refused(client, meetup, bob, olga):
    rsvp = make.make_rsvp(meetup, bob)
    RSVP.objects.filter(pk=rsvp.pk).update(answer="not_going", removal_reason="Noise", removed_by=olga)
    client.force_login(bob)

    panel = text_of(rsvp_panel(client))
    response = send(client, "/meetups/soon/rsvp/", answer="going")

    assert "An organiser has taken you off this list." in panel
    assert "Noise" not in panel
    assert errors(response) == ["An organiser has taken you off this list. Write to us, and we can put you back."]


def test_rsvp_ignores_posted_member_and_meetup(client, meetup, alice, bob):
    other = make.make_meetup()
    make.make_rsvp(meetup, alice)
    client.force_login(bob)
    forged = {"member": alice.pk, "user": alice.pk, "meetup": other.pk, "status": "confirmed", "rsvp": 1}

    send(client, "/meetups/soon/rsvp/", answer="not_going", is_staff=1, queue_position=0, attended=1, **forged)

    assert answers(meetup) == {"alice@example.org": "going", "bob@example.org": "not_going"}
    assert not answers(other)
    assert not type(bob).objects.get(pk=bob.pk).is_staff
    assert RSVP.objects.get(member=bob).attended is None


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_cross_site_rsvp_is_refused(client, meetup, bob, headers):
    client.force_login(bob)

    response = client.post("/meetups/soon/rsvp/", {"answer": "going"}, headers=headers)

    assert response.status_code == 403
    assert not answers(meetup)


def test_get_of_rsvp_url_redirects_to_page(client, meetup, bob):
    client.force_login(bob)

    for ask in (client.get, client.head):
        assert ask("/meetups/soon/rsvp/?answer=going").url == "/meetups/soon/"
    assert client.put("/meetups/soon/rsvp/").status_code == 405
    assert not answers(meetup)


def test_rsvp_response_is_not_cached(client, meetup, bob):
    for_visitors = send(client, "/meetups/soon/rsvp/", name="Vic", email="x")
    client.force_login(bob)
    for_members = send(client, "/meetups/soon/rsvp/", answer="going")

    assert {response["Cache-Control"] for response in (for_visitors, for_members)} == {"private, no-store"}


# --- a visitor --------------------------------------------------------------------------------------------------------


def test_visitor_page_has_no_cookie_or_token(client, meetup):
    first, second = (client.get("/meetups/soon/") for _ in range(2))

    assert first.content == second.content
    assert not first.cookies
    assert b"csrf" not in first.content
    assert first["Cache-Control"] == "public, no-cache"


def test_member_page_is_not_cached(client, meetup, bob):
    client.force_login(bob)

    assert client.get("/meetups/soon/")["Cache-Control"] == "private, no-store"


def test_visitor_form_asks_for_name_and_email(client, meetup):
    panel = rsvp_panel(client)

    fields = [field for field in panel.select("input, select") if not field.find_parent("details")]
    assert [(field["name"], field["autocomplete"]) for field in fields] == [("name", "name"), ("email", "email")]
    assert buttons(panel) == ["Save me a seat"]
    assert [link["href"] for link in panel.select("p a")] == ["/privacy/", "/accounts/login/?next=/meetups/soon/"]


@pytest.mark.parametrize(
    ("data", "sentences"),
    [
        ({}, ["What shall we call you?", "Email address is missing."]),
        ({"name": "N" * 300}, ["Write your name in 120 characters or fewer."]),
        ({"name": "Vic\u202eking"}, ["There is something in this name that nobody can see. Type it again."]),
        ({"email": "vic@example.org\nBcc: all@example.org"}, ["Write the address in full, such as name@example.org."]),
        ({"email": "v" * 300 + "@example.org"}, ["Write the address in full, such as name@example.org."]),
        ({"email": "vic\u202e@example.org"}, ["Write the address in full, such as name@example.org."]),
        ({"email": '"vic\x07"@example.org'}, ["Write the address in full, such as name@example.org."]),
    ],
)
def test_visitor_form_keeps_refused_input_with_error(client, meetup, data, sentences):
    typed = {"name": "Vic", "email": "vic@example.org", "answer": "going", "message": "Hello"} | data if data else {}

    response = send(client, "/meetups/soon/rsvp/", **typed or {"answer": "going"})
    page = soup_of(response)

    assert errors(response) == sentences
    assert not response.cookies
    assert page.select_one("[name=message]").get("value", "") == typed.get("message", "")
    assert all(page.select_one(link["href"]).name == "input" for link in page.select(".error-summary a"))


def test_closed_club_refuses_visitors_but_not_members(client, meetup, bob):
    make.make_club(joining="closed", contact_email="club@example.org")

    panel = rsvp_panel(client)
    response = send(client, "/meetups/soon/rsvp/", answer="going", name="Bob", email="bob@example.org")
    client.force_login(bob)

    assert "We take nobody new for now." in text_of(panel)
    assert not panel.select("form")
    assert errors(response) == ["We take nobody new for now. If you are a member, sign in first."]
    assert rsvp_panel(client).select("form")
