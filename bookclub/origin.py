"""Whether a form was sent from a page of this very site, by the browser's own word; and by whom, as far as we know."""

from functools import wraps

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


def came_from_here(request: HttpRequest) -> bool:
    """Browsers say in headers that no script can set where a form was sent from; without a word it is foreign."""
    said, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if said not in (None, "same-origin"):
        return False
    is_ours = origin in {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return is_ours or (said is not None and origin in (None, "null"))


def same_origin_post(view):
    """For forms on pages that visitors see: they carry no token, so that a page is the same for everybody.

    A page of another site, and a program that does not say where it comes from, get a 403; a GET a 405.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not came_from_here(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return csrf_exempt(require_POST(guarded))


def led_to(name):
    """Whoever opens the address of a form, as it stands in a browser after a slip, comes to the page `name`, with the
    same arguments. Goes around `same_origin_post`.
    """

    def decorate(view):
        @wraps(view)
        def led(request, *args, **kwargs):
            if request.method in {"GET", "HEAD"}:
                return redirect(name, *args, **kwargs)
            return view(request, *args, **kwargs)

        return led

    return decorate


def address_of(request: HttpRequest) -> str:
    """The client's IP address, as far as TRUSTED_PROXY_COUNT lets anybody say. Never stored.

    Raises PermissionDenied where there is none.
    """
    return get_adapter().get_client_ip(request)
