from django.conf import settings
from django.utils import timezone

from bookclub.models import Club

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def headers(get_response):
    """The headers that Django sets on no response: outermost, so that errors, redirects and files have them too.

    Whoever carries a session gets pages that no cache may keep; a visitor's may be kept by anyone, and asked about
    each time, so that what is taken back is gone at once.
    """

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        is_private = settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies
        response.headers.setdefault("Cache-Control", "private, no-store" if is_private else "public, no-cache")
        return response

    return middleware


class ClubMiddleware:
    """Fetches the club for the view and its templates, in one query, and sets its zone for the length of the request.

    A view marked with `without_club` asks the database nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request, view, args, options):
        if not getattr(view, "is_without_club", False):
            request.club = Club.objects.current()
            timezone.activate(request.club.zone)


def without_club(view):
    view.is_without_club = True
    return view
