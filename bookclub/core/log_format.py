"""Log lines without secrets: the route of a request instead of its path, and no tokens, passwords or addresses."""

import logging
import re
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, get_resolver, resolve

MASK = "***"
SECRET_NAMES = "password|passwd|passphrase|secret|token|api_key|sessionid|csrftoken|csrfmiddlewaretoken"  # noqa: S105
PATTERNS = [
    # User and password, or the key, in a URL.
    (re.compile(r"(?<=://)[^/\s@]+(?=@)"), MASK),
    (re.compile(rf"(?i)\b({SECRET_NAMES})=('[^']*'|\"[^\"]*\"|[^\s&,;)]+)"), rf"\1={MASK}"),
    (re.compile(rf"(?i)(['\"](?:{SECRET_NAMES})['\"]: ?)('[^']*'|\"[^\"]*\")"), rf"\1'{MASK}'"),
    (re.compile(r"(?i)\b(authorization|cookie|set-cookie|x-csrftoken)(['\"]?: ?)[^\r\n]+"), rf"\1\2{MASK}"),
    # What PostgreSQL quotes of a row or of a query.
    (re.compile(r"(?m)^(DETAIL|CONTEXT|STATEMENT|QUERY|LINE \d+):.*(\n +\^$)?"), rf"\1: {MASK}"),
    # The values in a query string.
    (re.compile(r"(?<=[\w/])\?(?=[\w.-]+=)[^\s'\"<>]+"), f"?{MASK}"),
    # What django.core.signing makes: a value, perhaps a time, and a signature of 256 bits.
    (re.compile(r"[\w.-]+(:\w{6})?:[\w-]{43}\b"), MASK),
    # Random tokens of 16 bytes and more: in Base64 with digits or as part of a path, and in hexadecimal.
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}(?![\w-])"), MASK),
    (re.compile(r"(?<=/)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}(?=[/.\s'\"]|$)"), MASK),
    (re.compile(r"\b(\w+-)*[0-9a-f]{32,}\b"), MASK),
    # The name in an e-mail address.
    (re.compile(r"[\w.+'-]+(?=@[\w-]+\.[\w.-]+)"), MASK),
]


class LogFormatter(logging.Formatter):
    """One line for a request that was refused or was not possible just now; a traceback only for a status 500.

    The line ends with the error id that the error page shows.
    """

    def format(self, record):
        line = logging.makeLogRecord(vars(record))
        if getattr(record, "status_code", 500) != 500:
            line.exc_info = line.exc_text = None
        request = getattr(record, "request", None)
        if not hasattr(request, "path_info"):  # such as the socket of Django's development server
            return mask_secrets(super().format(line))
        line.msg, line.args = describe_request(record), None
        return mask_secrets(mask_request(super().format(line), request))


def describe_request(record):
    """Return the message of a record about a request, with its method, its route and the error id."""
    request = record.request
    what = f"{request.method} {get_route(request)}"
    error_id = getattr(request, "error_id", "")
    suffix = f" [error {error_id}]" if error_id else ""
    if fault := getattr(request, "fault", ""):
        return f"Service Unavailable: {what}: {fault}{suffix}"
    is_named = isinstance(record.args, tuple) and record.args and record.args[-1] == escape_path(request.path)
    message = record.msg % (*record.args[:-1], what) if is_named else f"{record.getMessage()} ({what})"
    return message + suffix


def escape_path(path):
    """Return the path as Django's log_response() writes it."""
    return path.encode("unicode_escape").decode("ascii")


def get_route(request) -> str:
    """Return the pattern of the URL, which holds no secrets, such as “newsletter/leave/<str:token>/”."""
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        first = request.path_info.lstrip("/").partition("/")[0]
        return f"/{first}/… (unknown)" if first in get_first_segments() else "(unknown)"
    return f"/{match.route.replace('^', '')}"


def get_first_segments():
    return {first for entry in get_resolver().url_patterns for first in find_first_segments(entry)}


def find_first_segments(entry):
    first, slash, _ = str(entry.pattern).lstrip("^").partition("/")
    if slash:
        return {first}
    return {each for inner in getattr(entry, "url_patterns", ()) for each in find_first_segments(inner)}


def get_error_id(request) -> str:
    """Return the id of the request's error, which the error page shows and the log has, made at the first call."""
    if not getattr(request, "error_id", ""):
        request.error_id = secrets.token_hex(4)
    return request.error_id


def mask_request(text, request):
    """Replace the path, that of the referring page, the values of cookies and URL parameters, where these are long."""
    match = request.resolver_match
    values = [*request.COOKIES.values(), request.headers.get("Referer", "").partition("://")[2].partition("/")[2]]
    if request.path != get_route(request):
        values.append(request.path)
    values += [value for value in (match.kwargs.values() if match else ()) if isinstance(value, str)]
    return replace_all(text, [value for value in values if len(value) >= 16])


def mask_secrets(text: str) -> str:
    """Replace what must not be in a log: passwords, keys, tokens, and the names in e-mail addresses."""
    text = replace_all(text, get_secret_settings())
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def get_secret_settings() -> list[str]:
    """Return the values of settings that are secret and long enough to be no word of a log."""
    database, cache = settings.DATABASES["default"], settings.CACHES["default"]
    values = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS, database.get("PASSWORD")]
    values.append(settings.EMAIL_HOST_PASSWORD)
    values += [value for name, value in settings.ANYMAIL.items() if re.search("KEY|SECRET|TOKEN", name)]
    locations = cache.get("LOCATION", "")
    values += [urlsplit(url).password for url in ([locations] if isinstance(locations, str) else locations)]
    for provider in getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}).values():
        values += [app["secret"] for app in provider["APPS"]]
    return [value for value in values if isinstance(value, str) and len(value) >= 8]


def replace_all(text, values):
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
