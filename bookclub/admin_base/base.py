"""Base class of every ModelAdmin: permissions, extra pages, confirmations, history, recovered forms."""

from functools import partial, wraps

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import Truncator, capfirst
from django.views.decorators.http import require_POST

from bookclub.admin_base import form_buttons, history, session_recovery
from bookclub.admin_base.datetime_fields import ClubDateTimeField, ClubTimeField, describe_time_zone
from bookclub.admin_base.deletion import get_deletion_context
from bookclub.admin_base.edit_conflicts import EditConflictMixin
from bookclub.admin_base.faults import list_faults
from bookclub.admin_base.fields import ClubFieldsMixin
from bookclub.admin_base.filters import can_use_filter
from bookclub.admin_base.form_buttons import FormButton
from bookclub.admin_base.lists import ClubChangeList
from bookclub.admin_base.lookups import is_offered
from bookclub.admin_base.object_permissions import can_access, can_search, filter_editable, has_full_access
from bookclub.admin_base.search_boxes import SearchBox, are_keys
from bookclub.core.decorators import MAX_FILES_BYTES, accept_body
from bookclub.core.slugs import retry_with_free_slug
from bookclub.core.visibility import PublishableModel

NO_ROWS = "Nothing was changed: the ticked rows are not in this list. Tick the rows again."
PUBLICATION_FIELDS = ["published_at", "audience"]


