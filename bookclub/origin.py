"""Whether a form was sent from a page of this very site, by the browser's own word."""

from django.conf import settings
from django.http import HttpRequest


def came_from_here(request: HttpRequest) -> bool:
    """Browsers say in headers that no script can set where a form was sent from; without a word it is foreign."""
    said, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if said not in (None, "same-origin"):
        return False
    is_ours = origin in {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return is_ours or (said is not None and origin in (None, "null"))
