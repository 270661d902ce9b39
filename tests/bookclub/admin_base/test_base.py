import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.forms import ClubModelForm
from tests.factories import make_issue, make_member

OURS = {"bookclub", "books", "meetups", "members", "newsletter"}
MODEL_ADMINS = [each for model, each in admin.site._registry.items() if model._meta.app_label in OURS]  # noqa: SLF001


def test_model_admin_has_at_most_four_own_base_classes():
    own = {
        type(each): [
            parent
            for parent in type(each).__mro__
            if parent.__module__.split(".")[0] in OURS and parent not in {type(each), ClubModelAdmin}
        ]
        for each in MODEL_ADMINS
    }

    assert all(issubclass(each, ClubModelAdmin) for each in own)
    assert {each.__name__: parents for each, parents in own.items() if len(parents) > 4} == {}


def test_model_admin_forms_inherit_club_model_form():
    """Any other form class would save data that is only shown again, after a lost session or an edit conflict."""
    forms = [form for each in MODEL_ADMINS for form in (each.form, getattr(each, "add_form", each.form))]

    assert [form for form in forms if not issubclass(form, ClubModelForm)] == []


def test_letter_that_is_not_sent_has_no_page_to_view(organiser_client):
    issue = make_issue(number=None)
    kind = ContentType.objects.get_for_model(issue)

    assert organiser_client.get(f"/admin/r/{kind.pk}/{issue.pk}/").status_code == 404


@pytest.mark.django_db
def test_autocomplete_offers_rows_of_djangos_own_admin_classes(client):
    client.force_login(make_member(is_staff=True, is_superuser=True))
    query = {"app_label": "members", "model_name": "member", "field_name": "groups", "term": "Auth"}

    answer = client.get("/admin/autocomplete/", query).json()

    assert [row["text"] for row in answer["results"]] == ["Author"]
