"""The profile page of a member with its actions, and the public page of an author."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookclub.core.cache import CacheUnavailable
from bookclub.core.decorators import MAX_FILES_BYTES, accept_body
from bookclub.core.mfa import allow_own_scripts
from bookclub.core.pagination import get_page
from bookclub.core.same_origin import redirect_get_to
from members import account_deletion, sessions
from members.data_export import build_export_file
from members.forms.profile import DeleteAccountForm, ProfileForm
from members.models import Author, Member
from members.rate_limits import refuse_excess
from members.reauthentication import has_recent_login, redirect_to_reauthentication, require_recent_login
from members.structured_data import describe_author


@require_safe
def author_list(request):
    authors = Author.objects.visible_to(request.user).order_by("name", "pk")
    return render(request, "members/author_list.html", {"page": get_page(authors, request.GET.get("page"))})


@require_safe
def author(request, slug):
    author = get_object_or_404(Author.objects.visible_to(request.user), slug=slug)
    writeups = author.writeups.visible_to(request.user).newest_first().for_cards(request.user)
    context = {"author": author, "writeups": writeups, "structured_data": [describe_author(author)]}
    return render(request, "members/author.html", context)


@allow_own_scripts  # the button that copies the calendar's address
@accept_body(MAX_FILES_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request):
    # Not request.user itself, or the page header would show an invalid name from the form.
    member = Member.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, request.FILES or None, instance=member)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("members:profile")
    rsvps = list(request.user.rsvps.with_visible_meetups(request.user))
    context = {
        "form": form,
        "has_recent_login": has_recent_login(request),
        "sign_ins": request.user.sign_ins.all(),
        "next_rsvps": [rsvp for rsvp in rsvps if not rsvp.meetup.is_past],
        "past_rsvps": [rsvp for rsvp in reversed(rsvps) if rsvp.meetup.is_past],
    }
    return render(request, "members/profile.html", context)


@require_POST
@login_required
def end_sign_in(request, pk):
    others = request.user.sign_ins.exclude(session_key=request.session.session_key)
    get_object_or_404(others, pk=pk)
    sessions.end_sign_in(request.user, pk)
    messages.success(request, "Signed out there.")
    return redirect("members:profile")


@require_POST
@login_required
def end_other_sign_ins(request):
    sessions.end_other_sign_ins(request)
    messages.success(request, "Signed out everywhere but here.")
    return redirect("members:profile")


@redirect_get_to("members:profile")
@require_POST
@login_required
def export_data(request):
    if not has_recent_login(request):
        # Not the download at once: the browser would go on showing the page that asks for a code.
        return redirect_to_reauthentication(request.user, f"{reverse('members:profile')}#your-data")
    try:
        refusal = refuse_excess(request, "export_data")
    except CacheUnavailable:  # the limit saves work; without it no code can be guessed and no mail be sent
        refusal = None
    if refusal:
        return refusal
    name = f"{slugify(request.club.name)}-{timezone.localdate():%Y-%m-%d}.zip"
    file = build_export_file(request.user, request.club)
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@require_recent_login
def delete_account(request):
    try:
        account_deletion.check_can_delete(request.user)
    except ValidationError as refusal:
        return render(request, "members/delete_account_refused.html", {"reason": refusal.message})
    form = DeleteAccountForm(request.user, request.POST or None)
    if form.is_valid():
        account_deletion.delete_account(request.user, form.deletion_choices)
        request.session.flush()
        return redirect("members:account_deleted")
    return render(request, "members/delete_account.html", {"form": form, "address": request.user.email})


@require_safe
def account_deleted(request):
    return render(request, "members/account_deleted.html")
