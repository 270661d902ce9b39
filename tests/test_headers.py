"""The headers of every response, also of errors."""

import pytest
from django.test import Client
from django.urls import include, path

from bookclub.core import middleware
from tests.factories import make_author, make_picture_file, make_writeup

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def fail(request):
    raise RuntimeError("A view that fails")


urlpatterns = [path("fails/", fail), path("", include("bookclub.urls"))]
handler500 = "bookclub.error_pages.server_error"


@pytest.fixture(autouse=True)
def files(settings):
    """Static files straight from where they lie."""
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True


def page(client):
    return client.get(make_writeup().get_absolute_url())


def not_modified(client):
    return client.get("/", headers={"If-None-Match": client.get("/").headers["ETag"]})


def foreign_host(client):
    return client.get("/", headers={"Host": "evil.example"})


def without_token(client):
    return Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "nick@example.org"})


def without_permission(client):
    return Client(enforce_csrf_checks=True).post("/accounts/logout/", headers={"Origin": "https://evil.example"})


def too_large(client):
    return client.post("/accounts/login/", {"login": "a" * (5 * 1024 * 1024)})


def failing(client):
    client.raise_request_exception = False
    return client.get("/fails/")


def picture(client):
    return client.get(make_author(photo=make_picture_file()).photo.url)


RESPONSES = {
    "a page": (page, 200),
    "a form": (lambda client: client.get("/accounts/signup/"), 200),
    "a form with passkeys": (lambda client: client.get("/accounts/login/"), 200),
    "a static file": (lambda client: client.get("/static/css/site.css"), 200),
    "a picture": (picture, 200),
    "a map": (lambda client: client.get("/sitemap.xml"), 200),
    "a head": (lambda client: client.head("/"), 200),
    "another address": (lambda client: client.get("/write-ups"), 301),
    "the way to sign in": (lambda client: client.get("/admin/"), 302),
    "nothing new": (not_modified, 304),
    "a host that is not ours": (foreign_host, 400),
    "a body that is too large": (too_large, 400),
    "a form without its token": (without_token, 403),
    "a form from elsewhere": (without_permission, 403),
    "nothing there": (lambda client: client.get("/no-such-page/"), 404),
    "no such picture": (lambda client: client.get("/media/photos/no.webp"), 404),
    "no such static file": (lambda client: client.get("/static/no.css"), 404),
    "another method": (lambda client: client.post("/"), 405),
    "a method nobody knows": (lambda client: client.generic("TRACE", "/"), 405),
    "a view that fails": (failing, 500),
}


def directives(response):
    """The Content-Security-Policy as a dictionary."""
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";") if part.strip())
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("name", RESPONSES)
def test_every_response_has_security_headers(client, name):
    make, status = RESPONSES[name]

    response = make(client)
    if response.streaming:
        b"".join(response)

    policy = directives(response)
    assert response.status_code == status
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert {source for sources in policy.values() for source in sources} == {"'none'", "'self'"}
    assert ("script-src" in policy) is (name in {"the way to sign in", "a form with passkeys"})
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Permissions-Policy"] == middleware.PERMISSIONS_POLICY
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cache-Control"]


def test_admin_csp_allows_own_scripts_only(client, olga):
    client.force_login(olga)

    policy = directives(client.get("/admin/"))

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert "'unsafe-inline'" not in {source for sources in policy.values() for source in sources}


def test_bad_request_is_not_echoed(client):
    response = client.get("/<script>alert(1)</script>", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert b"evil" not in response.content
    assert b"alert" not in response.content


def test_error_sets_no_cookie(client):
    for make, _status in (RESPONSES["nothing there"], RESPONSES["a view that fails"]):
        assert dict(make(client).cookies) == {}
