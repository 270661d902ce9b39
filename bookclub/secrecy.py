"""Addresses that are keys: kept by no cache and no index, told to no site that the page links to."""

from functools import wraps

SECRET = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def kept_secret(view):
    @wraps(view)
    def secret_view(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        for name, value in SECRET.items():
            response[name] = value
        return response

    return secret_view
