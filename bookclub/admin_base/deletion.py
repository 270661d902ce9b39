"""The pages that ask before rows are deleted: what goes with them, and what can be brought back."""

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.actions import delete_selected as django_delete_selected
from django.urls import reverse

from bookclub.admin_base.history import has_history, has_images


@admin.action(description="Delete …", permissions=["delete"])
def delete_selected(model_admin, request, queryset):
    """Django's action, with what can be brought back."""
    response = django_delete_selected(model_admin, request, queryset)
    if response is not None:
        response.context_data |= get_deletion_context(model_admin, request, response.context_data["model_count"])
    return response


def get_deletion_context(model_admin, request, counts):
    """Return the context of admin/_delete_facts.html; `counts` are (plural name of a model, number) of what goes."""
    model, opts = model_admin.model, model_admin.opts
    if not has_history(model) or not model_admin.has_add_permission(request):
        return {"deleted_url": "", "has_pictures": False, "lost": []}
    return {
        "deleted_url": reverse(f"admin:{opts.app_label}_{opts.model_name}_deleted"),
        "has_pictures": has_images(model),
        "lost": list_lost(counts),
    }


def list_lost(counts):
    """Return [“3 photos”, …] of the rows that go for good: their models have no history."""
    models = {str(each._meta.verbose_name_plural): each for each in apps.get_models()}
    names = [(number, models.get(str(name))) for name, number in counts]
    return [
        f"{number} {model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural}"
        for number, model in names
        if model and not has_history(model)
    ]
