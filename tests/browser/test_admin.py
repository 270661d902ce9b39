"""The admin's own and Django's scripts, under the Content-Security-Policy of the admin."""

import pytest
from django.urls import reverse

from books.models import Quote
from tests.browser.select2 import choose_option
from tests.factories import make_book, make_session_note, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_organiser_adds_quote_to_book_found_by_typing(organiser_page, console_errors):
    page = organiser_page
    book = make_book(title="Erewhon")
    make_book(title="Walden")

    page.goto(reverse("admin:books_quote_add"))
    choose_option(page, ".field-book", "Erewhon")
    page.get_by_label("Text:", exact=True).fill("Words … to the [very] letter")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.locator(".messagelist .success").wait_for()

    quote = Quote.objects.get()
    assert (quote.book, quote.text) == (book, "Words … to the [very] letter")
    assert not quote.is_published
    assert console_errors == []


def test_admin_scripts_run_under_csp(organiser_page, console_errors):
    page = organiser_page
    writeup = make_writeup(book=make_book(title="Erewhon"), published_at=None)
    make_session_note(writeup=writeup)

    page.goto(reverse("admin:books_book_add"))
    page.get_by_role("button", name="+ Contributor").click()
    page.goto(reverse("admin:meetups_writeup_change", args=[writeup.pk]))
    page.get_by_role("button", name="+ Session note").click()
    note_count = page.locator(".dynamic-session_notes").count()
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("heading", name="Publish").wait_for()
    page.goto(reverse("admin:books_quote_changelist"))
    choose_option(page, "form.searched", "Erewhon")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**book__id__exact=*")

    assert note_count == 2
    assert console_errors == []
