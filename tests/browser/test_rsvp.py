"""Saving a seat without scripts, and the accessibility and HTML of every state of the RSVP panel."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from meetups.models import RSVP
from tests.browser.accessibility import find_violations_in_both_schemes
from tests.browser.html_validator import find_errors
from tests.factories import make_club, make_meetup, make_rsvp, make_venue, run_worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")


def test_visitor_saves_a_seat_with_name_address_and_code(live_server, page_without_scripts, mailoutbox):
    cache.clear()
    make_club(name="Lantern Club")
    make_meetup(slug="soon", capacity=12)
    page = page_without_scripts

    page.goto("/")
    page.get_by_role("link", name="Save me a seat").click()
    page.get_by_label("Your name").fill("Vic King")
    page.locator(".rsvp-panel").get_by_label("Email address").fill("vic@example.org")
    page.get_by_role("button", name="Save me a seat").click()
    run_worker()
    page.locator("[autocomplete=one-time-code]").fill(CODE.search(mailoutbox[0].body)[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/meetups/soon/")

    assert page.locator(".rsvp-panel h2").inner_text() == "You have a seat"
    assert page.title().startswith("You have a seat: ")
    assert [(rsvp.member.email, rsvp.answer) for rsvp in RSVP.objects.all()] == [("vic@example.org", "going")]


def test_member_saves_and_gives_back_a_seat_with_one_press_each(page_without_scripts, log_in, bob):
    make_meetup(slug="soon", capacity=12)
    page = page_without_scripts
    log_in(page, bob)

    page.goto("/meetups/soon/")
    page.get_by_role("button", name="Save me a seat").click()
    heading_after_saving = page.locator(".rsvp-panel h2").inner_text()
    page.get_by_role("button", name="I can’t come after all").click()

    assert heading_after_saving == "You have a seat"
    assert page.locator(".rsvp-panel h2").inner_text() == "You said that you can’t come"


@pytest.mark.all_tests
def test_every_panel_state_is_accessible_and_valid_html(page, live_server, log_in, bob, tmp_path):
    make_club(guests_allowed=2, guest_list_visible_to="names", contact_email="club@example.org")
    now = timezone.now()
    venue = make_venue(is_private=True, getting_in="Ring twice.")
    states = {
        "open": {"rsvps_close_at": now + dt.timedelta(days=1)},
        "soon": {"rsvps_open_at": now + dt.timedelta(days=1)},
        "closed": {"rsvps_close_at": now},
        "cancelled": {"cancelled_at": now, "cancellation_reason": "The pipes have burst."},
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
    violations = {}

    def look(name):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        violations[name] = find_violations_in_both_schemes(page)

    def keep(name, page_html):
        (tmp_path / f"{name}.html").write_text(page_html, encoding="utf-8")

    for slug in ("open", "soon", "full", "closed", "cancelled"):
        keep(slug, page.goto(f"/meetups/{slug}/").text())
        look(slug)
    page.goto("/meetups/open/")
    with page.expect_navigation() as sent:
        page.get_by_role("button", name="Save me a seat").click()
    keep("refused", sent.value.text())
    look("refused")
    log_in(page, bob)
    for slug in ("open", "going", "waiting", "pending"):
        keep(f"member-{slug}", page.goto(f"/meetups/{slug}/").text())
        look(f"member-{slug}")

    assert {name: found for name, found in violations.items() if found} == {}
    assert find_errors(tmp_path) == []
    assert len(violations) == len(list(tmp_path.iterdir())) == 10
