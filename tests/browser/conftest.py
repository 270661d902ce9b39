"""Chromium, the sample club as `make run` serves it, and pages whose user is signed in.

A tool that is missing skips the test with a message; in CI it fails the test.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.missing_tools import skip_unless_ci
from tests.serving import environment_in, fetch, serving

# Playwright runs an event loop in the main thread, where Django would refuse database queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ALL_TESTS = os.environ.get("ALL_TESTS", "") == "1"


@pytest.fixture(scope="session")
def browser_type_launch_args(playwright):
    """Use the distribution's Chromium, or else the one that `playwright install chromium` fetched."""
    path = shutil.which("chromium") or playwright.chromium.executable_path
    if not Path(path).exists():
        skip_unless_ci("No Chromium for the browser tests: apt install chromium, or playwright install chromium.")
    return {"executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def port(sample, tmp_path_factory):
    """The port of a server with the sample club."""
    folder = shutil.copytree(sample, tmp_path_factory.mktemp("club") / "data")
    with serving(environment_in(folder)) as port:
        yield port


@pytest.fixture(scope="session")
def sample_url(port):
    """The address of the sample club."""
    return f"http://localhost:{port}"


@pytest.fixture(scope="session")
def base_url():
    """None for pytest-playwright, which would ask for it in every test: `browser_context_args` sets it."""
    return


@pytest.fixture
def browser_context_args(browser_context_args, request):
    """Let relative addresses begin at the test's own server or at the sample club, whichever the test asks for."""
    if "live_server" in request.fixturenames:
        return browser_context_args | {"base_url": request.getfixturevalue("live_server").url}
    if "sample_url" in request.fixturenames:
        return browser_context_args | {"base_url": request.getfixturevalue("sample_url")}
    return browser_context_args


@pytest.fixture(scope="session")
def addresses(port):
    """The path of every public page of the sample club, of a filtered and an empty list, and of a missing page."""
    _, sitemap = fetch(port, "/sitemap.xml")
    listed = re.findall(r"<loc>http://[^/]+(/[^<]*)</loc>", sitemap.decode())
    assert {"/", "/write-ups/", "/meetups/", "/books/", "/quotes/"} <= set(listed)
    assert {fetch(port, address)[0].status for address in listed} == {200}
    return [*listed, "/write-ups/?year=1900", "/write-ups/?page=99", "/not/there/"]


@pytest.fixture
def log_in(live_server):
    """Return `log_in(page, member)`, which gives the page's browser a session made in the database."""

    def log_in(page, member):
        client = Client()
        client.force_login(member)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return log_in


@pytest.fixture
def organiser_page(page, log_in, olga):
    """`page`, signed in as the organiser Olga."""
    log_in(page, olga)
    return page


@pytest.fixture
def page_without_scripts(new_context):
    """A page of a browser with JavaScript switched off."""
    return new_context(java_script_enabled=False).new_page()


@pytest.fixture
def console_errors(page):
    """A list that fills with the errors and warnings of the page's console and the exceptions of its scripts."""
    messages = []
    page.on("console", lambda message: messages.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: messages.append(str(error)))
    return messages
