from allauth.core.ratelimit import consume, respond_429
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members import sign_ins
from members.leaving import check_can_leave, leave
from members.me import LeavingForm, ProfileForm
from members.models import Author, Member
from members.recently import signed_in_recently
from members.takeout import takeout

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def author(request, slug):
    author = get_object_or_404(Author.objects.visible_to(request.user), slug=slug)
    writeups = author.writeups.visible_to(request.user).newest_first().for_cards(request.user)
    return render(request, "members/author.html", {"author": author, "writeups": writeups})


@page_with_form
@login_required
def me(request):
    """A member's own page. What is wrong in the form is kept out of `request.user`, whose name the masthead shows."""
    member = Member.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, request.FILES or None, instance=member)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("members:me")
    rsvps = list(request.user.rsvps.seen_by(request.user))
    context = {
        "form": form,
        "sign_ins": request.user.sign_ins.all(),
        "next_rsvps": [rsvp for rsvp in rsvps if not rsvp.meetup.is_past],
        "past_rsvps": [rsvp for rsvp in reversed(rsvps) if rsvp.meetup.is_past],
    }
    return render(request, "members/me.html", context)


@require_POST
@login_required
def end_sign_in(request, pk):
    elsewhere = request.user.sign_ins.exclude(session_key=request.session.session_key)
    get_object_or_404(elsewhere, pk=pk)
    sign_ins.end_sign_in(request.user, pk)
    messages.success(request, "Signed out there.")
    return redirect("members:me")


@require_POST
@login_required
def end_other_sign_ins(request):
    sign_ins.end_other_sign_ins(request)
    messages.success(request, "Signed out everywhere but here.")
    return redirect("members:me")


@require_POST
@login_required
def take_out(request):
    """Everything that is kept of them, in one file."""
    if not consume(request, action="take_out"):
        return respond_429(request)
    name = f"{slugify(request.club.name)}-{timezone.localdate():%Y-%m-%d}.zip"
    file = takeout(request.user, request.club)
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@page_with_form
@login_required
@signed_in_recently
def leaving(request):
    try:
        check_can_leave(request.user)
    except ValidationError as refusal:
        return render(request, "members/leaving_refused.html", {"refusal": refusal.message})
    form = LeavingForm(request.user, request.POST or None)
    if form.is_valid():
        leave(request.user, form.wishes)
        request.session.flush()
        return redirect("members:gone")
    return render(request, "members/leaving.html", {"form": form, "address": request.user.email})


@require_safe
def gone(request):
    return render(request, "members/gone.html")
