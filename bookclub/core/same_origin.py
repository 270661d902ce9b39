"""Cross-site request protection for forms without a CSRF token, and the client's IP address."""

from functools import wraps

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the browser says, by Sec-Fetch-Site or Origin, that a page of this site sent the request.

    No script can set these headers. A request with neither counts as cross-site.
    """
    fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if fetch_site not in (None, "same-origin"):
        return False
    is_ours = origin in {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return is_ours or (fetch_site is not None and origin in (None, "null"))


def same_origin_post(view):
    """Accept only same-origin POSTs. Replaces Django's CSRF token, so that cached pages are the same for all visitors.

    Cross-site POSTs get a 403, other methods a 405.
    """

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if not is_same_origin(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return csrf_exempt(require_POST(wrapper))


def redirect_get_to(name):
    """Redirect GET requests to the URL `name` with the same arguments. Place it outside `same_origin_post`.

    For the URL of a form, which stays in the browser's address bar after an error.
    """

    def decorate(view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            if request.method in {"GET", "HEAD"}:
                return redirect(name, *args, **kwargs)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def get_client_ip(request: HttpRequest) -> str:
    """Return the client's IP address, behind TRUSTED_PROXY_COUNT proxies. Never store it.

    Raises PermissionDenied if it can't be determined.
    """
    return get_adapter().get_client_ip(request)
