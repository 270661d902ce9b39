"""Every public page, mail and style sheet by the HTML validator."""

import shutil

import pytest

from bookclub.environment import BASE_DIR
from bookclub.mail.models import OutgoingMail
from newsletter.delivery import send_issue
from newsletter.drafts import draft_issue
from tests.browser.html_validator import find_errors
from tests.factories import make_book, make_meetup, make_member, make_quote, make_rsvp, make_venue, make_writeup
from tests.serving import fetch

pytestmark = pytest.mark.browser

# Container queries, which every browser has known since 2023; what marks the part that is read where a
# browser knows it, and changes nothing elsewhere.
UNKNOWN_TO_VALIDATOR = [
    "container-type",
    "@container",
    ":target-current",
    "scroll-target-group",
    "animation-timeline",
    "animation-range",
]


@pytest.mark.django_db
def test_pages_mails_and_style_sheets_are_valid(port, addresses, tmp_path):
    """One run of the validator for all of them, and for a page whose error it must report: Java starts slowly."""
    write_pages(tmp_path, port, addresses)
    write_mails(tmp_path)
    for name in ("site.css", "forms.css"):
        shutil.copy(BASE_DIR / "static/css" / name, tmp_path)
    (tmp_path / "control.html").write_text("<!doctype html><html lang='en'><title>A page</title><p><img src=a.png>")

    errors = find_errors(tmp_path, "--also-check-css")

    controls = [error for error in errors if error.startswith("control.html")]
    assert ["alt" in error for error in controls] == [True]
    known = [error for error in errors if any(word in error for word in UNKNOWN_TO_VALIDATOR)]
    assert [error for error in errors if error not in controls + known] == []


def write_pages(folder, port, addresses):
    for address in addresses:
        name = address.strip("/").replace("/", "_").replace("?", "_") or "home"
        (folder / f"{name}.html").write_bytes(fetch(port, address)[1])


def write_mails(folder):
    meetup = make_meetup(venue=make_venue(), book=make_book(), capacity=1)
    for member in (make_member(), make_member()):
        make_rsvp(meetup, member)
    letter, _ = draft_issue(make_writeup(book=make_quote().book, standfirst="Eight came."))
    sent = send_issue(letter, None)
    mails = OutgoingMail.objects.exclude(html="").values_list("kind", "html")
    assert {kind.partition("-")[0] for kind, _ in mails} == {"rsvp"}
    for number, (kind, html) in enumerate([*mails, ("letter", sent.frozen_html)]):
        (folder / f"{kind}-{number}.html").write_text(html)
