"""Dates, search boxes and refused forms of the admin, as organisers use them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from books.models import Question
from meetups.models import Meetup
from tests.browser.select2 import choose_option
from tests.factories import make_book, make_term

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_refused_meetup_leads_to_its_faults_and_takes_dates_as_typed(organiser_page, console_errors):
    page = organiser_page
    tomorrow = timezone.localdate() + dt.timedelta(1)
    page.goto(reverse("admin:meetups_meetup_add"))
    page.get_by_label("Date:", exact=True).fill("soon")
    page.get_by_label("From:", exact=True).fill("7")
    choose_in_list(page, ".field-time_zone", "rome", "Rome (Europe)")

    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".faults")).to_be_focused()
    page.get_by_role("link", name="From: Morning or evening?").click()
    expect(page.get_by_label("From:", exact=True)).to_be_focused()
    page.keyboard.type(" pm")
    calendar = page.locator("input.calendar").first
    calendar.evaluate("(field, day) => { field.value = day; field.dispatchEvent(new Event('change')) }", f"{tomorrow}")
    expect(page.get_by_label("Date:", exact=True)).to_have_value(f"{tomorrow.day} {tomorrow:%B %Y}")
    page.get_by_label("From:", exact=True).fill("7 pm")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.locator(".messagelist .success").wait_for()

    meetup = Meetup.objects.get()
    assert (meetup.date, meetup.start_time, meetup.time_zone) == (tomorrow, dt.time(19), "Europe/Rome")
    assert console_errors == []


def choose_in_list(page, container, typed, name):
    page.locator(f"{container} .select2-selection").click()
    page.keyboard.type(typed)
    page.get_by_role("option", name=name).click()


def test_term_is_sought_within_the_chosen_book(organiser_page, console_errors):
    page = organiser_page
    term = make_term(book=make_book(title="Erewhon"), heading="What is a machine?")
    make_term(heading="What is a machine that thinks?")
    page.goto(reverse("admin:books_question_add"))
    choose_option(page, ".field-book", "Erewhon")
    page.get_by_label("Text:", exact=True).fill("And now?")

    page.locator(".field-term .select2-selection").click()
    options = page.locator(".select2-results__option")
    expect(options).to_have_text(["What is a machine?"])
    options.click()
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.locator(".messagelist .success").wait_for()

    assert Question.objects.get().term == term
    assert console_errors == []
