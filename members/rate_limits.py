"""Limits on tries from one network, an IPv4 address or an IPv6 /64; ACCOUNT_RATE_LIMITS holds the numbers.

allauth's own views refuse by its `rate_limit`; here is what they leave out. Every try counts, so that the answer is the
same for known and unknown addresses and for right and wrong codes.
"""

from functools import wraps

from allauth.core.ratelimit import consume, respond_429
from django.http import HttpResponse

LONG_WAITS = {"guess_code_often": 15 * 60, "export_data": 5 * 60}  # seconds; for other actions one minute


def limit_network(*actions):
    """Answer POSTs above one of the limits with the 429 page. Place it outside the view's own checks."""

    def decorate(view):
        @wraps(view)
        def limited_view(request, *args, **kwargs):
            return refuse_excess(request, *actions) or view(request, *args, **kwargs)

        return limited_view

    return decorate


def refuse_excess(request, *actions, **whose) -> HttpResponse | None:
    """Count the request if it is a POST. Return the 429 page if it is above one of the limits."""
    for action in actions if request.method == "POST" else ():
        if not consume(request, action=action, **whose):
            request.retry_after_seconds = LONG_WAITS.get(action, 60)
            return respond_429(request)
    return None
