from django.conf import settings

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
