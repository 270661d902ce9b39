"""Unsubscribing by one press in the mail program: RFC 8058.

The program of the reader, or of their provider, posts to our page by itself, from any origin and without a cookie.
"""

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError

FIELD, VALUE = "List-Unsubscribe", "One-Click"


def build_unsubscribe_headers(path: str, *other_urls: str) -> dict:
    """Return the headers with our page at `path`, and other ways such as a mailto URL (RFC 2369, section 3.2)."""
    urls = [f"{settings.SITE_URL}{path}", *other_urls]
    return {"List-Unsubscribe": ", ".join(f"<{url}>" for url in urls), "List-Unsubscribe-Post": f"{FIELD}={VALUE}"}


def read_posted_fields(request):
    """Return the fields of the form, or None if it can't be read: then it is not from our own pages."""
    try:
        return request.POST
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return None


def is_one_click(request) -> bool:
    """Return whether a mail program sent the form."""
    fields = read_posted_fields(request)
    return fields is None or fields.get(FIELD) == VALUE
