"""A visitor's way to a seat: name and address, the code from the mail, and the seat."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from bookclub.models import Club
from meetups.models import RSVP, Meetup
from members.models import Member
from tests import factories as make
from tests.pages import send, soup_of, text_of, texts

CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")
CODE_PAGE = "/accounts/login/code/confirm/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def evening(db):
    cache.clear()
    make.make_club(joining="open", guests_allowed=2)
    return make.make_meetup(slug="soon", capacity=2)


def ask(client, email="vic@example.org", name="Vic King", answer="going", **more):
    return send(client, "/meetups/soon/rsvp/", name=name, email=email, answer=answer, **more)


def code_for(mailoutbox, email="vic@example.org"):
    make.do_post()
    return next(
        CODE.search(mail.body)[0] for mail in reversed(mailoutbox) if mail.to == [email] and CODE.search(mail.body)
    )


def type_code(client, mailoutbox, email="vic@example.org"):
    """The page that comes after the right code."""
    return client.post(CODE_PAGE, {"code": code_for(mailoutbox, email)}, follow=True)


def answers():
    return {rsvp.member.email: rsvp.answer for rsvp in RSVP.objects.select_related("member")}


def stands(response):
    panel = soup_of(response).select_one(".rail")
    return text_of(panel.select_one(".stamp")), text_of(panel.h2)


def test_a_visitor_has_the_seat_as_soon_as_the_code_is_typed(client, mailoutbox):
    asked = ask(client, line="See you there", guests="1")
    before = answers()
    page = type_code(client, mailoutbox)

    assert asked.url == CODE_PAGE
    assert before == {}
    assert page.redirect_chain[-1][0] == "/meetups/soon/"
    assert stands(page) == ("Going", "Two seats are yours")
    assert answers() == {"vic@example.org": "going"}
    assert (RSVP.objects.get().line, Member.objects.get().name) == ("See you there", "Vic King")


def test_what_is_not_confirmed_holds_no_seat(client, mailoutbox, bob, alice):
    ask(client)
    make.make_rsvp(Meetup.objects.get(), alice)
    make.make_rsvp(Meetup.objects.get(), bob)

    page = type_code(client, mailoutbox)

    assert answers() == {"alice@example.org": "going", "bob@example.org": "going", "vic@example.org": "waiting"}
    assert stands(page) == ("Waiting list", "You are 1st of 1 in line")


def test_a_member_who_has_not_signed_in_uses_the_same_form_in_any_case(client, mailoutbox, bob):
    ask(client, "BOB@example.org", name="Robert")
    type_code(client, mailoutbox, "bob@example.org")

    assert answers() == {"bob@example.org": "going"}
    assert Member.objects.get().name == "Bob Baptiste"


def test_the_page_says_what_has_come_in_between(client, mailoutbox):
    ask(client)
    Meetup.objects.update(rsvps_close_at=timezone.now() - HOUR)

    page = type_code(client, mailoutbox)

    assert texts(soup_of(page), "[role=status]")[-1:] == [
        "Seats can't be saved any more. Write to us if you still want to come."
    ]
    assert stands(page) == ("Closed", "Seats can’t be saved any more")
    assert answers() == {}


@pytest.mark.parametrize("change", [{"published_at": None}, {"audience": "members"}])
def test_a_meetup_that_one_may_not_see_any_more_gets_no_answer(client, mailoutbox, change):
    Club.objects.update(joining="approval")
    ask(client)
    Meetup.objects.update(**change)

    page = type_code(client, mailoutbox)

    assert page.status_code == 404
    assert "not published" not in client.get("/accounts/email/").content.decode()
    assert answers() == {}


def test_a_meetup_that_was_deleted_meanwhile_gets_no_answer(client, mailoutbox):
    ask(client)
    Meetup.objects.all().delete()

    assert type_code(client, mailoutbox).status_code == 404


def test_where_an_organiser_says_yes_first_the_wish_is_pending(client, mailoutbox):
    Club.objects.update(joining="approval")
    ask(client)

    page = type_code(client, mailoutbox)

    assert answers() == {"vic@example.org": "pending"}
    assert stands(page) == ("Not yet sure", "An organiser says yes first")


def test_a_wish_is_good_once(client, mailoutbox, bob):
    ask(client)
    type_code(client, mailoutbox)
    send(client, "/meetups/soon/rsvp/", answer="not_going")
    client.post("/accounts/logout/")
    with time_machine.travel(timezone.now() + 5 * HOUR / 60):
        client.post("/accounts/login/", {"email": "vic@example.org"})
        type_code(client, mailoutbox)

    assert answers() == {"vic@example.org": "not_going"}


def test_a_wish_is_not_for_somebody_else_who_signs_in_on_the_same_computer(client, mailoutbox, bob):
    ask(client)
    client.post("/accounts/login/", {"email": "bob@example.org"})
    type_code(client, mailoutbox, "bob@example.org")

    assert answers() == {}
    assert "wish" not in client.session


def test_a_wish_is_over_after_an_hour(client, mailoutbox, bob):
    ask(client, "bob@example.org")
    wish = client.session["wish"]
    client.force_login(bob)
    client.logout()
    session = client.session
    session["wish"] = wish
    session.save()

    with time_machine.travel(timezone.now() + HOUR):
        client.post("/accounts/login/", {"email": "bob@example.org"})
        type_code(client, mailoutbox, "bob@example.org")

    assert answers() == {}


def test_the_last_wish_counts(client, mailoutbox):
    ask(client, guests="2")
    ask(client)
    type_code(client, mailoutbox)

    assert RSVP.objects.get().guests == 0


def test_nothing_that_is_posted_reaches_another_meetup_or_member(client, mailoutbox, bob):
    other = make.make_meetup(slug="other")
    ask(client, meetup=other.pk, member=bob.pk, is_staff="1", status="confirmed", next="https://evil.example/")

    page = type_code(client, mailoutbox)

    vic = Member.objects.get(email="vic@example.org")
    assert page.redirect_chain[-1][0] == "/meetups/soon/"
    assert [(rsvp.member, rsvp.meetup.slug) for rsvp in RSVP.objects.all()] == [(vic, "soon")]
    assert not vic.is_staff


def test_a_known_and_an_unknown_address_get_the_same_answer(client, bob):
    known, unknown = ask(client, "bob@example.org"), ask(client, "nobody@example.org")

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, CODE_PAGE)
    assert known.headers.keys() == unknown.headers.keys()
