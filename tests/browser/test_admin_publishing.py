"""Previewing and scheduling a write-up, and moving a quote by the keyboard."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from books.models import Quote
from meetups.models import Meetup, WriteUp
from tests.browser.accessibility import find_violations_in_both_schemes
from tests.factories import make_author, make_book, make_quote, make_writeup

DOCUMENT = """A Title of Three Parts

Posted by Anna Lee
11 October 2018

Eight of us met in a warm room, and the book went round the table twice.
"""
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(db):
    return make_writeup(title="Tonight", book=make_book(title="Erewhon", published_at=None), published_at=None)


def test_writeup_text_is_previewed_below_its_field_and_on_its_page(organiser_page, console_errors, draft):
    page = organiser_page
    page.goto(reverse("admin:meetups_writeup_change", args=[draft.pk]))
    row = page.locator(".field-body")
    row.locator("textarea").fill("We read *slowly*.\n\n- One\n- Two")
    page.set_viewport_size({"width": 700, "height": 900})  # too narrow for a preview beside the text
    row.get_by_role("button", name="Preview").click()
    row.locator(".preview-words em").wait_for()
    previewed = row.locator(".preview-words").inner_text()
    stored = WriteUp.objects.get().body
    page.get_by_role("button", name="Save as draft and look").click()
    page.locator(".preview-banner").wait_for()

    assert previewed.split() == ["We", "read", "slowly.", "One", "Two"]
    assert stored == draft.body
    assert page.locator("#evening em").inner_text() == "slowly"
    assert page.locator(".preview-banner b").inner_text() == "Draft"
    page.get_by_role("link", name="Back to the form").click()
    page.wait_for_url(f"**{reverse('admin:meetups_writeup_change', args=[draft.pk])}")
    assert console_errors == []


def test_enter_in_a_field_saves_the_form(organiser_page, draft):
    page = organiser_page
    page.goto(reverse("admin:meetups_writeup_change", args=[draft.pk]))
    page.locator("[name=title]").fill("Another title")
    page.locator("[name=title]").press("Enter")
    page.locator(".messagelist .success").wait_for()

    assert WriteUp.objects.get().title == "Another title"


def test_scheduled_writeup_shows_its_publication_time(organiser_page, console_errors, draft):
    page = organiser_page
    day = timezone.localdate() + dt.timedelta(days=3)

    page.goto(reverse("admin:meetups_writeup_change", args=[draft.pk]))
    page.get_by_role("button", name="Schedule …").click()
    page.locator("[name=at_0]").fill(day.strftime("%d/%m/%Y"))
    page.locator("[name=at_1]").fill("09:00")
    page.get_by_role("button", name="Schedule", exact=True).click()
    message = page.locator(".messagelist li").inner_text()
    page.goto(reverse("admin:index"))

    assert f"Goes live {day:%a} {day.day} {day:%b %Y}, 09:00 London, in " in message
    assert "goes live" in page.locator("#content").inner_text()
    assert WriteUp.objects.get().state == "scheduled"
    assert console_errors == []


def test_quote_is_moved_by_keyboard_and_keeps_the_focus(organiser_page, console_errors):
    page = organiser_page
    book = make_book()
    for number, text in enumerate("ABC", 1):
        make_quote(book=book, text=text, position=number)

    page.goto(reverse("admin:books_quote_changelist", query={"book__id__exact": book.pk}))
    page.get_by_role("button", name="Up: C").press("Enter")
    page.wait_for_url("**#move-*")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert focused == "Up: C"
    assert list(Quote.objects.order_by("position").values_list("text", flat=True)) == ["C", "A", "B"]
    assert console_errors == []


class Clicks:
    """Clicks buttons and links of a page, and counts them."""

    def __init__(self, page):
        self.page, self.number = page, 0

    def click(self, role, name):
        self.number += 1
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, exact=True).first.click()


def test_meetup_is_public_three_clicks_after_add_without_scripts(page_without_scripts, log_in, olga, client):
    page, clicks = page_without_scripts, Clicks(page_without_scripts)
    log_in(page, olga)

    page.goto(reverse("admin:index"))
    clicks.click("link", "Add a meetup")
    draft_note = page.locator(".publication").inner_text()
    page.locator("[name=date]").fill("12/12/2091")
    page.locator("[name=capacity]").fill("9")
    clicks.click("button", "Save and publish …")
    clicks.click("button", "Publish")

    meetup = Meetup.objects.get()
    assert clicks.number == 3
    assert draft_note == "It becomes a draft: nobody sees it before you publish it."
    assert (meetup.state, meetup.capacity) == ("published", 9)
    assert client.get(meetup.get_absolute_url()).status_code == 200
    assert page.locator(".publication").inner_text().startswith("Public since ")


def test_pasted_document_is_public_after_five_clicks_with_all_that_was_typed(organiser_page, console_errors, client):
    page, clicks = organiser_page, Clicks(organiser_page)
    make_author(name="Anna Lee")

    page.goto(reverse("admin:meetups_writeup_changelist"))
    clicks.click("link", "Paste a write-up")
    page.locator("textarea[name=text]").fill(DOCUMENT)
    clicks.click("button", "Look it over")
    clicks.click("button", "Save as a draft")
    page.locator("[name=standfirst]").fill("Typed before publishing")
    violations = find_violations_in_both_schemes(page)
    clicks.click("button", "Publish …")
    violations += find_violations_in_both_schemes(page)
    clicks.click("button", "Publish")

    writeup = WriteUp.objects.get()
    assert clicks.number == 5
    assert (writeup.state, writeup.standfirst) == ("published", "Typed before publishing")
    assert "Typed before publishing" in client.get(writeup.get_absolute_url()).text
    assert violations == []
    assert console_errors == []


def test_enter_saves_the_form_and_leads_nowhere_without_scripts(page_without_scripts, log_in, olga, draft):
    page = page_without_scripts
    log_in(page, olga)
    page.goto(reverse("admin:meetups_writeup_change", args=[draft.pk]))
    page.locator("[name=title]").fill("Another title")
    with page.expect_navigation():
        page.locator("[name=title]").press("Enter")

    assert WriteUp.objects.get().title == "Another title"
    assert page.url.endswith(reverse("admin:meetups_writeup_changelist"))
