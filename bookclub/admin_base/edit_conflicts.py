"""Optimistic locking of admin forms: the second of two editors sees both texts, and neither is lost.

A form contains the version of the row when it was opened. Saving claims that version in the same transaction. If the
row has a newer version, the form is shown again with the changes of others. A form without a version is saved.
"""

from copy import copy

from django.contrib.admin.utils import unquote

from bookclub.admin_base.edit_comparison import (
    EditComparison,
    dump_digests,
    get_form_rows,
    load_digests,
    remove_deleted_rows,
)
from bookclub.admin_base.field_display import format_value
from bookclub.admin_base.forms import UnsavedData
from bookclub.core.optimistic_lock import VersionedModel

VERSION, OPENED = "_version", "_opened"
NOT_SAVED = "Nothing was saved just now."
LOOK = "Your text is in the form below. Check the changes, then save again."
FILES_LOST = " Choose pictures again: they are not kept."  # browsers don't keep chosen files when a form is shown again


class StaleVersion(Exception):
    """Somebody else saved the row between comparing and saving."""


class EditConflictMixin:
    """For ModelAdmins, also of VersionedModels. The form must be a ClubModelForm, which rejects UnsavedData."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        merged, comparison = request, None
        if request.method == "POST" and object_id and issubclass(self.model, VersionedModel):
            merged, comparison = self._merge_with_stored(request, object_id)
        context = (extra_context or {}) | ({"edit_conflicts": comparison} if comparison else {})
        try:
            return super().changeform_view(merged, object_id, form_url, context)
        except StaleVersion:
            return EditConflictMixin.changeform_view(self, request, object_id, form_url, extra_context)

    def _merge_with_stored(self, request, object_id):
        """Return (request to continue with, EditComparison if it prevents saving, else None)."""
        row = self.get_object(request, unquote(object_id))
        version = request.POST.get(VERSION)
        is_current = row is None or version in {None, str(row.version)}
        if is_current or not self.has_change_permission(request, row):
            return request, None
        stored = self._build_forms(request, row, is_posted=False)
        posted = self._build_forms(request, copy(row), is_posted=True)
        opened = load_digests(request.POST.get(OPENED, ""))
        comparison = EditComparison(opened, get_form_rows(*stored), get_form_rows(*posted))
        data = request.POST.copy()
        comparison.merge_into(data)
        for formset in posted[1]:
            remove_deleted_rows(data, formset, comparison.deleted)
        data[VERSION], data[OPENED] = str(row.version), dump_digests(*stored)
        reason = getattr(request.POST, "reason", "")
        if comparison:
            hint = FILES_LOST if request.FILES else ""
            reason = f"{self._say_who_saved(request, row)} {reason or NOT_SAVED} {LOOK}{hint}"
        return with_post(request, UnsavedData.from_data(data, reason) if reason else data), comparison or None

    def has_unsaved_changes(self, request, row):
        """Return whether the posted form and its inlines differ from what is stored."""
        form, formsets = self._build_forms(request, copy(row), is_posted=True)
        return any(each.has_changed() for each in (form, *formsets))

    def _build_forms(self, request, row, *, is_posted):
        """Return the validated form and formsets of the page: with stored values, or as posted."""
        form_class = self.get_form(request, row, change=True)
        form = form_class(*(request.POST, request.FILES) if is_posted else (), instance=row)
        if not is_posted:
            request = copy(request)
            request.method = "GET"
        formsets, _ = self._create_formsets(request, row, change=True)
        for each in (form, *formsets):
            each.is_valid()
        return form, formsets

    def _say_who_saved(self, request, row):
        last = row.history.select_related("history_user").first() if hasattr(row, "history") else None
        if last is None or last.history_user is None:
            return "This was changed while you were typing."
        who = "You" if last.history_user == request.user else last.history_user
        return f"{who} changed this while you were typing, {format_value(last.history_date)}."

    def save_model(self, request, obj, form, change):
        if form.prefix:  # a row of an editable list: write only the fields that are edited there
            obj.save(update_fields=form.changed_data)
            return
        version = request.POST.get(VERSION) if change and issubclass(self.model, VersionedModel) else None
        if version is not None and not self.model.objects.claim_version(obj.pk, int(version)):
            raise StaleVersion
        super().save_model(request, obj, form, change)

    def render_change_form(self, request, context, **options):
        form = context["adminform"].form
        if options.get("change") and issubclass(self.model, VersionedModel):
            context |= self._get_version_context(request, context, options["obj"])
        context["unsaved_reason"] = getattr(form.data, "reason", "")
        if context["unsaved_reason"] and len(context["errors"]) == 1:
            context["errors"] = []  # the typed values are valid
        return super().render_change_form(request, context, **options)

    def _get_version_context(self, request, context, row):
        """Return the version and digests for the page; a form with errors keeps those with which it was opened."""
        if request.method == "POST":
            return {"version": request.POST.get(VERSION, ""), "opened": request.POST.get(OPENED, "")}
        formsets = [each.formset for each in context["inline_admin_formsets"]]
        return {"version": row.version, "opened": dump_digests(context["adminform"].form, formsets)}


def with_post(request, data):
    request = copy(request)
    request.POST = data
    return request
