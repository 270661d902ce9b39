"""Answers to requests that are refused before Django's middleware and views see them."""

import logging

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from bookclub.core.database.errors import describe_database_error
from bookclub.core.log_format import escape_path
from bookclub.core.middleware import set_default_headers
from bookclub.core.same_origin import is_same_origin
from bookclub.error_pages import render_error_page

request_logger = logging.getLogger("django.request")

# Parts of the names of fields that are not shown again.
NOT_SHOWN = ("csrf", "password", "token", "code", "key")
RETRY_SECONDS = 5
NO_QUERY = {"query_string": b""}  # Django can't read one that is not UTF-8


def refuse_large_body(scope, received):
    """The 413 page, with what was typed in the part of the form that has arrived."""
    return refuse(scope, received, 413)


def refuse_slow_body(scope, received):
    """The 408 page, with what was typed in the part of the form that has arrived."""
    return refuse(scope, received, 408)


def refuse_too_many(scope):
    """The 503 page for too many forms at the same time."""
    advice = "Too many people send something just now. Nothing was saved. Go back: what you typed is still there."
    page = render_error_page(503, advice=advice, retry_after_seconds=RETRY_SECONDS)
    return finish(scope, page, "Too many forms at the same time.")


def refuse_malformed(scope):
    """The 400 page for a query that Django can't read and has logged."""
    request = ASGIRequest(scope | NO_QUERY, None)
    return set_default_headers(render_error_page(400), is_secure=request.is_secure(), is_private=True)


def refuse_unreadable(scope, error):
    """The 503 page for a body that can't be stored or judged just now: a full disk, a database that is away."""
    page = render_error_page(503, retry_after_seconds=RETRY_SECONDS)
    return finish(scope, page, describe_database_error(error))


def refuse(scope, received, status):
    with received:
        return finish(scope, render_error_page(status, typed=read_typed_text(scope, received)))


def finish(scope, response, fault=""):
    """Set the headers that Django's middleware would set, and log the refusal as Django does."""
    request = ASGIRequest(scope | NO_QUERY, None)
    request.fault = fault
    extra = {"status_code": response.status_code, "request": request}
    request_logger.warning("%s: %s", response.reason_phrase, escape_path(request.path), extra=extra)
    return set_default_headers(response, is_secure=request.is_secure(), is_private=True)


def read_typed_text(scope, received):
    """Return [(name, text)] of the fields with prose, the longest first; empty for forms of other sites.

    `received` may end anywhere. Single words, such as a choice or a number, are left out.
    """
    size = len(received.read())
    received.seek(0)
    headers = [header for header in scope["headers"] if header[0] != b"content-length"]
    request = ASGIRequest(scope | NO_QUERY | {"headers": [*headers, (b"content-length", str(size).encode())]}, received)
    try:
        if not is_same_origin(request):
            return []
        fields = [(name, text) for name, texts in request.POST.lists() for text in texts if is_prose(name, text)]
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return []
    return sorted(fields, key=lambda field: len(field[1]), reverse=True)


def is_prose(name, text):
    is_secret = name.startswith("_") or any(part in name.lower() for part in NOT_SHOWN)
    return not is_secret and len(text.split()) > 1
