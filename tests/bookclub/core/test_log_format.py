"""Log lines about requests and errors, and the secrets that they leave out."""

import subprocess
import sys

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.test import Client
from django.urls import include, path

from bookclub.core.log_format import mask_secrets
from bookclub.environment import BASE_DIR
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.urls(__name__)

TOKEN = "hRtzuNnFqXwSkLmPbVcDgJyKaEeUuIiOoQqWwErTyUi"


def fail(request, token):
    raise RuntimeError(f"Nobody has {token} at {request.path}, says {request.COOKIES.get('sessionid')}")


def refuse(request, token):
    raise PermissionDenied(f"Not with {token}")


def suspect(request, token):
    raise SuspiciousOperation("This is strange")


urlpatterns = [
    path("fails/<str:token>/", fail),
    path("refuses/<str:token>/", refuse),
    path("suspects/<str:token>/", suspect),
    path("", include("bookclub.urls")),
]
handler400, handler500 = "bookclub.error_pages.bad_request", "bookclub.error_pages.server_error"


@pytest.fixture
def client(client):
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("GET", "/no-such-page/", "WARNING django.request: Not Found: GET (unknown)"),
        ("GET", f"/newsletter/leave/{TOKEN}/more/", "WARNING django.request: Not Found: GET /newsletter/… (unknown)"),
        ("GET", f"/newsletter/leave/{TOKEN}/", "WARNING django.request: Not Found: GET /newsletter/leave/<str:token>/"),
        ("GET", f"/meetups/calendar/{TOKEN}.ics", "WARNING django.request: Not Found: GET /meetups/calendar/(?P<token>[\\w-]{43})\\.ics$"),
        ("PUT", f"/newsletter/confirm/{TOKEN}/", "WARNING django.request: Method Not Allowed: PUT /newsletter/confirm/<str:token>/"),
        ("POST", "/people/ada/", "WARNING django.request: Method Not Allowed (POST): POST /people/<slug:slug>/"),
        ("GET", f"/refuses/{TOKEN}/", "WARNING django.request: Forbidden (Permission denied): GET /refuses/<str:token>/"),
        ("GET", f"/suspects/{TOKEN}/", "ERROR django.security.SuspiciousOperation: This is strange (GET /suspects/<str:token>/)"),
        ("GET", "/books/no-such-book/?code=123456", "WARNING django.request: Not Found: GET /books/<slug:slug>/"),
    ],
)  # fmt: skip
def test_refused_request_is_one_line_with_its_route(client, db, log, method, path, line):
    response = client.generic(method, path)

    assert response.status_code in {400, 403, 404, 405}
    assert log.lines == [line]


def test_form_without_its_token_is_one_line(db, log):
    Client(enforce_csrf_checks=True).post("/accounts/logout/")

    assert log.lines == ["WARNING django.security.csrf: Forbidden (CSRF cookie not set.): POST /accounts/logout/"]


def test_path_of_the_referring_page_is_not_logged(db, log):
    referrer = "https://testserver.example/newsletter/leave/in-lower-case-only/"

    Client(enforce_csrf_checks=True).post(
        "/accounts/logout/", secure=True, headers={"Referer": referrer, "Cookie": "csrftoken=" + "a" * 32}
    )

    assert len(log.lines) == 1
    assert "Referer checking failed - https://testserver.example/*** does not match" in log.lines[0]
    assert "in-lower-case-only" not in log.text


def test_failure_is_logged_with_its_traceback_and_the_number_on_the_page(client, db, log):
    client.cookies["sessionid"] = "f" * 32

    response = client.get(f"/fails/{TOKEN}/")

    error_id = soup_of(response).main.strong.string
    assert response.status_code == 500
    assert f"give this number: {error_id}" in text_of(soup_of(response).main)
    assert log.lines[0].endswith(f"Internal Server Error: GET /fails/<str:token>/ [error {error_id}]")
    assert log.text.count("Traceback") == 1
    assert "RuntimeError: Nobody has *** at ***, says ***" in log.text
    assert TOKEN not in log.text


