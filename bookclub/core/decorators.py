from functools import wraps

MAX_FILES_BYTES = 48 * 1024 * 1024  # a form with several pictures of at most 10 MiB, or a Word document of 20
SECRET_URL_HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def secret_url(view):
    """For views with a secret URL: set headers against caching, indexing and sending the URL as a referrer."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        for name, value in SECRET_URL_HEADERS.items():
            response[name] = value
        return response

    return wrapper


def accept_body(max_bytes):
    """For views whose forms may be larger than those around it: set the largest request body, files included.

    `bookclub.http.body_limits` has the limits of all other views.
    """

    def decorator(view):
        view.max_body_bytes = max_bytes
        return view

    return decorator
