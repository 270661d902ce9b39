"""Onto the list and off it without scripts, and a letter from a write-up to its readers at the desk."""

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from newsletter import delivery
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.replies import Bounce
from tests.browser.test_desk_books import faults
from tests.factories import do_post, make_book, make_club, make_issue, make_organiser, make_subscriber, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plain_page(browser, live_server):
    """Of a browser without scripts."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(page, client, live_server):
    """A page whose reader is signed in as an organiser; it goes by paths of the site."""
    client.force_login(make_organiser("olga@example.org"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.at = lambda path: page.goto(f"{live_server.url}{path}")
    return page


def path_in(message, name):
    return re.search(rf"{re.escape(settings.SITE_URL)}(/newsletter/{name}/\S+)", message.body)[1]


def test_a_visitor_gets_the_letter_and_leaves_it_and_comes_back(plain_page, mailoutbox):
    cache.clear()
    make_club(name="Lantern Club")
    page = plain_page

    page.goto("/")
    page.get_by_label("Email address").fill("ann@example.org")
    page.get_by_role("button", name="Sign me up").click()
    assert page.locator("h1").inner_text() == "Check your inbox"
    do_post()
    page.goto(path_in(mailoutbox[0], "confirm"))
    page.get_by_role("button", name="Yes, send me the letter").click()
    assert page.locator("h1").inner_text() == "You are in"
    delivery.send(make_issue(number=None), None)
    do_post()
    page.goto(path_in(mailoutbox[1], "leave"))
    page.get_by_role("button", name="Yes, take me off the list").click()
    assert Subscriber.objects.get().state == "left"
    page.get_by_role("button", name="That was a mistake").click()

    assert page.locator("h1").inner_text() == "What we send you"
    assert Subscriber.objects.get().state == "subscribed"
    assert page.context.cookies() == []


def test_an_organiser_sends_a_letter_with_three_presses(desk, mailoutbox):
    make_subscriber("ann@example.org")
    writeup = make_writeup(title="By lamplight", book=make_book())
    complaints = []
    desk.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)

    desk.at(reverse("admin:meetups_writeup_change", args=[writeup.pk]))
    desk.get_by_role("button", name="Draft a letter").click()
    desk.get_by_role("link", name="Look and send").click()
    framed = desk.frame_locator(".mail-frame")
    assert framed.locator("h1").inner_text() == "By lamplight"
    desk.get_by_role("button", name="Send …").click()
    desk.get_by_role("button", name="Send it now").click()
    desk.get_by_text("is on its way").wait_for()
    do_post()

    assert [message.to for message in mailoutbox] == [["ann@example.org"]]
    assert complaints == []


def test_no_page_of_a_letter_at_the_desk_breaks_a_rule(desk):
    readers = [make_subscriber() for _ in range(3)]
    sent = delivery.send(make_issue(number=None, introduction="# One\n\nTwo\n\n    three"), None)
    Delivery.objects.filter(subscriber__in=readers[:2]).update(state="unknown")
    Delivery.objects.filter(subscriber=readers[2]).update(state="failed", error="550 5.1.1 Nobody")
    readers[2].record_bounce(Bounce.HARD, "550 5.1.1 Nobody")
    draft = make_issue(number=None, introduction="[x](/nowhere/)")
    Issue.objects.filter(pk=sent.pk).update(paused_because="554 No")
    pages = [
        reverse("admin:newsletter_issue_letter", args=[sent.pk]),
        reverse("admin:newsletter_issue_letter", args=[draft.pk]),
        reverse("admin:newsletter_issue_send", args=[draft.pk]),
        reverse("admin:newsletter_issue_mail"),
        reverse("admin:newsletter_subscriber_change", args=[readers[2].pk]),
        reverse("admin:newsletter_subscriber_import"),
    ]
    broken = {}

    for path in pages:
        desk.at(path)
        for scheme in ("light", "dark") if path == pages[0] else ("dark",):
            desk.emulate_media(color_scheme=scheme)
            desk.wait_for_timeout(300)  # the colours of links take their time to change
            broken[path, scheme] = faults(desk)

    assert {where: found for where, found in broken.items() if found} == {}
