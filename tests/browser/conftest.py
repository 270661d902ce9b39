"""A Chromium, and the sample club as `make run` serves it: what is not here is said loudly, and in CI it is an error."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.serving import environment_in, fetch, serving

# Playwright keeps an event loop in the main thread, where Django would refuse to ask its database.
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
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def go_without(reason):
    """Skips the test on a laptop; in CI, where nothing may be left out, fails it."""
    (pytest.fail if IN_CI else pytest.skip)(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(playwright):
    """The distribution's Chromium, or else the one that `playwright install chromium` fetched."""
    path = shutil.which("chromium") or playwright.chromium.executable_path
    if not Path(path).exists():
        go_without("No Chromium for the browser tests: apt install chromium, or playwright install chromium.")
    return {"executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def port(sample, tmp_path_factory):
    folder = shutil.copytree(sample, tmp_path_factory.mktemp("club") / "data")
    with serving(environment_in(folder)) as port:
        yield port


@pytest.fixture(scope="session")
def base_url(port):
    """What `page.goto("/books/")` begins at."""
    return f"http://localhost:{port}"


@pytest.fixture(scope="session")
def addresses(port):
    """Every public page: what the sitemap lists, a filtered and an empty list, and what is not there."""
    _, sitemap = fetch(port, "/sitemap.xml")
    listed = re.findall(r"<loc>http://[^/]+(/[^<]*)</loc>", sitemap.decode())
    assert {"/", "/write-ups/", "/meetups/", "/books/", "/quotes/"} <= set(listed)
    assert {fetch(port, address)[0].status for address in listed} == {200}
    return [*listed, "/write-ups/?year=1900", "/write-ups/?page=99", "/not/there/"]


@pytest.fixture(scope="session")
def kinds(addresses):
    """The same without the many quotes' pages: the first three stand for the rest, which differ in their words alone."""
    quotes = [address for address in addresses if re.fullmatch(r"/quotes/\d+/", address)]
    return [address for address in addresses if address not in quotes[3:]]
