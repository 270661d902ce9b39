"""The head, the menu, the dashboard, the search and the guide of the admin: by keyboard, on a phone, without scripts."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.browser.accessibility import find_violations_in_both_schemes
from tests.factories import make_book, make_meetup, make_member, make_paste, make_quote, make_rsvp, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def busy_club(db):
    """A club with something in each part of the dashboard."""
    book = make_book(title="Erewhon")
    make_quote(book=book, text="The watch was taken from me")
    make_quote(book=book, published_at=None)
    make_writeup(title="A draft with a rather long title for a phone", book=book, published_at=None)
    meetup = make_meetup(book=book, date=timezone.localdate() + dt.timedelta(days=20), capacity=1)
    make_rsvp(meetup, make_member(name="Ada Byron"))
    make_rsvp(meetup, make_member(name="Bo Berg"))
    make_meetup(date=dt.date(2019, 1, 16))
    make_paste()
    make_member(name="Cy Newcomer", approved_at=None, last_login=timezone.now())


def list_problems(page):
    """Return the accessibility violations of the whole page, and whether it scrolls sideways."""
    problems = find_violations_in_both_schemes(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append("scrolls sideways")
    return problems


def test_frame_of_the_admin_is_accessible_and_fits(organiser_page, busy_club, console_errors):
    page, problems = organiser_page, {}
    index, search, guide = reverse("admin:index"), reverse("admin:search") + "?q=erewhon", "/admin/guide/letter/"

    for width, address in ((DESKTOP, index), (PHONE, search), (PHONE, guide), (PHONE, index)):
        page.set_viewport_size(width)
        page.goto(address)
        problems[width["width"], address] = list_problems(page)
    page.get_by_role("button", name="Menu", exact=True).click()
    problems["menu"] = list_problems(page)

    assert {place: found for place, found in problems.items() if found} == {}
    assert console_errors == []


def test_search_box_is_reached_by_a_key_unless_somebody_types(organiser_page, busy_club):
    page = organiser_page
    page.set_viewport_size(DESKTOP)
    page.goto(reverse("admin:index"))

    page.keyboard.press("/")
    page.keyboard.type("watch")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="The watch was taken from me").click()
    page.get_by_label("Text:", exact=True).fill("And/or")
    page.get_by_label("Text:", exact=True).press("/")

    assert page.get_by_label("Text:", exact=True).input_value() == "And/or/"


def test_menu_opens_and_leads_on_without_scripts(page_without_scripts, log_in, olga, live_server):
    page = page_without_scripts
    log_in(page, olga)
    page.set_viewport_size(PHONE)
    page.goto(live_server.url + reverse("admin:index"))
    menu = page.get_by_role("navigation", name="Menu")

    is_open_at_first = menu.is_visible()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    menu.wait_for()
    page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    page.get_by_role("button", name="Menu", exact=True).click()
    menu.get_by_role("link", name="Quotes").click()

    assert not is_open_at_first
    assert page.url.endswith(reverse("admin:books_quote_changelist"))
