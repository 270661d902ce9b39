"""An author says “Ready for you” on their draft: the organisers get a mail, once, and see it on the dashboard."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect

from bookclub.core.text import single_line
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail
from meetups.admin.preview import find_changeable
from meetups.emails import format_timestamp
from meetups.models import ReadyMark
from members.approval import get_organiser_addresses

READY = "The organisers are told. You can still change it, or take it back."
TAKEN_BACK = "It is yours again. Say so when it is ready."
KIND = "writeup-ready"


def get_urls(model_admin):
    page = model_admin.page
    return [
        page("<int:pk>/ready/", say_ready, "ready", is_post_only=True),
        page("<int:pk>/not-ready/", take_back, "not_ready", is_post_only=True),
    ]


def say_ready(model_admin, request, pk):
    writeup = find_changeable(model_admin, request, pk)
    if writeup.published_at is not None:
        raise PermissionDenied
    if mark_ready(writeup, request.user, request.club, model_admin.reverse("change", pk)):
        model_admin.log_change(request, writeup, "Ready for the organisers.")
    model_admin.message_user(request, READY, "success")
    return redirect(model_admin.reverse("change", pk))


def take_back(model_admin, request, pk):
    writeup = find_changeable(model_admin, request, pk)
    ReadyMark.objects.filter(writeup=writeup).delete()
    model_admin.message_user(request, TAKEN_BACK)
    return redirect(model_admin.reverse("change", pk))


def mark_ready(writeup, by, club, path) -> bool:
    """Mark the draft, and write to the organisers. Return False, with nothing written, if it is marked already."""
    with transaction.atomic():
        mark, is_new = ReadyMark.objects.get_or_create(writeup=writeup, defaults={"by": by})
        for address in get_organiser_addresses(club) if is_new else ():
            context = {"title": single_line(writeup.title), "author": by, "link": settings.SITE_URL + path}
            OutgoingMail.objects.enqueue(
                key=f"{KIND}:{writeup.pk}:{format_timestamp(mark.at)}:{address}",
                kind=KIND,
                to=address,
                **render_mail(f"meetups/email/{KIND}", context),
            )
    return is_new
