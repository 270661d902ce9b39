"""Preview of a draft: its typed text, or by a secret link for a reader without an account."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.loader import render_to_string

from bookclub.admin_base.preview import read_text, render_preview, render_text
from bookclub.core.formatting import format_future_moment
from meetups.models import PreviewLink
from meetups.placement import arrange_body


class DaysForm(forms.Form):
    days = forms.IntegerField(
        min_value=1,
        max_value=PreviewLink.MAX_DAYS,
        initial=PreviewLink.DEFAULT_DAYS,
        help_text="After so many days it opens nothing any more.",
    )


def get_urls(model_admin):
    page = model_admin.page
    template = "admin/meetups/writeup/preview_link.html"
    return [
        page("<int:pk>/preview/", preview_body, "preview_body", is_post_only=True),
        page("<int:pk>/preview-link/", edit_link, "preview_link", template=template),
        page("<int:pk>/preview-link/revocation/", revoke_link, "revoke_preview_link", is_post_only=True),
    ]


def preview_body(model_admin, request, pk):
    """Render the posted text with the photos of the write-up and its pull quote in their places."""
    writeup = find_changeable(model_admin, request, pk)
    rendered = render_text(read_text(request), "prose")
    if "html" in rendered:
        pull_quote = request.POST.get("pull_quote", writeup.pull_quote).strip() or request.club.motto
        parts = arrange_body(rendered["html"], writeup.photos.all(), pull_quote)
        rendered = {"html": render_to_string("meetups/_body_parts.html", {"body_parts": parts})}
    return render_preview(request, model_admin.admin_site, rendered)


def edit_link(model_admin, request, pk):
    """Show the write-up's secret link; a POST replaces it by a new one."""
    writeup = find_changeable(model_admin, request, pk)
    form = DaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        link = PreviewLink.objects.renew(writeup, form.cleaned_data["days"])
        model_admin.log_change(request, writeup, f"New preview link, good for {form.cleaned_data['days']} days.")
        words = f"The link works until {format_future_moment(link.expires_at)}. Earlier ones do not."
        model_admin.message_user(request, words)
        return redirect(model_admin.reverse("preview_link", pk))
    link = PreviewLink.objects.filter(writeup=writeup).first()
    return {"title": "Preview link", "row": writeup, "writeup": writeup, "link": link, "form": form}


def revoke_link(model_admin, request, pk):
    writeup = find_changeable(model_admin, request, pk)
    PreviewLink.objects.filter(writeup=writeup).delete()
    model_admin.log_change(request, writeup, "Preview link revoked.")
    model_admin.message_user(request, "The link opens nothing any more. Make a new one whenever you like.")
    return redirect(model_admin.reverse("preview_link", pk))


def find_changeable(model_admin, request, pk):
    writeup = model_admin.get_object(request, str(pk))
    if writeup is None or not model_admin.has_change_permission(request, writeup):
        raise PermissionDenied
    return writeup
