"""Nothing typed is lost, as an organiser meets it."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from books.models import Quote
from meetups.models import WriteUp
from tests.factories import make_book, make_organiser, make_quote, make_session_note, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "tide-and-salt-9"


def sign_in(page, email):
    page.get_by_role("link", name="Use my password instead").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/**")


@pytest.fixture
def browser_context_args(browser_context_args, live_server):
    """`page.goto` begins at the server of this test."""
    return browser_context_args | {"base_url": live_server.url}


@pytest.fixture
def organiser(new_context):
    """A browser at the desk, for the name given; each has cookies and copies of its own."""

    def open_browser(name):
        email = f"{name.split()[0].lower()}@example.org"
        make_organiser(email, password=PASSWORD, name=name)
        page = new_context().new_page()
        page.goto(reverse("admin:index"))
        sign_in(page, email)
        return page

    return open_browser


def address_of(thing):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()


def text_in(page):
    return page.locator("#id_text")


def copies_in(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('desk typing ')).length")


def copy_is_kept(page):
    page.wait_for_timeout(800)  # it is made half a second after the last key
    assert copies_in(page) == 1


def test_two_editors_of_one_write_up(organiser):
    writeup = make_writeup(body="We met in the pub.")
    olga, petra = organiser("Olga Okafor"), organiser("Petra Pim")
    olga.goto(address_of(writeup))
    petra.goto(address_of(writeup))
    petra.locator("#id_body").fill("We met in the park.")
    save(petra)
    petra.locator(".messagelist .success").wait_for()
    olga.locator("#id_body").fill("We met in the square.")

    save(olga)

    expect(olga.locator(".errornote")).to_contain_text("Petra Pim changed this while you were typing")
    expect(olga.locator(".clash del")).to_have_text("park")
    expect(olga.locator("#id_body")).to_have_value("We met in the square.")
    assert WriteUp.objects.get().body == "We met in the park."

    save(olga)
    olga.locator(".messagelist .success").wait_for()

    assert WriteUp.objects.get().body == "We met in the square."


def test_a_deleted_quote_is_brought_back_and_its_address_lives_again(organiser):
    quote = make_quote(text="Words that somebody linked to")
    address = quote.get_absolute_url()
    page = organiser("Olga Okafor")
    page.goto(address_of(quote))
    page.get_by_role("link", name="Delete", exact=True).first.click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    assert page.request.get(address).status == 404

    page.get_by_role("link", name="Deleted", exact=True).click()
    page.get_by_role("link", name="Words that somebody linked to").click()
    page.get_by_role("button", name="Bring it back").click()
    page.locator(".messagelist .success, .messagelist .info").wait_for()

    assert page.request.get(address).status == 200
    assert Quote.objects.get().pk == quote.pk


def test_a_form_sent_after_the_session_ended_is_there_after_signing_in(organiser):
    quote = make_quote(text="Stored")
    page = organiser("Olga Okafor")
    page.goto(address_of(quote))
    text_in(page).fill("Typed for an hour")
    Session.objects.all().delete()

    save(page)
    expect(page.locator("main")).to_contain_text("What you typed is kept")
    sign_in(page, "olga@example.org")

    expect(text_in(page)).to_have_value("Typed for an hour")
    assert Quote.objects.get().text == "Stored"

    save(page)
    page.locator(".messagelist .success").wait_for()

    assert Quote.objects.get().text == "Typed for an hour"


def test_a_form_with_the_token_of_an_earlier_sign_in_is_shown_again(organiser):
    quote = make_quote(text="Stored")
    page = organiser("Olga Okafor")
    page.goto(address_of(quote))
    other_tab = page.context.new_page()
    other_tab.context.clear_cookies()
    other_tab.goto(reverse("admin:index"))
    sign_in(other_tab, "olga@example.org")
    text_in(page).fill("Typed")

    save(page)

    expect(page.locator(".errornote")).to_contain_text("has not been saved")
    expect(text_in(page)).to_have_value("Typed")


def test_a_closed_tab_leaves_a_copy_that_is_offered_and_put_back(organiser):
    quote = make_quote(text="Stored")
    page = organiser("Olga Okafor")
    page.goto(address_of(quote))
    text_in(page).fill("Typed")
    copy_is_kept(page)
    page.close()
    page = page.context.new_page()
    page.goto(address_of(quote))

    expect(text_in(page)).to_have_value("Stored")
    expect(page.locator("[data-keep-typing]")).to_contain_text("You have unsaved text from")
    page.get_by_role("button", name="Put it back").click()

    expect(text_in(page)).to_have_value("Typed")
    save(page)
    page.locator(".messagelist .success").wait_for()
    page.goto(address_of(quote))
    expect(page.locator("[data-keep-typing]")).to_be_hidden()


def test_a_copy_holds_new_notes_and_chosen_rows(organiser):
    writeup = make_writeup()
    make_session_note(writeup=writeup, text="Point")
    make_book(title="Erewhon")
    page = organiser("Olga Okafor")
    page.goto(address_of(writeup))
    for text in ("Second", "Third"):
        page.locator("#session_notes-group .add-row a").click()
        page.locator("textarea[id^=id_session_notes-][id$=-text]:not([id*=__prefix__])").last.fill(text)
    make_session_note(writeup=writeup, text="By somebody else")
    copy_is_kept(page)
    page.goto("/admin/")
    page.goto(address_of(writeup))

    page.get_by_role("button", name="Put it back").click()

    fields = page.locator("textarea[id^=id_session_notes-][id$=-text]:not([id*=__prefix__])")
    texts = [fields.nth(number).input_value() for number in range(fields.count())]
    assert texts == ["Point", "By somebody else", "Second", "Third"]


def test_a_discarded_copy_is_gone(organiser):
    quote = make_quote(text="Stored")
    page = organiser("Olga Okafor")
    page.goto(address_of(quote))
    text_in(page).fill("Typed")
    copy_is_kept(page)
    page.goto(address_of(quote))

    page.get_by_role("button", name="Discard it").click()
    page.goto(address_of(quote))

    expect(page.locator("[data-keep-typing]")).to_be_hidden()
    assert copies_in(page) == 0


def test_nothing_is_kept_of_a_form_that_nobody_typed_into(organiser):
    page = organiser("Olga Okafor")
    page.goto(address_of(make_quote()))
    page.locator("h1, h2").first.click()
    page.goto("/admin/")

    assert copies_in(page) == 0


def test_a_save_that_is_refused_keeps_the_copy(organiser):
    quote = make_quote(text="Stored")
    page = organiser("Olga Okafor")
    page.goto(address_of(quote))
    text_in(page).fill("*" * 5000)
    save(page)
    page.locator(".errornote").wait_for()

    page.goto(address_of(quote))

    expect(page.locator("[data-keep-typing]")).to_contain_text("You have unsaved text from")
