import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.test_settings import start

FAIL = """
import logging, django
django.setup()
from django.test import Client
import bookclub.urls
from django.urls import path
from bookclub.core.middleware import without_club
@without_club
def fail(request, token):
    seat = "in-a-variable-77"
    raise ValueError(f"no row for {token} of ann@example.org")
bookclub.urls.urlpatterns.append(path("newsletter/fail/<str:token>/", fail))
client = Client(raise_request_exception=False, headers={"cookie": "sessionid=in-the-cookie-77"})
client.get("/newsletter/fail/Zx9yTokenTokenToken77aB/?q=in-the-query-77")
import sentry_sdk
sentry_sdk.flush(10)
"""


@pytest.fixture
def sentry_server():
    """A server that keeps the bodies of what is sent to it; yields (DSN, bodies)."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append((gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", bodies
        server.shutdown()


@pytest.mark.all_tests
def test_report_says_what_failed_and_nothing_about_people(sentry_server):
    dsn, bodies = sentry_server

    process = start("-c", FAIL, SENTRY_DSN=dsn, DATABASE_URL="sqlite://:memory:", ALLOWED_HOSTS="testserver")

    everything = "\n".join(bodies)
    reports = [json.loads(line) for body in bodies for line in body.splitlines() if '"ValueError"' in line]
    assert reports, process.stderr
    failure = reports[0]["exception"]["values"][-1]
    assert failure["type"] == "ValueError"
    assert failure["value"] == "no row for *** of ***@example.org"
    assert failure["stacktrace"]["frames"][-1]["function"] == "fail"
    for secret in ("ann@", "Zx9yToken", "in-a-variable-77", "in-the-cookie-77", "in-the-query-77"):
        assert secret not in everything
    assert not set(reports[0]) & {"request", "user", "breadcrumbs", "server_name", "extra", "contexts", "modules"}
