"""The guest list on the screen of an organiser's phone."""

import pytest
from django.urls import reverse

from tests.browser.accessibility import find_admin_violations
from tests.browser.select2 import choose_option
from tests.factories import make_meetup, make_member, make_rsvp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_organiser_adds_member_found_by_typing(organiser_page, console_errors):
    page = organiser_page
    page.set_viewport_size({"width": 360, "height": 740})
    waiting = make_rsvp(make_meetup(capacity=0), message="With a cake")
    make_member("bob@example.org", name="Bob Baptiste")

    page.goto(reverse("admin:meetups_meetup_guest_list", args=[waiting.meetup_id]))
    width = page.evaluate("document.documentElement.scrollWidth")
    choose_option(page, "#content", "Bob")
    page.get_by_role("button", name="Put them on the list").click()
    page.get_by_role("button", name="Put them on the waiting list").click()
    page.get_by_text("Bob Baptiste waits: number 2 of 2 on the waiting list.").wait_for()

    assert (console_errors, width) == ([], 360)
    page.locator(".people summary").first.click()
    assert find_admin_violations(page, exclude=[".select2"]) == []
