from csp.constants import HEADER
from django.conf import settings
from django.http import HttpResponseNotAllowed
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils import timezone
from django.utils.cache import set_response_etag

from bookclub.core.models import Club

METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def default_headers(get_response):
    """Set default headers. Outermost middleware, so that errors, redirects and files have them too."""

    def middleware(request):
        response = get_response(request)
        is_private = settings.SESSION_COOKIE_NAME in request.COOKIES or bool(response.cookies)
        return set_default_headers(response, is_secure=request.is_secure(), is_private=is_private)

    return middleware


def set_default_headers(response, *, is_secure, is_private=False):
    """Set the headers that every response has, unless it has its own, and return it.

    Also for responses that Django's middleware doesn't see. `is_secure` is whether the request came by https, as in
    `ASGIRequest(scope, body).is_secure()`.

    Responses for a session (`is_private`) and failures are not stored by any cache. Visitors' pages may be stored but
    must be revalidated, so that unpublishing takes effect at once.
    """
    for name, value in default_header_values().items():
        response.headers.setdefault(name, value)
    if is_secure and settings.SECURE_HSTS_SECONDS:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
    is_stored = not is_private and response.status_code < 500
    response.headers.setdefault("Cache-Control", "public, no-cache" if is_stored else "private, no-store")
    return response


def default_header_values():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return {
        HEADER: "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def refuse_other_methods(get_response):
    """Answer 405 for all methods but METHODS. Class-based views of libraries would treat PUT as POST."""

    def middleware(request):
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return get_response(request)

    return middleware


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Django's, with the ETag for HEAD as well (RFC 9110, section 9.3.2): the same as for GET."""

    def process_response(self, request, response):
        if request.method == "HEAD" and self.needs_etag(response) and not response.has_header("ETag"):
            set_response_etag(response)
        return super().process_response(request, response)


class CompressionMiddleware(GZipMiddleware):
    """Django's compression, but for pictures, which are compressed already."""

    def process_response(self, request, response):
        if response.get("Content-Type", "").startswith("image/"):
            return response
        return super().process_response(request, response)


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
