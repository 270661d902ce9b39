"""Previewing and scheduling a write-up, and moving a quote by the keyboard."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from books.models import Quote
from meetups.models import WriteUp
from tests.factories import make_book, make_quote, make_writeup

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
    assert "goes live" in page.locator(".waiting").inner_text()
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
