"""Error pages that need no database, session, request or context processor, so that they work when those fail."""

import logging
import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpResponse, UnreadablePostError
from django.template.loader import render_to_string

from bookclub.core.cache import CacheUnavailable
from bookclub.core.database.errors import describe_database_error, find_fault
from bookclub.core.log_format import escape_path, get_error_id
from bookclub.core.middleware import set_default_headers

logger = logging.getLogger(__name__)
request_logger = logging.getLogger("django.request")

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
        "There were too many tries from your network, perhaps by several of you on one Wi-Fi. Nothing was changed.",
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
PERHAPS_SAVED = "What you sent may be saved or not: look before you send it again."
CACHE_UNAVAILABLE = "That has to wait a minute"
WHY_UNAVAILABLE = """Codes and passwords can't be checked just now, and new addresses get no mail. Nothing was saved.
Everything else works as usual."""
LAST_RESORT = "<!doctype html><html lang='en'><title>Something went wrong</title><h1>Something went wrong</h1>"


def render_error_page(status, title="", advice="", error_id="", retry_after_seconds=None, typed=()) -> HttpResponse:
    """Return the page for `status`, by default with the words of TEXTS; if even that fails, one line of HTML.

    `error_id` is a number to give when writing to us; the log has it too. `retry_after_seconds` is shown and sent as
    Retry-After. `typed` is [(name of a field, text)], shown so that it can be copied. Outside of Django's middleware
    the response needs `set_default_headers` as well.
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
    """The 400 page; the 413 page for a form that is too large, the 503 page for a fault of the database."""
    if find_fault(exception):
        return unavailable(request, exception)
    is_too_large = isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent))
    return render_error_page(413 if is_too_large else 400)


def too_many_requests(request):
    """The 429 page; most limits are for one minute."""
    return render_error_page(429, retry_after_seconds=getattr(request, "retry_after_seconds", 60))


def server_error(request):
    """The 500 page; the 503 page for a fault of the database or of the disk, and 400 for a connection that broke."""
    exception = sys.exc_info()[1]
    if find_fault(exception):
        return unavailable(request, exception)
    if isinstance(exception, UnreadablePostError):
        return render_error_page(400)
    return render_error_page(500, error_id=get_error_id(request))


def stream_error(request, exception):
    """The page in place of a stream that failed before a part of it was sent. For an `except` clause."""
    response = server_error(request)
    request_logger.error(
        "%s: %s",
        response.reason_phrase,
        escape_path(request.path),
        extra={"status_code": response.status_code, "request": request},
        exc_info=exception,
    )
    return set_default_headers(response, is_secure=request.is_secure(), is_private=True)


def unavailable(request, exception):
    """The 503 page; `bookclub.core.log_format` logs the fault in one line."""
    request.fault = describe_database_error(exception)
    return render_error_page(
        503,
        advice=PERHAPS_SAVED if getattr(request, "is_perhaps_saved", False) else "",
        error_id=get_error_id(request),
        retry_after_seconds=find_fault(exception).retry_after_seconds,
    )


def error_page_middleware(get_response):
    """Innermost middleware: give a refused method a page, and note when a view has finished.

    If a fault follows, as while the session is stored, what the view did may be saved.
    """

    def middleware(request):
        response = get_response(request)
        request.is_perhaps_saved = request.method not in {"GET", "HEAD", "OPTIONS"}
        if response.status_code == 405 and not response.streaming and not response.content:
            response.content = render_error_page(405).content
        return response

    return middleware


class CacheUnavailableMiddleware:
    """Answer 503 where a view needs the cache, which counts attempts, and can't use it.

    Faults of the database that holds the cache are left to `unavailable`.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, CacheUnavailable) or find_fault(exception):
            return None
        reason = str(exception).partition("\n")[0]
        request.fault = f"The cache can't be used. ({reason})"  # for the log
        return render_error_page(503, CACHE_UNAVAILABLE, WHY_UNAVAILABLE, retry_after_seconds=60)
