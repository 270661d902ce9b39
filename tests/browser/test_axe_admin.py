"""The pages of the admin by axe, in both schemes, with their search boxes opened."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.bookclub.test_admin_words import make_everything
from tests.browser.accessibility import COLOUR_RULES, find_violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOX = ".select2-selection:visible"


def check_page(page, address):
    """Return {address: broken rules}; empty where there are none."""
    page.goto(address)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = find_violations(page)
    for number in range(min(page.locator(BOX).count(), 2)):
        page.locator(BOX).nth(-1 - number).click()
        page.locator(".select2-results__option:not(.loading-results)").first.wait_for()
        found += find_violations(page)
        page.keyboard.press("Escape")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += find_violations(page, COLOUR_RULES)
    return {address: sorted(set(found))} if found else {}


def address_of(model, page, *args):
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)


def test_form_and_list_with_search_boxes_pass_axe(organiser_page, console_errors):
    make_everything()

    found = check_page(organiser_page, reverse("admin:newsletter_issue_add"))
    found |= check_page(organiser_page, reverse("admin:books_question_changelist"))

    assert found == {}
    assert console_errors == []


@pytest.mark.all_tests
def test_every_page_of_the_admin_passes_axe(organiser_page, console_errors):
    make_everything()
    found = {}

    for model in admin.site._registry:  # noqa: SLF001
        row = model.objects.first()
        pages = [("changelist",), ("add",), ("change", row.pk), ("delete", row.pk), ("history", row.pk)]
        for name, *args in pages:
            found |= check_page(organiser_page, address_of(model, name, *args))

    assert found == {}
    assert [each for each in console_errors if "403" not in each] == []
