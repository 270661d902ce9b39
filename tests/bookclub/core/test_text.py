"""Invisible characters in typed texts."""

import pytest

from bookclub.core.text import has_invisible, single_line, strip_controls

SPACES = "a b\u00a0c\u3000d"
INVISIBLE = [
    "\x00",
    "\x1b",
    "\u00ad",
    "\u200b",
    "\u200f",
    "\u202e",
    "\u2028",
    "\u2060",
    "\u2065",
    "\u2069",
    "\ufeff",
    "\ue000",
]


@pytest.mark.parametrize("letter", INVISIBLE, ids=ascii)
def test_has_invisible_finds_invisible_characters_except_spaces(letter):
    assert has_invisible(f"a{letter}b")
    assert not has_invisible(SPACES)


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"], ids=ascii)
def test_has_invisible_allows_joiners_by_default(joiner):
    assert not has_invisible(f"a{joiner}b")
    assert has_invisible(f"a{joiner}b", allowed=())


def test_single_line_removes_newlines_controls_and_direction_marks():
    assert single_line("one\r\n two\u202e\x1b\tthree\u2066") == "one two three"


def test_strip_controls_keeps_lines_and_tabs():
    assert strip_controls("one\r\ntwo\rthree\tfour\x00\x9f") == "one\ntwo\nthree\tfour"
