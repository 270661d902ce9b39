"""The guest list on an organiser's telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import make_meetup, make_member, make_organiser, make_rsvp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_somebody_who_is_found_by_typing_is_put_on_the_list(page, live_server):
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    client = Client()
    client.force_login(make_organiser())
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    page.set_viewport_size({"width": 360, "height": 740})
    waiting = make_rsvp(make_meetup(capacity=0), line="With a cake")
    make_member("bob@example.org", name="Bob Baptiste")

    page.goto(live_server.url + reverse("admin:meetups_meetup_guests", args=[waiting.meetup_id]))
    width = page.evaluate("document.documentElement.scrollWidth")
    page.locator(".select2-selection").click()
    page.keyboard.type("Bob")
    page.locator(".select2-results__option--highlighted", has_text="Bob").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Put them on the list").click()
    page.get_by_role("button", name="Put them on the waiting list").click()
    page.get_by_text("Bob Baptiste waits: number 2 of 2 in the line.").wait_for()

    assert (complaints, width) == ([], 360)
    page.locator(".people summary").first.click()
    assert broken_in(page) == []


def broken_in(page):
    """Rules of accessibility, in what is ours: the box for typing is Django's."""
    ours = {"include": [["#content"]], "exclude": [[".select2"]]}
    found = Axe().run(page, context=ours, options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
