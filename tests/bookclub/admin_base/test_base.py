from django.contrib import admin

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.forms import ClubModelForm

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
