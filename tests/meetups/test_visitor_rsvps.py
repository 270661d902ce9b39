"""RSVPs of visitors: form with name and address, mailed code, seat."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from bookclub.core.models import Club
from meetups.models import RSVP, Meetup
from members.models import Member
from tests import factories as make
from tests.pages import send, soup_of, text_of, texts

CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")
CODE_PAGE = "/accounts/login/code/confirm/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def meetup(db):
    cache.clear()
    make.make_club(joining="open", guests_allowed=2)
    return make.make_meetup(slug="soon", capacity=2)


def post_visitor_rsvp(client, email="vic@example.org", name="Vic King", answer="going", **more):
    return send(client, "/meetups/soon/rsvp/", name=name, email=email, answer=answer, **more)


def code_for(mailoutbox, email="vic@example.org"):
    make.run_worker()
    return next(
        CODE.search(mail.body)[0] for mail in reversed(mailoutbox) if mail.to == [email] and CODE.search(mail.body)
    )


def enter_code(client, mailoutbox, email="vic@example.org"):
    """Enter the right code; return the next page."""
    return client.post(CODE_PAGE, {"code": code_for(mailoutbox, email)}, follow=True)


def answers():
    return {rsvp.member.email: rsvp.answer for rsvp in RSVP.objects.select_related("member")}


def badge_and_heading(response):
    panel = soup_of(response).select_one(".rsvp-panel")
    return text_of(panel.select_one(".badge")), text_of(panel.h2)


def test_visitor_rsvp_becomes_seat_after_sign_in(client, mailoutbox):
    asked = post_visitor_rsvp(client, message="See you there", guests="1")
    before = answers()
    page = enter_code(client, mailoutbox)

    assert asked.url == CODE_PAGE
    assert before == {}
    assert page.redirect_chain[-1][0] == "/meetups/soon/"
    assert badge_and_heading(page) == ("Going", "Two seats are yours")
    assert answers() == {"vic@example.org": "going"}
    assert (RSVP.objects.get().message, Member.objects.get().name) == ("See you there", "Vic King")


def test_visitor_rsvp_holds_no_seat(client, mailoutbox, bob, alice):
    post_visitor_rsvp(client)
    make.make_rsvp(Meetup.objects.get(), alice)
    make.make_rsvp(Meetup.objects.get(), bob)

    page = enter_code(client, mailoutbox)

    assert answers() == {"alice@example.org": "going", "bob@example.org": "going", "vic@example.org": "waiting"}
    assert badge_and_heading(page) == ("Waiting list", "You are first on the waiting list")


def test_visitor_rsvp_of_member_ignores_case_of_address(client, mailoutbox, bob):
    post_visitor_rsvp(client, "BOB@example.org", name="Robert")
    enter_code(client, mailoutbox, "bob@example.org")

    assert answers() == {"bob@example.org": "going"}
    assert Member.objects.get().name == "Bob Baptiste"


def test_visitor_rsvp_refusal_is_shown_after_sign_in(client, mailoutbox):
    post_visitor_rsvp(client)
    Meetup.objects.update(rsvps_close_at=timezone.now() - HOUR)

    page = enter_code(client, mailoutbox)

    assert texts(soup_of(page), "[role=status]")[-1:] == [
        "Seats can't be saved any more. Write to us if you still want to come."
    ]
    assert badge_and_heading(page) == ("Closed", "Seats can’t be saved any more")
    assert answers() == {}


@pytest.mark.parametrize("change", [{"published_at": None}, {"audience": "members"}])
def test_visitor_rsvp_to_hidden_meetup_is_dropped(client, mailoutbox, change):
    Club.objects.update(joining="approval")
    post_visitor_rsvp(client)
    Meetup.objects.update(**change)

    page = enter_code(client, mailoutbox)

    assert page.status_code == 404
    assert "not published" not in client.get("/accounts/email/").content.decode()
    assert answers() == {}


def test_visitor_rsvp_to_deleted_meetup_is_dropped(client, mailoutbox):
    post_visitor_rsvp(client)
    Meetup.objects.all().delete()

    assert enter_code(client, mailoutbox).status_code == 404


def test_visitor_rsvp_of_new_member_waits_for_approval(client, mailoutbox):
    Club.objects.update(joining="approval")
    post_visitor_rsvp(client)

    page = enter_code(client, mailoutbox)

    assert answers() == {"vic@example.org": "pending"}
    assert badge_and_heading(page) == ("Not yet sure", "An organiser says yes first")


def test_visitor_rsvp_is_recorded_once(client, mailoutbox, bob):
    post_visitor_rsvp(client)
    enter_code(client, mailoutbox)
    send(client, "/meetups/soon/rsvp/", answer="not_going")
    client.post("/accounts/logout/")
    with time_machine.travel(timezone.now() + 5 * HOUR / 60):
        client.post("/accounts/login/", {"email": "vic@example.org"})
        enter_code(client, mailoutbox)

    assert answers() == {"vic@example.org": "not_going"}


def test_visitor_rsvp_is_dropped_when_somebody_else_signs_in(client, mailoutbox, bob):
    post_visitor_rsvp(client)
    client.post("/accounts/login/", {"email": "bob@example.org"})
    enter_code(client, mailoutbox, "bob@example.org")

    assert answers() == {}
    assert "visitor_rsvp" not in client.session


def test_visitor_rsvp_expires_after_an_hour(client, mailoutbox, bob):
    post_visitor_rsvp(client, "bob@example.org")
    stored = client.session["visitor_rsvp"]
    client.force_login(bob)
    client.logout()
    session = client.session
    session["visitor_rsvp"] = stored
    session.save()

    with time_machine.travel(timezone.now() + HOUR):
        client.post("/accounts/login/", {"email": "bob@example.org"})
        enter_code(client, mailoutbox, "bob@example.org")

    assert answers() == {}


def test_visitor_rsvp_of_the_last_form_counts(client, mailoutbox):
    post_visitor_rsvp(client, guests="2")
    post_visitor_rsvp(client)
    enter_code(client, mailoutbox)

    assert RSVP.objects.get().guests == 0


def test_visitor_rsvp_ignores_posted_meetup_and_member(client, mailoutbox, bob):
    other = make.make_meetup(slug="other")
    post_visitor_rsvp(
        client, meetup=other.pk, member=bob.pk, is_staff="1", status="confirmed", next="https://evil.example/"
    )

    page = enter_code(client, mailoutbox)

    vic = Member.objects.get(email="vic@example.org")
    assert page.redirect_chain[-1][0] == "/meetups/soon/"
    assert [(rsvp.member, rsvp.meetup.slug) for rsvp in RSVP.objects.all()] == [(vic, "soon")]
    assert not vic.is_staff


def test_visitor_form_answers_same_for_known_and_unknown_address(client, bob):
    known, unknown = post_visitor_rsvp(client, "bob@example.org"), post_visitor_rsvp(client, "nobody@example.org")

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, CODE_PAGE)
    assert known.headers.keys() == unknown.headers.keys()
