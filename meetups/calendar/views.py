from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bookclub.core.decorators import SECRET_URL_HEADERS
from bookclub.core.same_origin import redirect_get_to
from meetups.calendar import feeds
from meetups.calendar.ics import get_calendar_meetups
from members.models import Member, MergedMember
from members.reauthentication import require_recent_login


@require_safe
def club_calendar(request):
    return calendar_response(feeds.build_club_calendar(request.club))


@require_safe
def meetup_calendar(request, slug):
    user = request.user
    meetup = get_object_or_404(get_calendar_meetups(user).visible_to(user), slug=slug)
    return calendar_response(feeds.build_meetup_calendar(meetup, request.club), name=f"{slug}.ics")


@require_safe
def member_calendar(request, token):
    """Serve anybody who has the secret URL, without a session; only private caches may store it."""
    merged = MergedMember.objects.filter(calendar_token=token)
    is_theirs = Q(calendar_token=token) | Q(pk__in=merged.values("member"))
    member = get_object_or_404(Member.objects.filter(is_theirs), is_active=True)
    response = calendar_response(feeds.build_member_calendar(member, request.club))
    for header, value in (SECRET_URL_HEADERS | {"Cache-Control": "private, no-cache"}).items():
        response[header] = value
    return response


@redirect_get_to("members:profile")
@require_POST
def change_calendar_token(request):
    """Create the secret URL of the member's calendar; with `reset` replace it. The profile shows it after a recent login.

    Whoever reads it at an open browser would keep on reading the calendar from afar.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("members:profile"))
    return save_calendar_token(request)


@require_recent_login
def save_calendar_token(request):
    if "reset" in request.POST:
        feeds.reset_calendar_token(request.user)
    else:
        feeds.ensure_calendar_token(request.user)
    return redirect(f"{reverse('members:profile')}#calendar")


def calendar_response(calendar, name="meetups.ics"):
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(calendar, content_type="text/calendar; charset=utf-8", headers=headers)
