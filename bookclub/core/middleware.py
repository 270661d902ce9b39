from django.conf import settings
from django.utils import timezone

from bookclub.core.models import Club

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def default_headers(get_response):
    """Set default headers. Outermost middleware, so that errors, redirects and files have them too.

    Responses for a session are not stored by any cache. Visitors' pages may be stored but must be revalidated, so that
    unpublishing takes effect at once.
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
    """Set `request.club`, in one query, and activate the club's time zone during the request.

    Skipped for views decorated with `without_club`.
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
