"""The organisers' desk in a real browser: its scripts run under the site's policy, and nothing complains."""

import pytest
from django.urls import reverse

from books.models import Quote
from tests.factories import make_book, make_organiser, make_session_note, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "tide-and-salt-9"


@pytest.fixture
def complaints(page):
    complaints = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.fixture
def desk(live_server, page):
    """A page that opens addresses of the desk, once the organiser has come in through the front door."""
    make_organiser("olga@example.org", password=PASSWORD, name="Olga Okafor")

    def go(name, *args, query=""):
        page.goto(f"{live_server.url}{reverse(name, args=args)}{query}", wait_until="networkidle")

    go("admin:index")
    page.get_by_role("link", name="Use my password instead").click()
    page.get_by_label("Email").fill("olga@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{reverse('admin:index')}")
    return go


def choose(page, row, text):
    """Types into the autocomplete of a form row and takes what it offers."""
    page.locator(f"{row} .select2-selection").click()
    page.keyboard.type(text)
    page.locator(".select2-results__option--highlighted", has_text=text).wait_for()
    page.keyboard.press("Enter")


def test_an_organiser_signs_in_and_adds_a_quote_to_a_book_found_by_typing(desk, page, complaints):
    book = make_book(title="Erewhon")
    make_book(title="Walden")

    desk("admin:books_quote_add")
    choose(page, ".field-book", "Erewhon")
    page.get_by_label("Text", exact=True).fill("Words … to the [very] letter")
    page.get_by_text("Today", exact=True).first.click()
    page.get_by_text("Now", exact=True).first.click()
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.locator(".messagelist .success").wait_for()

    quote = Quote.objects.get()
    assert (quote.book, quote.text) == (book, "Words … to the [very] letter")
    assert quote.is_published
    assert complaints == []


def test_the_desks_scripts_run_under_the_policy(desk, page, complaints):
    writeup = make_writeup(book=make_book(title="Erewhon"), published_at=None)
    make_session_note(writeup=writeup)

    desk("admin:books_book_add")
    page.locator("[name=title]").press_sequentially("The Night Ferry")
    slug = page.locator("[name=slug]").input_value()
    page.get_by_role("button", name="Add another Contribution").click()
    desk("admin:meetups_writeup_change", writeup.pk)
    page.get_by_role("button", name="Add another Session note").click()
    notes = page.locator(".dynamic-session_notes").count()
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("heading", name="Publish").wait_for()
    desk("admin:books_quote_changelist")
    choose(page, "form.searched", "Erewhon")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**book__id__exact=*")

    assert (slug, notes) == ("the-night-ferry", 2)
    assert complaints == []
