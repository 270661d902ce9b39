"""Typed text is kept: two editors, deleted items, ended sessions and closed tabs."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from books.models import Quote
from meetups.models import WriteUp
from tests.factories import make_organiser, make_quote, make_session_note, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "tide-and-salt-9"
# Playwright's wait_for_function() needs eval(), which the page's Content-Security-Policy forbids.
WAIT_FOR_COPY = """async (text) => {
    const isCopy = ([key, copy]) => key.startsWith("unsaved text ") && copy.includes(text);
    for (let turn = 0; turn < 200 && !Object.entries(localStorage).some(isCopy); turn++) {
        await new Promise((done) => setTimeout(done, 20));
    }
    return Object.entries(localStorage).some(isCopy);
}"""


def change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()


def text_field(page):
    return page.locator("#id_text")


def count_copies(page):
    """Count the copies of typed text in the browser's local storage."""
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('unsaved text ')).length")


def wait_for_copy(page, text):
    """Wait for the copy with this text, which the script stores half a second after the last key."""
    assert page.evaluate(WAIT_FOR_COPY, text)
    assert count_copies(page) == 1


def test_second_of_two_editors_sees_both_texts(organiser_page, new_context, log_in):
    writeup = make_writeup(body="We met in the pub.")
    olga, petra = organiser_page, new_context().new_page()
    log_in(petra, make_organiser(name="Petra Pim"))
    olga.goto(change_url(writeup))
    petra.goto(change_url(writeup))
    petra.locator("#id_body").fill("We met in the park.")
    save(petra)
    petra.locator(".messagelist .success").wait_for()
    olga.locator("#id_body").fill("We met in the square.")

    save(olga)

    expect(olga.locator(".errornote")).to_contain_text("Petra Pim changed this while you were typing")
    expect(olga.locator(".conflict del")).to_have_text("park")
    expect(olga.locator("#id_body")).to_have_value("We met in the square.")
    assert WriteUp.objects.get().body == "We met in the park."

    save(olga)
    olga.locator(".messagelist .success").wait_for()

    assert WriteUp.objects.get().body == "We met in the square."


def test_deleted_quote_is_restored_at_its_address(organiser_page):
    quote = make_quote(text="Words that somebody linked to")
    address = quote.get_absolute_url()
    page = organiser_page
    page.goto(change_url(quote))
    page.locator(".more-saves summary").click()
    page.get_by_role("link", name="Delete", exact=True).first.click()
    page.get_by_role("button", name="Yes, delete it").click()
    assert page.request.get(address).status == 404

    page.get_by_role("link", name="Deleted", exact=True).click()
    page.get_by_role("link", name="Words that somebody linked to").click()
    page.get_by_role("button", name="Bring it back").click()
    page.locator(".messagelist .success, .messagelist .info").wait_for()

    assert page.request.get(address).status == 200
    assert Quote.objects.get().pk == quote.pk


def test_form_sent_after_session_end_is_shown_after_login(page, log_in, olga):
    olga.set_password(PASSWORD)
    olga.save()
    log_in(page, olga)
    quote = make_quote(text="Stored")
    page.goto(change_url(quote))
    text_field(page).fill("Typed for an hour")
    Session.objects.all().delete()

    save(page)
    expect(page.locator("main")).to_contain_text("What you typed is kept")
    page.get_by_role("button", name="Use my password instead").click()
    page.get_by_label("Email").fill(olga.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(text_field(page)).to_have_value("Typed for an hour")
    assert Quote.objects.get().text == "Stored"

    save(page)
    page.locator(".messagelist .success").wait_for()

    assert Quote.objects.get().text == "Typed for an hour"


@pytest.mark.all_tests
def test_form_with_the_token_of_an_earlier_session_is_shown_again(organiser_page, log_in, olga):
    quote = make_quote(text="Stored")
    page = organiser_page
    page.goto(change_url(quote))
    other_tab = page.context.new_page()
    other_tab.context.clear_cookies()
    log_in(other_tab, olga)
    other_tab.goto(reverse("admin:index"))
    text_field(page).fill("Typed")

    save(page)

    expect(page.locator(".errornote")).to_contain_text("has not been saved")
    expect(text_field(page)).to_have_value("Typed")


def test_copy_of_a_closed_tab_is_offered_and_restored(organiser_page):
    quote = make_quote(text="Stored")
    page = organiser_page
    page.goto(change_url(quote))
    text_field(page).fill("Typed")
    wait_for_copy(page, "Typed")
    page.close()
    page = page.context.new_page()
    page.goto(change_url(quote))

    expect(text_field(page)).to_have_value("Stored")
    expect(page.locator("[data-unsaved-text]")).to_contain_text("You have unsaved text from")
    page.get_by_role("button", name="Put it back").click()

    expect(text_field(page)).to_have_value("Typed")
    save(page)
    page.locator(".messagelist .success").wait_for()
    page.goto(change_url(quote))
    expect(page.locator("[data-unsaved-text]")).to_be_hidden()


@pytest.mark.all_tests
def test_copy_restores_new_inline_rows(organiser_page):
    writeup = make_writeup()
    make_session_note(writeup=writeup, text="Point")
    page = organiser_page
    page.goto(change_url(writeup))
    for text in ("Second", "Third"):
        page.locator("#session_notes-group .add-row a").click()
        page.locator("textarea[id^=id_session_notes-][id$=-text]:not([id*=__prefix__])").last.fill(text)
    make_session_note(writeup=writeup, text="By somebody else")
    wait_for_copy(page, "Third")
    page.goto("/admin/")
    page.goto(change_url(writeup))

    page.get_by_role("button", name="Put it back").click()

    fields = page.locator("textarea[id^=id_session_notes-][id$=-text]:not([id*=__prefix__])")
    texts = [fields.nth(number).input_value() for number in range(fields.count())]
    assert texts == ["Point", "By somebody else", "Second", "Third"]


@pytest.mark.all_tests
def test_discarded_copy_is_deleted(organiser_page):
    quote = make_quote(text="Stored")
    page = organiser_page
    page.goto(change_url(quote))
    text_field(page).fill("Typed")
    wait_for_copy(page, "Typed")
    page.goto(change_url(quote))

    page.get_by_role("button", name="Discard it").click()
    page.goto(change_url(quote))

    expect(page.locator("[data-unsaved-text]")).to_be_hidden()
    assert count_copies(page) == 0


def test_form_without_typing_leaves_no_copy(organiser_page):
    page = organiser_page
    page.goto(change_url(make_quote()))
    page.locator("h1, h2").first.click()
    page.goto("/admin/")

    assert count_copies(page) == 0


@pytest.mark.all_tests
def test_rejected_save_keeps_the_copy(organiser_page):
    quote = make_quote(text="Stored")
    page = organiser_page
    page.goto(change_url(quote))
    text_field(page).fill("*" * 5000)
    save(page)
    page.locator(".errornote").wait_for()

    page.goto(change_url(quote))

    expect(page.locator("[data-unsaved-text]")).to_contain_text("You have unsaved text from")
