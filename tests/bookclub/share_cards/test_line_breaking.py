import pytest

from bookclub.share_cards.line_breaking import NO_BREAK, break_lines, shorten_to_lines

LONG = "The street belongs to those who walk it. " * 40


def break_at(text, width):
    """Break a text in which each letter is one wide."""
    return [line.replace(NO_BREAK, " ") for line in break_lines(text, width, len)]


@pytest.mark.parametrize(
    "kept",
    [
        "Wednesday 10 October 2018",
        "10 October",
        "October 10, 2018",
        "7 pm",
        "9.30 pm",
        "p. 12",
        "Chapter 5",
        "[the sensors]",
        "city …",
        "streets –",
    ],
)
@pytest.mark.parametrize("before", ["", "a ", "ab cd ", "it was then ", "we talked of it on "])
def test_lines_never_split_what_belongs_together(kept, before):
    text = f"{before}{kept} and on we went"

    lines = break_at(text, 26)

    assert any(kept in line for line in lines)
    assert " ".join(lines) == text


def test_lines_are_of_about_the_same_length():
    lines = break_at("one two three four five six seven", 30)

    assert lines == ["one two three four", "five six seven"]


def test_word_wider_than_a_line_is_broken():
    assert break_at("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert break_at("well-known-things", 10) == ["well-", "known-", "things"]


def test_long_text_ends_after_a_sentence_and_says_that_it_goes_on():
    found = shorten_to_lines(LONG.strip(), 40, len, 4)

    assert found.is_shortened
    assert len(found.lines) == 4
    assert found.lines[-1].endswith(f"walk it.{NO_BREAK}…")


def test_short_text_is_kept_to_the_letter():
    found = shorten_to_lines("It ends [here] …", 40, len, 4)

    assert not found.is_shortened
    assert [line.replace(NO_BREAK, " ") for line in found.lines] == ["It ends [here] …"]


def test_shortened_text_has_no_open_bracket_and_one_ellipsis():
    text = "a word … [and then a long bracket that somebody typed into the quote] and the end"

    found = shorten_to_lines(text, 12, len, 3)

    assert found.is_shortened
    assert "[" not in " ".join(found.lines)
    assert " ".join(found.lines).count("…") == 1


def test_single_word_that_fills_more_lines_is_cut():
    found = shorten_to_lines("a" * 100, 10, len, 3)

    assert [len(line) for line in found.lines] == [10, 10, 9]
    assert found.lines[-1].endswith("…")
