"""Every field of the admin's forms and lists has one name, for eyes and for screen readers."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests import factories as make
from tests.bookclub.test_admin_words import make_everything
from tests.pages import read_page, text_of

FIELDS = "#content-main form[method=post]"
CONTROLS = "input:not([type=hidden], [type=submit], [type=button]), select, textarea"


def read_names(page):
    """Return [(name of the control, aria-label or None, [its labels]), …] for the controls of the page's forms."""
    found = []
    for control in page.select(", ".join(f"{FIELDS} {each}" for each in CONTROLS.split(", "))):
        key = control.get("id")
        labels = [text_of(each).removesuffix(":") for each in page.select(f"label[for='{key}']")] if key else []
        labels += [text_of(each) for each in control.find_parents("label")]
        found.append((control.get("name"), control.get("aria-label"), labels))
    return found


@pytest.mark.parametrize("page", ["add", "change"])
def test_field_with_a_visible_label_has_no_other_name(organiser_client, db, page):
    make_everything()
    nameless, differing, seen = [], [], 0

    for model in admin.site._registry:  # noqa: SLF001
        args = [model.objects.first().pk] if page == "change" else []
        response = organiser_client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args))
        for name, spoken, labels in read_names(read_page(response)) if response.status_code == 200 else []:
            seen += 1
            nameless += [] if spoken or labels else [(model.__name__, name)]
            is_part = any(spoken and spoken.startswith(f"{label}: ") for label in labels)  # of a date and time
            differing += [(model.__name__, name, spoken)] if spoken and labels and not is_part else []

    assert nameless == []
    assert differing == []
    assert seen > 50


def test_address_is_called_address(organiser_client, db):
    page = read_page(organiser_client.get(reverse("admin:meetups_writeup_add")))

    [names] = [(spoken, labels) for name, spoken, labels in read_names(page) if name == "slug"]

    assert names == (None, ["Address"])


def test_position_in_a_list_is_named_as_its_column(organiser_client, db):
    make.make_question()

    page = read_page(organiser_client.get(reverse("admin:books_question_changelist")))

    assert page.select_one("input[name=form-0-position]")["aria-label"] == "Position"
    assert "Position" in text_of(page.select_one("thead"))
