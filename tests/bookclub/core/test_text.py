"""Characters that can't be seen, in the texts that people type."""

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
def test_characters_that_nobody_sees_are_found_and_spaces_are_not(letter):
    assert has_invisible(f"a{letter}b")
    assert not has_invisible(SPACES)


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"], ids=ascii)
def test_joiners_are_allowed_unless_the_caller_says_otherwise(joiner):
    assert not has_invisible(f"a{joiner}b")
    assert has_invisible(f"a{joiner}b", allowed=())


def test_a_single_line_loses_line_ends_controls_and_changes_of_direction():
    assert single_line("one\r\n two\u202e\x1b\tthree\u2066") == "one two three"


def test_without_controls_a_text_keeps_its_lines_and_tabs():
    assert strip_controls("one\r\ntwo\rthree\tfour\x00\x9f") == "one\ntwo\nthree\tfour"
