"""Subscribing and leaving without scripts, and sending an issue from the admin."""

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import FilePayload

from newsletter import delivery
from newsletter.bounce_codes import Bounce
from newsletter.models import Delivery, Issue, Subscriber
from tests.browser.accessibility import find_violations_in_both_schemes
from tests.factories import make_book, make_club, make_issue, make_subscriber, make_writeup, run_worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def find_newsletter_path(message, name):
    """Return the path below /newsletter/NAME/ that the mail contains."""
    return re.search(rf"{re.escape(settings.SITE_URL)}(/newsletter/{name}/\S+)", message.body)[1]


def test_visitor_subscribes_leaves_and_comes_back_without_scripts(live_server, page_without_scripts, mailoutbox):
    cache.clear()
    make_club(name="Lantern Club")
    page = page_without_scripts

    page.goto("/")
    page.get_by_label("Email address").fill("ann@example.org")
    page.get_by_role("button", name="Sign me up").click()
    assert page.locator("h1").inner_text() == "Check your inbox"
    run_worker()
    page.goto(find_newsletter_path(mailoutbox[0], "confirm"))
    page.get_by_role("button", name="Yes, send me the letter").click()
    assert page.locator("h1").inner_text() == "You are in"
    delivery.send_issue(make_issue(number=None), None)
    run_worker()
    page.goto(find_newsletter_path(mailoutbox[1], "leave"))
    page.get_by_role("button", name="Yes, take me off the list").click()
    assert Subscriber.objects.get().state == "left"
    page.get_by_role("button", name="That was a mistake").click()

    assert page.locator("h1").inner_text() == "What we send you"
    assert Subscriber.objects.get().state == "subscribed"
    assert page.context.cookies() == []


def test_organiser_drafts_and_sends_issue(organiser_page, console_errors, mailoutbox):
    page = organiser_page
    make_subscriber("ann@example.org")
    writeup = make_writeup(title="By lamplight", book=make_book())

    page.goto(reverse("admin:meetups_writeup_change", args=[writeup.pk]))
    page.get_by_role("button", name="Draft a letter").click()
    page.get_by_role("button", name="Look and send").click()
    framed = page.frame_locator(".mail-frame")
    assert framed.locator("h1").inner_text() == "By lamplight"
    page.get_by_role("button", name="Send …").click()
    page.get_by_role("button", name="Send it now").click()
    page.get_by_text("is on its way").wait_for()
    run_worker()

    assert [message.to for message in mailoutbox] == [["ann@example.org"]]
    assert console_errors == []


@pytest.mark.all_tests
def test_newsletter_pages_are_accessible(organiser_page):
    page = organiser_page
    readers = [make_subscriber() for _ in range(3)]
    sent = delivery.send_issue(make_issue(number=None, introduction="# One\n\nTwo\n\n    three"), None)
    Delivery.objects.filter(subscriber__in=readers[:2]).update(state="unknown")
    Delivery.objects.filter(subscriber=readers[2]).update(state="failed", error="550 5.1.1 Nobody")
    readers[2].record_bounce(Bounce.HARD, "550 5.1.1 Nobody")
    draft = make_issue(number=None, introduction="[x](/nowhere/)")
    Issue.objects.filter(pk=sent.pk).update(pause_reason="554 No")
    pages = [
        reverse("admin:newsletter_issue_review", args=[sent.pk]),
        reverse("admin:newsletter_issue_review", args=[draft.pk]),
        reverse("admin:newsletter_issue_send", args=[draft.pk]),
        reverse("admin:newsletter_issue_deliverability"),
        reverse("admin:newsletter_subscriber_change", args=[readers[2].pk]),
        reverse("admin:newsletter_subscriber_import"),
    ]
    violations = {}
    page.goto(pages[-1])
    page.get_by_label("The list").set_input_files(
        FilePayload(name="l.csv", mimeType="text/csv", buffer=b"a@b.org\nx\ny")
    )
    page.get_by_label("Where they agreed").fill("At the door")
    page.get_by_role("button", name="Look at each row").click()
    page.get_by_text("Not an address: 2").wait_for()
    violations["report on a list"] = find_violations_in_both_schemes(page, include="#content")

    for path in pages:
        page.goto(path)
        violations[path] = find_violations_in_both_schemes(page, include="#content")

    assert {path: found for path, found in violations.items() if found} == {}
