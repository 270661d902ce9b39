"""Shared by the pages of a paste: finding the destination, forms kept over an ended session, errors with links."""

import re

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bookclub.admin_base.session_recovery import discard_saved_form, get_saved_form, sign_form_owner
from meetups.models.paste import TOO_MANY_CODE
from meetups.paste.destinations import PasteDestination
from meetups.paste.upload import Pasted

IS_BACK = "You were no longer signed in when you sent this. Nothing was saved, and nothing is lost: go on from here."
OWN_PATH = r"(/(?!/)[\w/.#-]*)"


def find_target(model_admin, request, destination: type[PasteDestination], pk=None) -> PasteDestination:
    """Return the destination with its row. Raise Http404, or PermissionDenied for what the user may not do."""
    if pk is None:
        model_admin.check_permission(request, destination.permission)
        return destination()
    owner = model_admin.admin_site.get_model_admin(destination.model)
    row = owner.get_row_or_404(request, pk)
    if destination.permission:
        owner.check_permission(request, destination.permission)
    return destination(row)


def take_saved_form(model_admin, request):
    """Return, and discard, a form that was posted after the session had ended."""
    saved = get_saved_form(request) or {}
    if saved:
        discard_saved_form(request)
        model_admin.message_user(request, IS_BACK, "warning")
    return saved


def render_paste_form(model_admin, request, target, given: Pasted, error=""):
    return render_step(model_admin, request, "paste_form", target, pasted=given, error=error)


def render_step(model_admin, request, name, target, **context):
    about = {"title": target.title, "opts": target.opts, "form_owner": sign_form_owner(request.user)}
    template = f"admin/meetups/paste/{name}.html"
    return model_admin.render_page(request, template, target=target, **about | context)


def error_message(error) -> str:
    """Return the error's sentence, with links to what is in the way."""
    if isinstance(error, ValidationError):
        sentence = " ".join(error.messages)
        if error.code == TOO_MANY_CODE:
            return format_html(
                '{} <a href="{}">See them</a>.', sentence, reverse("admin:meetups_writeup_unfinished_pastes")
            )
        return sentence
    sentence, row = getattr(error, "sentence", str(error)), getattr(error, "row", None)
    if row is None:
        return link_own_addresses(sentence)
    return format_html(
        '{}. <a href="{}">Open it</a> or <a href="{}">paste more into it</a>.',
        sentence.partition(", http")[0].rstrip("."),
        reverse(admin_url(row, "change"), args=[row.pk]),
        reverse("admin:meetups_writeup_paste_more", args=[row.pk]),
    )


def link_own_addresses(sentence: str) -> SafeString:
    """Return the sentence with a link in place of each address of this site."""
    parts = re.split(rf"[,:]? *{re.escape(settings.SITE_URL)}{OWN_PATH}", sentence)
    pairs = zip(parts[::2], [*parts[1::2], None], strict=True)
    return format_html_join("", "{}{}", ((words, link_to(path)) for words, path in pairs))


def link_to(path: str | None) -> str:
    if path is None:
        return ""
    address = path.rstrip(".")
    return format_html(' (<a href="{}">see it</a>){}', address, path[len(address) :])


def admin_url(row, page):
    return f"{admin.site.name}:{row._meta.app_label}_{row._meta.model_name}_{page}"
