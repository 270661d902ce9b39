import datetime as dt
import logging
import re

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.static import serve

from bookclub.core.cache import CacheUnavailable
from bookclub.core.database.errors import describe_database_error
from bookclub.core.middleware import without_club
from bookclub.core.models import Club
from bookclub.core.structured_data import describe_club
from bookclub.core.visibility import is_member
from bookclub.guide import find_page, read_page
from books.models import Quote
from meetups.models import Meetup, WriteUp
from meetups.rsvp_panel import RSVPPanel
from members.models import Member

logger = logging.getLogger(__name__)

# The form of our file names: a folder, and random letters and digits. Other paths are a 404 without a file lookup.
MEDIA_PATH = re.compile(r"[a-z]{1,40}/[\w-]{1,100}\.\w{1,8}")
SECURITY_TXT_LIFETIME = dt.timedelta(days=180)
OF_MEMBERS = f"{Member.photo.field.upload_to}/"


@require_safe
def home(request):
    user = request.user
    meetup = Meetup.objects.visible_to(user).upcoming().going_ahead().for_cards(user).first()
    context = {
        "meetup": meetup,
        "panel": meetup and RSVPPanel(meetup, user, request.club),
        "writeups": WriteUp.objects.visible_to(user).newest_first().for_cards(user)[:3],
        "quote": Quote.objects.visible_to(user).of_the_day(),
        "structured_data": [describe_club(request.club, **list_contacts(request.club))],
    }
    return render(request, "home.html", context)


def list_contacts(club):
    """Return the club's addresses that the home page shows, as properties of schema.org."""
    links = [link.url for link in club.links_with_url]
    return {"email": club.contact_email, "sameAs": links, "logo": f"{settings.SITE_URL}{reverse('touch_icon')}"}


@require_safe
@without_club
def healthz(request):
    """Return 503 if the database does not answer. Without the cache most pages work, so that is told with a 200."""
    try:
        Club.objects.exists()
    except (DatabaseError, InterfaceError) as error:
        request.fault = describe_database_error(error)
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    try:
        cache.check_available()
    except CacheUnavailable as error:
        logger.warning("The cache can't be used: %s", error)
        return HttpResponse("degraded: no cache, so only passkeys open an account\n", content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def theme(request, digest):
    """Return the style sheet of the club's own look. Its address changes with it, so browsers keep it for a year."""
    theme = request.club.theme
    if not theme.css or digest != theme.digest:
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(theme.css, content_type="text/css; charset=utf-8", headers=headers)


@require_safe
@without_club
def robots(request):
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /accounts/", f"Sitemap: {settings.SITE_URL}/sitemap.xml"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
def privacy(request):
    """Show what the site stores about people: the page of the docs, which tests compare with the database."""
    file = find_page("members-and-privacy")
    return render(request, "privacy.html", {"page": read_page(file, file.stat().st_mtime_ns)})


@require_safe
@without_club
def security_txt(request):
    """Say where to report a vulnerability (RFC 9116). It expires half a year after the day of the request."""
    if not settings.SECURITY_CONTACTS:
        raise Http404
    expires_on = timezone.now().date() + SECURITY_TXT_LIFETIME
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACTS]
    lines += [
        f"Expires: {expires_on}T00:00:00Z",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@without_club
def media(request, path):
    """Serve uploaded pictures. Their names are random and never reused, so browsers may cache them for a year.

    Members' photos are only for members, and are revalidated each time, so that deleted ones disappear at once.
    """
    is_own = path.startswith(OF_MEMBERS)
    if not MEDIA_PATH.fullmatch(path) or (is_own and not may_see_members(request.user, path)):
        raise Http404
    response = serve(request, path, document_root=settings.MEDIA_ROOT)
    response.headers["Cache-Control"] = "private, no-cache" if is_own else "public, max-age=31536000, immutable"
    return response


def may_see_members(user, path):
    """Return whether `user` may see the member's photo at `path`: members may; others only their own, in any width."""
    return is_member(user) or (user.is_authenticated and user.photo and stem_of(path) == stem_of(user.photo.name))


def stem_of(path):
    return path.rpartition("-")[0]
