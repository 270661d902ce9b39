"""Error pages that need no database, session, request or context processor, so that they work when those fail."""

import logging

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpResponse
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

# For each status: the title, and what to do next.
TEXTS = {
    400: (
        "That could not be read",
        "Nothing was changed. Go back, load the page again and send it once more.",
    ),
    403: (
        "This is not yours to open",
        "If you think that it should be, ask an organiser.",
    ),
    404: (
        "This page has fallen out",
        "The address may be old or mistyped.",
    ),
    405: (
        "This address can't be used like that",
        "Nothing was changed. Go back, and use the button or the form on the page.",
    ),
    408: (
        "That took too long to arrive",
        "Nothing was saved. Go back in your browser: what you typed is still there. Send it once more.",
    ),
    413: (
        "That is too much for one form",
        "Nothing was saved. Go back in your browser: what you typed or pasted is still there. Send it in two halves.",
    ),
    429: (
        "Too many tries",
        "Wait five minutes, then try again. Nothing else has happened.",
    ),
    500: (
        "Something went wrong on our side",
        "What you had saved before is safe. Try again in a minute.",
    ),
    503: (
        "We can't answer just now",
        "Nothing was saved. If you typed something, go back in your browser: it is still there.",
    ),
}
LAST_RESORT = "<!doctype html><html lang='en'><title>Something went wrong</title><h1>Something went wrong</h1>"


def render_error_page(status, title="", advice="", error_id="", retry_after_seconds=None, typed=()) -> HttpResponse:
    """Return the page for `status`, by default with the words of TEXTS; if even that fails, one line of HTML.

    `error_id` is a number to give when writing to us; the log has it too. `retry_after_seconds` is shown and sent as
    Retry-After. `typed` is [(name of a field, text)], shown so that it can be copied. Outside of Django's middleware the response needs `set_default_headers` as well.
    """
    usual_title, usual_advice = TEXTS[status]
    context = {
        "status": status,
        "title": title or usual_title,
        "advice": advice or usual_advice,
        "error_id": error_id,
        "typed": typed,
        "wait": format_wait(retry_after_seconds) if retry_after_seconds else "",
    }
    try:
        page = render_to_string("error.html", context)
    except Exception:
        logger.exception("The error page failed")
        page = LAST_RESORT
    response = HttpResponse(page, status=status)
    if retry_after_seconds:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def format_wait(seconds: int) -> str:
    """Return “30 seconds”, “a minute” or “5 minutes”, rounded up."""
    if seconds < 60:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def bad_request(request, exception):
    """The 400 page; for a form that is too large, the 413 page."""
    is_too_large = isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent))
    return render_error_page(413 if is_too_large else 400)


def server_error(request):
    return render_error_page(500)
