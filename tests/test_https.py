"""The headers of all statuses as a site with https sends them, from the web server itself."""

import http.client
import socket
import sqlite3
import struct
import time
from urllib.parse import urlencode

import pytest

from tests.serving import environment_in, serving

pytestmark = pytest.mark.all_tests
HOST = "club.example.org"
SETTINGS = {"SITE_URL": f"https://{HOST}", "ALLOWED_HOSTS": f"{HOST},localhost", "TRUSTED_PROXY_COUNT": "1"}
OURS = {"Origin": f"https://{HOST}", "Content-Type": "application/x-www-form-urlencoded"}
SUBSCRIBE = "/newsletter/subscription/"


@pytest.fixture(scope="module")
def site(sample, tmp_path_factory):
    """(port, folder) of the sample club behind a proxy with https. Its log must hold neither secrets nor tracebacks."""
    folder = tmp_path_factory.mktemp("https") / "data"
    with sqlite3.connect(sample / "db.sqlite3") as source:
        folder.mkdir()
        with sqlite3.connect(folder / "db.sqlite3") as copy:
            source.backup(copy)
    copy.close()
    source.close()
    for name in ("media", "static"):
        (folder / name).symlink_to(sample / name)
    with serving(environment_in(folder, **SETTINGS)) as port:
        yield port, folder


def send(site, method, path, body=None, headers=(), *, scheme="https", host=HOST, ip="192.0.2.7"):
    connection = http.client.HTTPConnection("localhost", int(site[0]), timeout=30)
    proxied = {"Host": host, "X-Forwarded-Proto": scheme, "X-Forwarded-For": ip}
    connection.request(method, path, body=body, headers=proxied | dict(headers))
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def find_file(site, pattern):
    folder = site[1].resolve()
    path = next(folder.glob(pattern))
    return f"/{path.relative_to(folder)}"


def send_not_modified(site):
    return send(site, "GET", "/", headers={"If-None-Match": send(site, "GET", "/").headers["ETag"]})


def send_too_often(site):
    for _ in range(11):
        response = send(site, "POST", SUBSCRIBE, urlencode({"email": ""}), OURS, ip="198.51.100.7")
    return response


def find_secret_path(site, email):
    """Subscribe and return the path of the link with which one leaves."""
    assert send(site, "POST", SUBSCRIBE, urlencode({"email": email}), OURS, ip="203.0.113.7").status == 302
    database = sqlite3.connect(site[1] / "db.sqlite3")
    query = "SELECT token FROM newsletter_subscriber WHERE email = ?"
    token = database.execute(query, [email]).fetchone()[0]
    database.close()
    return f"/newsletter/leave/{token}/"


def send_wrong_method(site):
    return send(site, "PUT", find_secret_path(site, "ann.adams@example.org"))


def send_while_locked(site):
    path = find_secret_path(site, "bob.brown@example.org")
    other = sqlite3.connect(site[1] / "db.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        return send(site, "POST", path, "", OURS)
    finally:
        other.close()


RESPONSES = {
    "a page": (200, lambda site: send(site, "GET", "/")),
    "a form": (200, lambda site: send(site, "GET", "/accounts/login/")),
    "a style sheet": (200, lambda site: send(site, "GET", find_file(site, "static/css/site.*.css"))),
    "a picture": (200, lambda site: send(site, "GET", find_file(site, "media/photos/*.webp"))),
    "another address": (301, lambda site: send(site, "GET", "/write-ups")),
    "the way to sign in": (302, lambda site: send(site, "GET", "/admin/")),
    "nothing new": (304, send_not_modified),
    "a host that is not ours": (400, lambda site: send(site, "GET", "/", host="evil.example")),
    "a form without its token": (403, lambda site: send(site, "POST", "/accounts/logout/", "", OURS)),
    "nothing there": (404, lambda site: send(site, "GET", "/no-such-page/")),
    "no such style sheet": (404, lambda site: send(site, "GET", "/static/no.css")),
    "another method": (405, send_wrong_method),
    "too large": (413, lambda site: send(site, "POST", SUBSCRIBE, "email=" + "a" * 100_000, OURS)),
    "too often": (429, send_too_often),
    "a locked database": (503, send_while_locked),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_every_status_has_the_same_headers(site, name):
    status, make = RESPONSES[name]

    response = make(site)

    headers = response.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert response.status == status
    assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == ("no-referrer" if name == "another method" else "same-origin")
    assert headers["Permissions-Policy"].startswith("camera=()")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"] or status < 500
    assert ("Retry-After" in headers) is (status in {429, 503})


def test_redirect_to_https_has_all_headers_but_that_of_https(site):
    response = send(site, "GET", "/", scheme="http")

    assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/")
    assert response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in response.headers


def test_clients_that_disconnect_leave_no_traceback(site):
    """`site` fails for a traceback in the log."""
    form = f"POST {SUBSCRIBE} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\nemail=".encode()
    page = f"GET /write-ups/ HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n\r\n".encode()
    for data in (b"GET / HT", form, page, b"\x16\x03\x01 TLS on http", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
        for reset in (False, True):
            client = socket.create_connection(("localhost", int(site[0])))
            if reset:  # close with RST instead of FIN
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(data)
            time.sleep(0.05)
            client.close()

    assert send(site, "GET", "/healthz").status == 200
