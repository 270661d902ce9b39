from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from meetups import calendars
from meetups.calendar_entries import entries_for
from meetups.views import SECRET
from members.models import Member


@require_safe
def club_calendar(request):
    return as_file(calendars.club_calendar(request.club))


@require_safe
def meetup_calendar(request, slug):
    user = request.user
    meetup = get_object_or_404(entries_for(user).visible_to(user), slug=slug)
    return as_file(calendars.meetup_calendar(meetup, request.club), name=f"{slug}.ics")


@require_safe
def member_calendar(request, token):
    """For whoever knows the address: no session, and nothing of it for other caches than the asking program's own."""
    member = get_object_or_404(Member, calendar_token=token, is_active=True)
    response = as_file(calendars.member_calendar(member, request.club))
    for header, value in (SECRET | {"Cache-Control": "private, no-cache"}).items():
        response[header] = value
    return response


@require_POST
def calendar_address(request):
    """Gives a member's calendar its secret address; with `reset` a new one."""
    back = reverse("members:me")
    if not request.user.is_authenticated:
        return redirect_to_login(back)
    if "reset" in request.POST:
        calendars.reset_calendar(request.user)
    else:
        calendars.address_calendar(request.user)
    return redirect(f"{back}#calendar")


def as_file(calendar, name="meetups.ics"):
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(calendar, content_type="text/calendar; charset=utf-8", headers=headers)