def test_each_failure_has_a_number_of_its_own(client, db):
    numbers = {soup_of(client.get(f"/fails/{TOKEN}/")).main.strong.string for _ in range(3)}

    assert len(numbers) == 3


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("redis://:correct-horse@cache:6379/0", "redis://***@cache:6379/0"),
        ("postmark://a-key@ or postgres://u:p%40ss@host/db", "postmark://***@ or postgres://***@host/db"),
        ("host=db user=club password=correct-horse dbname=club", "host=db user=club password=*** dbname=club"),
        ("password='correct horse' dbname=club", "password=*** dbname=club"),
        ("{'PASSWORD': 'correct horse', 'HOST': 'db'}", "{'PASSWORD': '***', 'HOST': 'db'}"),
        ("Authorization: Basic Y2x1YjpzZWNyZXQ=", "Authorization: ***"),
        ("{'Cookie': 'sessionid=abc'}", "{'Cookie': ***"),
        ("GET /accounts/google/login/callback/?code=4/abc&state=xyz HTTP/1.1", "GET /accounts/google/login/callback/?*** HTTP/1.1"),
        (f"at /newsletter/leave/{TOKEN}/", "at /newsletter/leave/***/"),
        (f"at /meetups/calendar/{TOKEN}.ics", "at /meetups/calendar/***.ics"),
        ("key 3f2a91c0bd443f2a91c0bd443f2a91c0", "key ***"),
        ("/accounts/password/reset/key/1-cq1lm5-3f2a91c0bd443f2a91c0bd443f2a91c0/", "/accounts/password/reset/key/***/"),
        ("owner=MQ:1wPqBc:1aB-2cD_3eF4gH5iJ6kL7mN8oP9qR0sT1uV2wX3yZ4a", "owner=***"),
        ("550 <nick.o'hara+x@example.org>: no such user", "550 <***@example.org>: no such user"),
        (
            'duplicate key\nDETAIL:  Key (calendar_token)=(abc) already exists.\n',
            'duplicate key\nDETAIL: ***\n',
        ),
        ("invalid input\nLINE 1: SELECT 'abc'\n               ^\nmore", "invalid input\nLINE 1: ***\nmore"),
    ],
)  # fmt: skip
def test_secret_is_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        '  File "/srv/bookclub/site/bookclub/core/middleware.py", line 33, in middleware',
        "django.core.exceptions.TooManyFieldsSent: too many",
        "newsletter.models.subscriber.SubscriberQuerySet: test_form_without_its_token_2_is_one_line",
        "Mail 12, 13: the server said: 450 4.2.1 try later",
        "GET /write-ups/what-eight-readers-made-of-smart-cities-in-2018/",
        "2026-11-29 13:40:44,034 Listening at: http://127.0.0.1:8000",
        "RequestDataTooBig, ResponsiveImageFieldDescriptor",
        "the pattern /newsletter/leave/<str:token>/",
    ],
)
def test_other_text_is_not_masked(text):
    assert mask_secrets(text) == text


def test_settings_that_are_secret_are_masked(settings):
    settings.EMAIL_HOST_PASSWORD = "correct horse"
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "club-1", "secret": "battery staple"}]}}
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "blue lamp 7", "MAILGUN_SENDER_DOMAIN": "mg.example.org"}

    masked = mask_secrets(f"correct horse, battery staple, blue lamp 7, mg.example.org, {settings.SECRET_KEY}")

    assert masked == "***, ***, ***, mg.example.org, ***"


# What granian does in each of its processes: it sets up its own logging, and then imports the application.
START = """
import logging, sys
from granian.log import configure_logging, LogLevels
configure_logging(LogLevels.info)
import bookclub.asgi
for name in ["_granian", "_granian.asgi", "django.server", "bookclub.mail.worker"]:
    logging.getLogger(name).error("At /newsletter/leave/%s/ by %s", sys.argv[1], "nick@example.org")
"""


def test_every_logger_of_a_web_server_masks_secrets():
    run = subprocess.run([sys.executable, "-c", START, TOKEN], cwd=BASE_DIR, capture_output=True, text=True, check=True)

    lines = [line.partition(" ERROR ")[2] for line in (run.stdout + run.stderr).splitlines() if " At " in line]
    names = ["_granian", "_granian.asgi", "django.server", "bookclub.mail.worker"]
    assert lines == [f"{name}: At /newsletter/leave/***/ by ***@example.org" for name in names]
