"""Looking, previewing and scheduling in a real browser, and moving a quote with the keyboard alone."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from books.models import Quote
from meetups.models import WriteUp
from tests.browser.test_admin import complaints, desk
from tests.factories import make_book, make_quote, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["complaints", "desk"]


@pytest.fixture
def draft(db):
    return make_writeup(title="Tonight", book=make_book(title="Erewhon", published_at=None), published_at=None)


def test_typed_text_is_previewed_below_its_field_and_looked_at_on_its_page(desk, page, complaints, draft):
    desk("admin:meetups_writeup_change", draft.pk)
    row = page.locator(".field-body")
    row.locator("textarea").fill("We read *slowly*.\n\n- One\n- Two")
    row.get_by_role("button", name="Preview").click()
    row.locator(".preview-words em").wait_for()
    previewed = row.locator(".preview-words").inner_text()
    stored = WriteUp.objects.get().body
    page.get_by_role("button", name="Save as draft and look").click()
    page.locator(".ribbon").wait_for()

    assert previewed.split() == ["We", "read", "slowly.", "One", "Two"]
    assert stored == draft.body
    assert page.locator("#evening em").inner_text() == "slowly"
    assert page.locator(".ribbon b").inner_text() == "Draft"
    page.get_by_role("link", name="Back to the form").click()
    page.wait_for_url(f"**{reverse('admin:meetups_writeup_change', args=[draft.pk])}")
    assert complaints == []


def test_enter_in_a_field_saves_and_does_not_preview(desk, page, draft):
    desk("admin:meetups_writeup_change", draft.pk)
    page.locator("[name=title]").fill("Another title")
    page.locator("[name=title]").press("Enter")
    page.locator(".messagelist .success").wait_for()

    assert WriteUp.objects.get().title == "Another title"


def test_a_write_up_is_scheduled_and_the_desk_says_when_it_goes_live(desk, page, complaints, draft):
    day = timezone.localdate() + dt.timedelta(days=3)

    desk("admin:meetups_writeup_change", draft.pk)
    page.get_by_role("button", name="Schedule …").click()
    page.locator("[name=at_0]").fill(day.strftime("%d/%m/%Y"))
    page.locator("[name=at_1]").fill("09:00")
    page.get_by_role("button", name="Schedule", exact=True).click()
    said = page.locator(".messagelist li").inner_text()
    desk("admin:index")

    assert f"Goes live {day:%a} {day.day} {day:%b %Y}, 09:00 London, in " in said
    assert "goes live" in page.locator(".waiting").inner_text()
    assert WriteUp.objects.get().state == "scheduled"
    assert complaints == []


def test_a_quote_moves_by_the_keyboard_alone_and_the_next_press_starts_where_it_is(desk, page, complaints):
    book = make_book()
    for number, text in enumerate("ABC", 1):
        make_quote(book=book, text=text, position=number)

    desk("admin:books_quote_changelist", query=f"?book__id__exact={book.pk}")
    page.get_by_role("button", name="Up: C").press("Enter")
    page.wait_for_url("**#move-*")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")

    assert focused == "Up: C"
    assert list(Quote.objects.order_by("position").values_list("text", flat=True)) == ["C", "A", "B"]
    assert complaints == []
