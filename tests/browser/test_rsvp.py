"""The way to a seat as people walk it, without scripts; and the states of the panel by the rules of access and HTML."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from meetups.models import RSVP
from tests.browser.rules import COLOURS, violations
from tests.browser.test_html import errors
from tests.factories import do_post, make_club, make_meetup, make_member, make_rsvp, make_venue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")


@pytest.fixture
def plain_page(browser, live_server):
    """Of a browser without scripts."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def come_in(client, live_server):
    """Lets the browser of a page in as a member."""

    def come_in(page, member):
        client.force_login(member)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])

    return come_in


def test_a_visitor_has_a_seat_after_three_fields(plain_page, mailoutbox):
    cache.clear()
    make_club(name="Lantern Club")
    make_meetup(slug="soon", capacity=12)
    page = plain_page

    page.goto("/")
    page.get_by_role("link", name="Save me a seat").click()
    page.get_by_label("Your name").fill("Vic King")
    page.locator(".rail").get_by_label("Email address").fill("vic@example.org")
    page.get_by_role("button", name="Save me a seat").click()
    do_post()
    page.locator("[autocomplete=one-time-code]").fill(CODE.search(mailoutbox[0].body)[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/meetups/soon/")

    assert page.locator(".rail h2").inner_text() == "You have a seat"
    assert page.title().startswith("You have a seat: ")
    assert [(rsvp.member.email, rsvp.answer) for rsvp in RSVP.objects.all()] == [("vic@example.org", "going")]


def test_a_member_has_a_seat_after_one_press_and_gives_it_back_by_another(plain_page, come_in):
    bob = make_member(name="Bob")
    make_meetup(slug="soon", capacity=12)
    come_in(plain_page, bob)
    page = plain_page

    page.goto("/meetups/soon/")
    page.get_by_role("button", name="Save me a seat").click()
    had = page.locator(".rail h2").inner_text()
    page.get_by_role("button", name="I can’t come after all").click()

    assert had == "You have a seat"
    assert page.locator(".rail h2").inner_text() == "You said that you can’t come"


def test_every_state_keeps_the_rules_of_access_and_of_html(page, live_server, come_in, tmp_path):
    make_club(guests_allowed=2, guest_list="names", contact_email="club@example.org")
    bob, now = make_member(name="Bob"), timezone.now()
    venue = make_venue(is_private=True, getting_in="Ring twice.")
    states = {
        "open": {"rsvps_close_at": now + dt.timedelta(days=1)},
        "soon": {"rsvps_open_at": now + dt.timedelta(days=1)},
        "closed": {"rsvps_close_at": now},
        "cancelled": {"cancelled_at": now, "cancelled_because": "The pipes have burst."},
        "going": {},
        "waiting": {"capacity": 1},
        "pending": {},
        "full": {"capacity": 1},
    }
    meetups = {
        slug: make_meetup(slug=slug, venue=venue, **{"capacity": 12} | fields) for slug, fields in states.items()
    }
    for slug in ("waiting", "full", "going"):
        make_rsvp(meetups[slug])
    make_rsvp(meetups["going"], bob, guests=1)
    make_rsvp(meetups["waiting"], bob)
    RSVP.objects.filter(pk=make_rsvp(meetups["pending"], bob).pk).update(answer="pending")
    page.set_viewport_size({"width": 390, "height": 900})
    broken = {}

    def look(name):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        in_light = violations(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        broken[name] = in_light + violations(page, COLOURS)

    def keep(name, page_html):
        (tmp_path / f"{name}.html").write_text(page_html, encoding="utf-8")

    for slug in ("open", "soon", "full", "closed", "cancelled"):
        keep(slug, page.goto(f"{live_server.url}/meetups/{slug}/").text())
        look(slug)
    page.goto(f"{live_server.url}/meetups/open/")
    with page.expect_navigation() as sent:
        page.get_by_role("button", name="Save me a seat").click()
    keep("refused", sent.value.text())
    look("refused")
    come_in(page, bob)
    for slug in ("open", "going", "waiting", "pending"):
        keep(f"member-{slug}", page.goto(f"{live_server.url}/meetups/{slug}/").text())
        look(f"member-{slug}")

    assert {name: found for name, found in broken.items() if found} == {}
    assert errors(tmp_path) == []
    assert len(broken) == len(list(tmp_path.iterdir())) == 10
