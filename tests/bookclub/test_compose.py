"""A mail's words, whatever was typed into them."""

import pytest
from django.template import engines
from django.template.loaders.locmem import Loader

from bookclub.compose import compose, tidy
from bookclub.lines import one_line, without_controls
from tests.factories import make_club

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Seat saved", "Seat saved"),
        ("Seat saved\r\nBcc: all@example.org", "Seat saved Bcc: all@example.org"),
        ("a\x0bb\x0cc\x1dd\x85e\u2028f\u2029g", "a b c d e f g"),
        ("Bob\u202egnp.exe\u2066x\u2069", "Bobgnp.exex"),
        ("nul\x00 bell\x07 half\ud800", "nul bell half"),
        (f"{FAMILY} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 “…”", f"{FAMILY} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 “…”"),
        ("wide " * 100, ("wide " * 100)[:300].rstrip()),
    ],
)  # fmt: skip
def test_a_line_is_one_line_that_turns_no_writing_and_keeps_its_letters(typed, line):
    assert one_line(typed) == line


def test_a_text_keeps_its_lines_and_loses_what_no_mail_program_takes():
    assert without_controls("a\r\nb\rc\td\x00\x1b[31m\u2028é") == "a\nb\nc\td[31m\u2028é"
    assert tidy("\n\nOne  \n\n\n\n  Two\n-- \nThe club\n\n") == "One\n\n  Two\n-- \nThe club\n"


@pytest.fixture
def mail(db, monkeypatch):
    """A function that composes a mail with what somebody has typed as its `title`."""
    make_club(name="The Night Readers")
    templates = {
        "x/mail.txt": '{% extends "email/base.txt" %}{% block subject %}About {{ title }}{% endblock %}'
        "{% block text %}It is about {{ title }}.{% endblock %}",
        "x/mail.html": '{% extends "email/base.html" %}{% block content %}<h1>{{ title }}</h1>{% endblock %}',
    }
    engine = engines["django"].engine
    monkeypatch.setattr(engine, "template_loaders", [Loader(engine, templates), *engine.template_loaders])
    return lambda title: compose("x/mail", {"title": title})


def test_what_was_typed_stays_as_it_is_in_the_text_and_is_no_html_in_the_page(mail):
    words = mail("“Ulysses” & <b>co</b>")

    assert words["subject"] == "About “Ulysses” & <b>co</b>"
    assert words["text"].startswith("It is about “Ulysses” & <b>co</b>.\n")
    assert "“Ulysses” &amp; &lt;b&gt;co&lt;/b&gt;" in words["html"]


def test_what_was_typed_adds_no_header_and_no_script(mail):
    words = mail("x\nBcc: all@example.org\n\n<script>alert(1)</script>\x00")

    assert words["subject"] == "About x"
    assert "\x00" not in words["text"] + words["html"]
    assert "<script" not in words["html"]


def test_the_styles_of_the_page_stand_where_mail_programs_read_them_and_nothing_is_fetched(mail):
    page = mail('<link rel="stylesheet" href="http://127.0.0.1:9/x.css">')["html"]

    assert '<h1 style="' in page
    assert "The Night Readers" in page
    assert "{{" not in page