class ClubModelAdmin(EditConflictMixin, ClubFieldsMixin, admin.ModelAdmin):
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    empty_list_text = ""  # what to do where the list has no rows yet

    @property
    def media(self):
        """The media of the admin, with the scripts of AutocompleteFilter and our own for all of its boxes."""
        own = forms.Media(js=[forms.Script("js/search-boxes.js", defer=True)])
        return super().media + SearchBox(None, self.admin_site).media + own

    # --- rows and permissions

    def get_unrestricted_queryset(self, request):
        """Return all rows, with the joins for lists and search. `get_queryset` restricts them to those of the user."""
        return super().get_queryset(request)

    def get_queryset(self, request):
        return filter_editable(self.get_unrestricted_queryset(request), request.user)

    def get_object(self, request, object_id, from_field=None):
        """Raise PermissionDenied instead of returning None, so that authors can't find out which rows exist."""
        row = super().get_object(request, object_id, from_field)
        if row is None and not has_full_access(request.user):
            raise PermissionDenied
        return row

    def get_row_or_404(self, request, pk, action="change", rows=None):
        """Return a row of `rows` (default: `get_queryset`). Raise Http404, or PermissionDenied without `action`."""
        row = get_object_or_404(self.get_queryset(request) if rows is None else rows, pk=pk)
        self.check_permission(request, action, row)
        return row

    def check_permission(self, request, permission, row=None):
        """Raise PermissionDenied without `permission`: "meetups.view_rsvp", or an action such as "change"."""
        if "." in permission:
            is_permitted = request.user.has_perm(permission)
        else:
            has_permission = getattr(self, f"has_{permission}_permission")
            is_permitted = has_permission(request) if row is None else has_permission(request, row)
        if not is_permitted:
            raise PermissionDenied

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and can_access(request.user, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and can_access(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        """Refuse to delete published rows, unless the user may publish."""
        is_stamped = getattr(obj, "published_at", None) is not None
        return (
            super().has_delete_permission(request, obj)
            and can_access(request.user, obj)
            and (not is_stamped or self.has_publish_permission(request))
        )

    def has_publish_permission(self, request):
        return request.user.has_perm("bookclub.publish")

    def get_readonly_fields(self, request, obj=None):
        is_fixed = issubclass(self.model, PublishableModel) and not self.has_publish_permission(request)
        return [*super().get_readonly_fields(request, obj), *(PUBLICATION_FIELDS if is_fixed else [])]

    # --- extra pages

    def get_urls(self):
        return [*history.get_urls(self), *super().get_urls()]

    def page(self, route, view, name, *, permission=None, template=None, is_post_only=False, takes_files=False):
        """Return the URL pattern of an extra page, named `<app>_<model>_<name>`.

        `view(model_admin, request, **kwargs)` returns a response, or the context of `template`. `permission` is
        checked first, as in `check_permission`.
        """

        @wraps(view)
        def page_view(request, **kwargs):
            if permission:
                self.check_permission(request, permission)
            result = view(self, request, **kwargs)
            return result if isinstance(result, HttpResponseBase) else self.render_page(request, template, **result)

        guarded = require_POST(page_view) if is_post_only else page_view
        if takes_files:
            guarded = accept_body(MAX_FILES_BYTES)(guarded)
        return path(route, self.admin_site.admin_view(guarded), name=self.url_name(name))

    def render_page(self, request, template, *, form=None, **context):
        """Render an admin page. `title` is required; `row` is the row that the page is about, if any."""
        request.current_app = self.admin_site.name
        # A form of plain fields needs no admin scripts. forms.Media compares by identity, so compare its HTML.
        media = self.media + form.media if form is not None and form.media.render() else None
        context = {"opts": self.opts, "form": form, "media": media} | context
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)

    def confirm(
        self,
        request,
        act,
        *,
        title,
        button,
        back_url,
        form=None,
        success_url=None,
        is_opened_by_post=False,
        template="admin/confirm.html",
        **context,
    ):
        """Show a confirmation page on GET. On POST call `act()`, show the message that it returns, and redirect.

        A ValidationError of `act` is shown as an error. With `is_opened_by_post` (list actions, buttons) a POST without
        `confirmed` shows the page, too. See the template for more context.
        """
        is_confirmed = "confirmed" in request.POST or not is_opened_by_post
        is_sent = request.method == "POST" and is_confirmed and not context.get("is_refused")
        if not is_sent or (form and not form.is_valid()):
            context |= {"title": title, "button": button, "back_url": back_url, "is_opened_by_post": is_opened_by_post}
            return self.render_page(request, template, form=form, **context)
        try:
            if message := act():
                self.message_user(request, message, messages.SUCCESS)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return redirect(success_url or back_url)

    def url_name(self, page):
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def reverse(self, page, *args):
        return reverse(f"admin:{self.url_name(page)}", args=args)

    # --- lists and forms

    def get_list_filter(self, request):
        return [each for each in super().get_list_filter(request) if can_use_filter(self.model, each, request.user)]

    def get_changelist(self, request, **kwargs):
        return ClubChangeList

    def get_changelist_formset(self, request, **kwargs):
        """Name the fields of a list for screen readers: the head of a column is no label."""
        formset = super().get_changelist_formset(request, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return formset

    def lookup_allowed(self, lookup, value, request):
        return is_offered(self, lookup, request)

    def get_search_fields(self, request):
        fields = super().get_search_fields(request)
        return [path for path in fields if can_search(self.model, path, request.user)]

    def changelist_view(self, request, extra_context=None):
        shows_deleted = history.has_history(self.model) and self.has_add_permission(request)
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "deleted_url": self.reverse("deleted") if shows_deleted else "",
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def response_action(self, request, queryset):
        """Run an action of the list; refuse ticked rows that can't be rows."""
        if not are_keys(request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.message_user(request, NO_ROWS, messages.ERROR)
            return None
        return super().response_action(request, queryset)

    def history_view(self, request, object_id, extra_context=None):
        if not history.has_history(self.model):
            return super().history_view(request, object_id, extra_context)
        return history.show_versions(self, request, object_id)

    def check_restoration(self, request, row, version):
        """Raise ValidationError if the user may not bring the row back as it was in `version`."""

    def get_changeform_initial_data(self, request):
        """Accept related rows in the query string, as in `?book=3`; ignore values that can't be primary keys."""
        initial = super().get_changeform_initial_data(request)
        related = {field.name for field in self.opts.get_fields() if field.is_relation}
        return {name: value for name, value in initial.items() if name not in related or are_keys(value)}

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Show a form again that was posted after its session had expired; see `session_recovery`."""
        if request.method == "POST" and session_recovery.DISCARD in request.POST:
            session_recovery.discard_saved_form(request)
            return redirect(request.get_full_path())
        if object_id and form_buttons.is_pressed(request):
            response = form_buttons.leave_unchanged_form(self, request, object_id)
            if response is not None:
                session_recovery.discard_saved_form(request)
                return response
        recovered = session_recovery.recover_form(request) if request.method == "GET" else None
        if recovered is not None:
            extra_context = (extra_context or {}) | {"is_recovered": True}
            return super().changeform_view(recovered, object_id, form_url, extra_context)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and response.status_code == 302:
            session_recovery.discard_saved_form(request)
        return response

    def save_model(self, request, obj, form, change):
        save = partial(super().save_model, request, obj, form, change)
        is_slug_made = getattr(form, "make_free_slug", None)
        retry_with_free_slug(obj, form.make_free_slug, save) if is_slug_made else save()

    def get_form_buttons(self, request, row):
        """Return the FormButtons that the user may press for `row`; for the add page (None) their `url` is unused."""
        return []

    def list_form_buttons(self, request, row):
        """Return the buttons of `get_form_buttons`, then those of every stored row."""
        buttons = list(self.get_form_buttons(request, row))
        if row is None:
            return buttons
        buttons.append(FormButton("history", "History", self.reverse("history", row.pk)))
        if address := self.get_view_on_site_url(row):
            buttons.append(FormButton("on_site", "See its page", address))
        return buttons

    def response_post_save_add(self, request, obj):
        if form_buttons.is_pressed(request):
            return form_buttons.follow_button(self, request, obj)
        return super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        if form_buttons.is_pressed(request):
            return form_buttons.follow_button(self, request, obj)
        return super().response_post_save_change(request, obj)

    def render_change_form(self, request, context, *, obj=None, **options):
        if obj is not None:
            context |= {"title": self.get_page_title(obj), "subtitle": None}
        formsets = [each.formset for each in context["inline_admin_formsets"]]
        if context["errors"]:
            context["faults"] = list_faults(context["adminform"].form, formsets)
        context["times_are_in"] = describe_times(context["adminform"].form)
        if not session_recovery.has_password_field(context["adminform"].form):
            context["form_owner"] = session_recovery.sign_form_owner(request.user)
        buttons = [] if context["is_popup"] else self.list_form_buttons(request, self.get_stored_row(request, context))
        context["form_buttons"] = form_buttons.group_by_place(buttons)
        return super().render_change_form(request, context, obj=obj, **options)

    def get_stored_row(self, request, context):
        """Return the row as it is stored: a form with errors has written the typed values into its own instance.

        None for a new row. Costs the queries of `get_object` where the form has errors.
        """
        row = context["original"]
        return self.get_object(request, str(row.pk)) if row and context["errors"] else row

    def get_page_title(self, obj):
        return Truncator(str(obj)).words(12, truncate=" …")

    def render_delete_form(self, request, context):
        facts = get_deletion_context(self, request, context["model_count"])
        return super().render_delete_form(request, context | facts)


class ReadOnlyAdminMixin:
    """For read-only rows."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def describe_times(form):
    """Return in which zone the times of the form are; an empty string for a form without times."""
    has_times = any(isinstance(field, (ClubDateTimeField, ClubTimeField)) for field in form.fields.values())
    return describe_time_zone() if has_times else ""
