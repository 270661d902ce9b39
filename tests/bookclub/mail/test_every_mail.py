"""Lines, headers, reason and dates of every kind of mail, with usual and with long and hostile words."""

import email
import re
from email import policy
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings

from bookclub.mail.labels import LABELS
from bookclub.mail.messages import MAX_HEADER_LINE_LENGTH, MAX_LINE_LENGTH, Message
from tests.mail_samples import LONG, USUAL, write_every_mail

KINDS_OF_TEMPLATES = {"issue": {"letter"}, "notice": set(), "reminder": {"reminder-day", "reminder-week"}}
# Mails whose first words say why they come, and that are only text.
WITHOUT_REASON = {"self-test"}


@cache
def build_mails(words):
    """Return [(name, EmailMessage, bytes)] of all mails with these words; the first test that asks writes them."""
    return [(name, message, message.message().as_bytes(linesep="\r\n")) for name, message in write_every_mail(words)]


@pytest.fixture(params=[USUAL, LONG], ids=["usual", "long"])
def sent_mails(request, db):
    return build_mails(request.param)


@pytest.fixture
def mails(db):
    """{name: EmailMessage} of all mails with usual words."""
    return {name: message for name, message, _ in build_mails(USUAL)}


def test_every_kind_and_every_template_has_a_sample(mails):
    kinds = {name.split()[0] for name in mails}
    templates = Path(settings.BASE_DIR, "templates").glob("*/email/[!_]*.html")
    names = {path.stem for path in templates} - {"base"}

    assert kinds == set(LABELS)
    wanted = set().union(*(KINDS_OF_TEMPLATES.get(name, {name.replace("_", "-")}) for name in names))
    assert wanted - kinds == set()


def test_no_line_is_too_long(sent_mails):
    for name, _, raw in sent_mails:
        assert max(map(len, raw.split(b"\r\n"))) <= MAX_LINE_LENGTH, name


def test_headers_are_folded_before_words_that_do_not_fit(sent_mails):
    for name, _, raw in sent_mails:
        for field in re.split(rb"\r\n(?![ \t])", raw.partition(b"\r\n\r\n")[0]):
            first, *others = field.split(b"\r\n")
            assert re.match(rb"[A-Za-z-]+: \S", first), name
            for line in (first.partition(b": ")[2], *others):
                assert len(line) <= MAX_HEADER_LINE_LENGTH or b" " not in line.strip(), name
            assert len(first) <= MAX_HEADER_LINE_LENGTH or b" " not in first.partition(b": ")[2], name
        assert max(map(len, re.findall(rb"(?m)^Content-[^\r]*", raw))) <= MAX_HEADER_LINE_LENGTH, name


def test_mail_arrives_as_written(sent_mails):
    for name, message, raw in sent_mails:
        parsed = email.message_from_bytes(raw, policy=policy.default)
        assert not parsed.defects
        assert str(parsed["Subject"]) == message.subject, name
        assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == message.body, name
        for content, _ in message.alternatives:
            assert parsed.get_body(("html",)).get_content().replace("\r\n", "\n") == content, name


def test_every_mail_tells_why_it_comes(sent_mails):
    for name, message, _ in sent_mails:
        if name.split()[0] not in WITHOUT_REASON:
            assert re.search(r"\n-- \nYou get this .*(because|at most once an hour)", message.body), name


def test_reason_tells_who_was_put_on_a_list_by_an_organiser(mails):
    texts = {name: message.body for name, message in mails.items()}

    assert "because you asked for a seat" in texts["rsvp-going"]
    assert "because an organiser put you on the list" in texts["rsvp-going 2"]
    assert "because an organiser put you on the list" in texts["meetup-changed"]
    assert "because you asked for its letter" in texts["letter"]
    assert "because an organiser put you on its list" in texts["letter 2"]
    assert "because you asked for a note when a date is set" in texts["letter 3"]
    assert "because an organiser sends you this test" in texts["letter-test"]
    assert "because you had a seat at this meetup" in texts["writeup-out"]
    assert "because you were at this meetup" in texts["writeup-out 2"]


def test_dates_have_no_break_spaces_only_in_html(mails):
    message = mails["rsvp-going"]

    soup = BeautifulSoup(message.alternatives[0].content, "html.parser")

    date, _, times = soup.time.text.partition(", ")
    assert (date, times) == (
        "Wednesday\xa013\xa0February\xa02030",
        "7\xa0pm to\xa09.30\xa0pm, London\xa0time".replace("pm to", "pm\xa0to"),
    )
    assert "Wednesday 13 February 2030, 7 pm to 9.30 pm, London time" in message.body
    assert "\xa0" not in message.body + message.subject


def test_typed_dates_stay_to_the_letter(mails):
    message = mails["letter"]

    soup = BeautifulSoup(message.alternatives[0].content, "html.parser")

    assert [(each.text, each["style"]) for each in soup.h1.select(".date")] == [
        ("13 February 2030", "white-space: nowrap;")
    ]
    assert soup.h1.text == USUAL.subject


def test_address_of_two_lines_is_joined_with_a_comma(mails):
    texts = {name: message.body for name, message in mails.items()}

    assert "\nThe Boot, Southwark, 10 Redcross Way, London SE1 9HG\n" in texts["rsvp-going"]


def test_line_with_other_line_separators_is_encoded(mailoutbox):
    """Django counts the characters between U+2028, and would send a line of 1,800 bytes."""
    text = "é\u2028" * 400 + "\n"

    raw = Message("Subject", text, "club@example.org", ["bob@example.org"]).message().as_bytes()

    assert max(map(len, raw.splitlines())) <= MAX_LINE_LENGTH
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert parsed.get_content() == text


@pytest.mark.parametrize(
    "subject", ["=?utf-8?q?typed?= words", "=?utf-8?q?typed?= é", "two  spaces", "W" * 300, "é" + " é" * 150]
)
def test_subject_arrives_as_typed(subject):
    raw = Message(subject, "Text", "club@example.org", ["bob@example.org"]).message().as_bytes()

    assert str(email.message_from_bytes(raw, policy=policy.default)["Subject"]) == subject
