"""Buttons that lead from the form of a row to another page, and save the form first: what is typed is what goes out.

Each is a submit button of the form, so it needs no JavaScript. A form with errors or an edit conflict is shown again. A
form that nobody has changed is not saved, nor is one of a user who may not change the row. See ClubModelAdmin.
"""

from dataclasses import dataclass

from django.contrib.admin.utils import unquote
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import resolve
from django.utils.html import format_html

from bookclub.admin_base.forms import UnsavedData

GO_TO = "_go_to"  # the name of all these buttons; the value is the button's own name
# Where a button stands: above the form, beside the state of the row, beside “Save”, or in a field (`draw_button`).
TOOLS, STATE, SUBMIT, FIELD = "tools", "state", "submit", "field"


@dataclass(frozen=True)
class FormButton:
    """A button that leads to `url`. With `is_post` the page is one that takes a POST and acts at once."""

    name: str
    label: str
    url: str
    place: str = TOOLS
    is_post: bool = False


def is_pressed(request):
    """Return whether one of the buttons was pressed. A form that is shown again after the session ended has none."""
    return request.method == "POST" and GO_TO in request.POST and not isinstance(request.POST, UnsavedData)


def leave_unchanged_form(model_admin, request, object_id):
    """Return the page of the pressed button if there is nothing to save, else None."""
    row = model_admin.get_object(request, unquote(object_id))
    if row is None or not model_admin.has_view_or_change_permission(request, row):
        return None
    if model_admin.has_change_permission(request, row) and model_admin.has_unsaved_changes(request, row):
        return None
    return follow_button(model_admin, request, row)


def follow_button(model_admin, request, row):
    """Return the page of the pressed button; the form of the row if that button is not there any more."""
    buttons = {button.name: button for button in model_admin.list_form_buttons(request, row)}
    button = buttons.get(request.POST[GO_TO])
    if button is None:
        return redirect(model_admin.reverse("change", row.pk))
    if not button.is_post:
        return HttpResponseRedirect(button.url)
    page = resolve(button.url)
    return page.func(request, *page.args, **page.kwargs)


def group_by_place(buttons):
    """Return {place: [FormButton, …]} for the templates."""
    return {place: [each for each in buttons if each.place == place] for place in (TOOLS, STATE, SUBMIT)}


def draw_button(name, label):
    """Return the HTML of a button with the place FIELD. It looks like a link, because it stands in a sentence."""
    return format_html('<button class="link" name="{}" value="{}">{}</button>', GO_TO, name, label)
