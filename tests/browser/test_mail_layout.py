"""Every kind of mail in a browser, and controls: each fault must be found in a mail that has it."""

import re

import pytest

from tests.browser.mail_layout import find_mail_faults
from tests.mail_samples import LONG, USUAL, write_every_mail

pytestmark = pytest.mark.browser
PAGE = "<!doctype html><style>{css}</style><body style='margin: 0; background: #fff; color: #000'>{body}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words", [pytest.param(USUAL, id="usual"), pytest.param(LONG, id="long", marks=pytest.mark.all_tests)]
)
def test_every_mail_can_be_read_and_pressed(page, words):
    found = {}
    for name, message in write_every_mail(words):
        for content, _ in message.alternatives:
            found[name] = find_mail_faults(page, content)

    assert len(found) > 50
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    ("css", "body", "fault"),
    [
        ("", f"<p>{'W' * 400}</p>", "320 px, light: scrolls sideways"),
        ("p { width: 900px; overflow: hidden; white-space: nowrap }", f"<p>{'word ' * 200}</p>", "cut: “word word"),
        (
            "",
            "<p>We all meet again on <time>Wednesday 13 February 2030</time></p>",
            "320 px, dark: split: “Wed",
        ),
        ("p { color: #888 }", "<p>Pale</p>", "light: contrast 3.54: “Pale”"),
        (
            "@media (prefers-color-scheme: dark) { p { color: #222; background: #000 } }",
            "<p>Dim</p>",
            "640 px, dark: contrast 1",
        ),
        ("p { font-size: 11px }", "<p>Tiny</p>", "small: “Tiny”"),
        ("", "<p><a class=button href=/>Press</a></p>", r"low, \d+ px: “Press”"),
        ("", "<p>Above<br><a href=/>Leave</a><br>below</p>", r"low, \d+ px: “Leave”"),
        ("", "<p>A picture <img src='http://localhost:1/a.png' alt='of us'></p>", "loads http://localhost:1/a.png"),
    ],
)
def test_fault_of_a_mail_is_found(page, css, body, fault):
    faults = find_mail_faults(page, PAGE.format(css=css, body=body))

    assert any(re.search(fault, each) for each in faults), faults


def test_date_with_no_break_spaces_and_a_link_within_a_sentence_are_no_faults(page):
    body = (
        "<p>We meet on <time>Wednesday\xa013\xa0February\xa02030, 7\xa0pm</time>. See <a href=/>the page</a> of it.</p>"
    )

    assert find_mail_faults(page, PAGE.format(css="", body=body)) == []
