"""The Nu validator, of the version that bench/package.json pins, over every public page and the style sheet."""

import json
import shutil
import subprocess

import pytest

from bookclub.environment import BASE_DIR
from bookclub.models import OutgoingMail
from newsletter.delivery import send
from newsletter.drafting import draft_letter
from tests.browser.conftest import go_without
from tests.factories import make_book, make_meetup, make_member, make_quote, make_rsvp, make_venue, make_writeup
from tests.serving import fetch

pytestmark = pytest.mark.browser

JAR = BASE_DIR / "bench/node_modules/vnu-jar/build/dist/vnu.jar"
# For a Java that runs for a second: without what makes a long run faster, and with the stack that the validator wants.
BRIEFLY = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m"]
# Container queries, which every browser has known since 2023.
UNKNOWN_TO_IT = ["container-type", "@container"]


def errors(path, *options):
    """`file:line: message` for each error in a file, or in the files of a folder."""
    if not shutil.which("java"):
        go_without("No Java for the HTML validator: apt install default-jre-headless.")
    if not JAR.exists():
        go_without("No HTML validator: it takes npm (apt install npm), then make browser fetches it.")
    command = ["java", *BRIEFLY, "-jar", JAR, "--format", "json", "--stdout", "--exit-zero-always", *options, path]
    messages = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["messages"]
    return [
        f"{message.get('url', '').rpartition('/')[2]}:{message.get('lastLine')}: {message['message']}"
        for message in messages
        if message["type"] != "info"
    ]


def test_every_page_is_valid_html(port, addresses, tmp_path):
    for address in addresses:
        name = address.strip("/").replace("/", "_").replace("?", "_") or "home"
        (tmp_path / f"{name}.html").write_bytes(fetch(port, address)[1])

    assert errors(tmp_path) == []


@pytest.mark.django_db
def test_every_mail_is_valid_html(tmp_path):
    meetup = make_meetup(venue=make_venue(), book=make_book(), capacity=1)
    for member in (make_member(), make_member()):
        make_rsvp(meetup, member)
    letter, _ = draft_letter(make_writeup(book=make_quote().book, standfirst="Eight came."))
    sent = send(letter, None)
    mails = OutgoingMail.objects.exclude(html="").values_list("kind", "html")
    for number, (kind, html) in enumerate([*mails, ("letter", sent.frozen_html)]):
        (tmp_path / f"{kind}-{number}.html").write_text(html)

    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {"rsvp", "letter"}
    assert errors(tmp_path) == []


def test_the_style_sheets_are_valid_css(tmp_path):
    for name in ("site.css", "more.css"):
        shutil.copy(BASE_DIR / "static/css" / name, tmp_path)

    found = [
        error for error in errors(tmp_path, "--css", "--skip-non-css") if "more.css" in error or "site.css" in error
    ]
    assert [error for error in found if not any(word in error for word in UNKNOWN_TO_IT)] == []


def test_the_validator_sees_what_is_wrong(tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><html lang='en'><title>A page</title><p><img src=a.png>")

    assert ["alt" in error for error in errors(tmp_path)] == [True]
