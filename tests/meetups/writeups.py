"""Texts of write-ups for the tests: our fixtures, the reference if it is available, and invented ones."""

import os
from pathlib import Path

import pytest
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/writeups"
REFERENCE = Path(os.environ.get("SMART_CITIES_REFERENCE") or ROOT.parent / "shared/reference/smart-cities-special.txt")
needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference write-up is not available")
REFERENCE_PARAM = pytest.param(REFERENCE, id=REFERENCE.stem, marks=needs_reference)

LINES = [
    "A Title of Three Parts", "POSTED BY   Anna Lee", "POSTED BY", "By Anna Lee", "11th October 2018", "Oct 11, 2018",
    "Anna Lee", "Posted by Anna Lee on 3 May 2019", "3 May 2019 by Anna Lee", "Met: 4 May 2019", "Came: many",
    "Came: 9", "Venue: The George, Southwark", "Standfirst: Short.", "Ed. A. Bee, Cé Dé and Eff Gee", "Book: A Book",
    "By Jo Doe, translated by Al Roe", "Some points from the book", "Quotes from the book", "QUESTIONS", "Glossary",
    "Further Reading:", "Notes on the session:", "What does it mean?", "“Opened and closed.”", "“Opened only", "and closed.”",
    '"Straight"', "‘It’s single’", "*(Italics mine)", "Discuss: why?", "“Said.” – Discuss", "• a point?", "1. first",
    "2) second – Nick", "7. seventh", "- dash", "– dash", "(Chapter 20)", "“Said.” (p. 3) – Ann", "– Ann, p. 4", "---", "•",
    "A Title of ThreeParts of it ran on. Eight of us met at the Inn in Town last night, in the back room.",
    "Get in Touch With Anna Lee", "01306 632 854", "a@b.example", "You may also like", "About the author", "Read our notes",
    "Title, by Author – why", "https://example.org/x – why", "Don’t worry, we’ll never share it.", "Term: its meaning", "",
    "WhatsApp and Facebook are how to get involved.", "# Heading", "10 > 9 & <b>", "Nick: said so", "It was so (Nick)",
]  # fmt: skip
structured = st.lists(st.sampled_from(LINES), max_size=25).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\r\n", "\u2028"]).map(lambda end: end.join(lines))
)
