"""The same document gives the same pieces, whichever way it comes in."""

import re
from collections import Counter

import pytest

from meetups.paste.parser import split_document
from meetups.paste.pieces import Kind
from meetups.paste.upload import Pasted, read_file
from tests.meetups.paste.ways import as_docx, as_html, as_mail, as_markdown_file
from tests.meetups.writeups import FIXTURES, REFERENCE, needs_reference

HEADINGS = {
    "Some points from the book", "What does technocratic governance mean?", "Quotes from the book", "Further Reading:",
    "Notes on the session:", "KEY POINTS", "DISCUSSION QUESTIONS", "FAVOURITE LINES", "NOTES FROM THE EVENING",
}  # fmt: skip


def documents(path):
    """Return {way: document} of one text file."""
    text = path.read_text("utf-8")
    html = as_html(text, HEADINGS)
    return {
        "text": read_file("a.txt", text.encode()),
        "HTML": read_file("a.html", html.encode()),
        "clipboard": Pasted(text, html).document(),
        "Markdown": read_file("a.md", as_markdown_file(text, HEADINGS).encode()),
        "Word": read_file("a.docx", as_docx(text, HEADINGS)),
    }


def in_short(pieces):
    """Return what the pieces say, without how it was typed."""
    return [(piece.kind, re.sub(r"[\s*-]+|^[0-9]+\. ", "", piece.words), piece.who, piece.where) for piece in pieces]


@pytest.mark.parametrize("way", ["HTML", "clipboard", "Markdown", "Word"])
def test_fixture_gives_the_same_pieces_by_each_way(way):
    found = documents(FIXTURES / "the-glass-orchard.txt")

    assert in_short(split_document(found[way]).pieces) == in_short(split_document(found["text"]).pieces)


@needs_reference
@pytest.mark.parametrize("way", ["text", "HTML", "clipboard", "Markdown", "Word", "mail"])
def test_reference_has_all_its_pieces_by_each_way(way):
    text = REFERENCE.read_text("utf-8")
    if way == "mail":
        body = text[text.index("A fantastic evening") :]
        mail = as_mail(
            body, author="Michele Baker", subject=text.split("\n")[0], sent="Thu, 11 Oct 2018 09:00:00 +0100"
        )
        document = read_file("a.eml", mail)
    else:
        document = documents(REFERENCE)[way]

    splitting = split_document(document)

    counted = Counter(piece.kind for piece in splitting.pieces)
    wanted = {Kind.QUOTE: 17, Kind.QUESTION: 10, Kind.SESSION_NOTE: 5, Kind.NOTE: 1, Kind.TERM: 1}
    assert {kind: counted[kind] for kind in wanted} == wanted
    (note,) = splitting.of(Kind.NOTE)
    lines = [line for line in note.text.split("\n") if line.strip()]
    assert "".join("p" if line.startswith("- ") else " " for line in lines) == "pppp   ppp"
    assert (splitting.text_of(Kind.TITLE), splitting.text_of(Kind.POSTED_BY)) == (text.split("\n")[0], "Michele Baker")
    assert (splitting.fact("headcount"), str(splitting.fact("met_on"))) == (8, "2018-10-10")
