"""Rendering of mails with hostile typed text."""

import pytest
from django.template import engines
from django.template.loaders.locmem import Loader

from bookclub.core.text import single_line, strip_controls
from bookclub.mail.rendering import render_mail
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
def test_single_line_removes_breaks_and_direction_marks(typed, line):
    assert single_line(typed) == line


def test_without_controls_keeps_lines():
    assert strip_controls("a\r\nb\rc\td\x00\x1b[31m\u2028é") == "a\nb\nc\td[31m\u2028é"


@pytest.fixture
def render(db, monkeypatch):
    """Return a function that renders a mail with typed text as its `title`."""
    make_club(name="The Night  Readers")
    template = (
        '{% extends "email/base.html" %}{% block subject %}About {{ title }}{% endblock %}'
        "{% block content %}<h1>{{ title }}</h1>\n<p>Your code is</p>\n<p>{{ title }}</p>\n"
        '{% include "email/_button.html" with url="http://localhost:8000/a/?b=1&c=2" label="See it" %}{% endblock %}'
        "{% block why %}You asked for it.<br>{% endblock %}"
    )
    engine = engines["django"].engine
    loader = Loader(engine, {"x/mail.html": template})
    monkeypatch.setattr(engine, "template_loaders", [loader, *engine.template_loaders])
    return lambda title: render_mail("x/mail", {"title": title})


def test_text_is_made_from_the_html(render):
    assert render("“Ulysses”  & more")["text"] == (
        "“Ulysses”  & more\n\nYour code is\n\n“Ulysses”  & more\n\nSee it\nhttp://localhost:8000/a/?b=1&c=2\n\n"
        "-- \nYou asked for it.\nThe Night  Readers\nhttp://localhost:8000/\n"
    )


def test_typed_text_is_kept_in_text_and_escaped_in_html(render):
    mail = render("“Ulysses” & <b>co</b>")

    assert mail["subject"] == "About “Ulysses” & <b>co</b>"
    assert mail["text"].startswith("“Ulysses” & <b>co</b>\n")
    assert "<title>About “Ulysses” &amp; &lt;b&gt;co&lt;/b&gt;</title>" in mail["html"]
    assert "<h1 style" in mail["html"]
    assert "<b>co" not in mail["html"]


def test_typed_text_adds_no_header_or_script(render):
    mail = render("x\nBcc: all@example.org\n\n</main><script>alert(1)</script>\x00")

    assert mail["subject"] == "About x Bcc: all@example.org </main><script>alert(1)</script>"
    assert "\x00" not in mail["text"] + mail["html"]
    assert "<script" not in mail["html"]
    assert mail["text"].count("alert(1)") == 2


def test_styles_are_inlined_and_nothing_is_fetched(render):
    page = render('<link rel="stylesheet" href="http://127.0.0.1:9/x.css">')["html"]

    assert '<h1 style="' in page
    assert "The Night  Readers" in page
    assert "{{" not in page
