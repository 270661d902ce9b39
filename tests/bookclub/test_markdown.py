import re
import unicodedata
from contextlib import suppress

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bookclub import markdown
from tests.bookclub.hostile_markdown import BAD_SCHEMES, FLOODS_REFUSED, LINK_FORMS, RAW_HTML, TRICKS

PROSE = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6", "code", "pre", "hr"}
LINE = {"p", "br", "em", "strong"}
TAGS = {"prose": PROSE, "line": LINE, "quote": LINE | {"span"}}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "span": {"class"}}

# Pieces that mean something to a Markdown parser are drawn far more often than chance would.
MARKS = "[]()*_`>-+#=!<&\\:|~{}'\"1."
RUNS = ["**", "__", "``", "##", "===", "---", "1.", "12)", "<b>", "</b>", "&lt;", "&copy;", "\\*", "~~~", "[…]"]
SPACES = [" ", "    ", "\n", "\n\n", "  \n", "\t", "\r\n", "\x00", "\x01", "\x0b", "\x1f", "\x85", "\u2028"]
LETTERS = ["a", "Words", "é", "\u202e", "\u200b", "\ufeff", "😀", "“", "http://x.example/"]
PIECES = st.sampled_from([*MARKS, *RUNS, *SPACES, *LETTERS])
ANY_CHARACTER = st.characters(exclude_categories=[])
ANY_TEXT = st.one_of(st.text(ANY_CHARACTER, max_size=80), st.lists(PIECES, max_size=25).map("".join))
WHOLE_TEXT = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))
some = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parse(html):
    assert isinstance(html, SafeString)
    return BeautifulSoup(html, "html.parser")


def words(text):
    """As a reader counts them: control characters are none and part none."""
    return "".join(each for each in text if unicodedata.category(each) != "Cc" or each.isspace()).split()


def assert_nothing_active(html, rendering="prose"):
    for tag in parse(html).find_all(True):
        assert tag.name in TAGS[rendering]
        assert set(tag.attrs) <= ATTRIBUTES.get(tag.name, set())
        if tag.name == "a" and "href" in tag.attrs:
            # As a browser reads an address: without tabs, line ends and leading spaces.
            address = re.sub(r"[\t\r\n]", "", tag["href"]).lstrip("".join(map(chr, range(33)))).lower()
            scheme = re.match(r"([a-z][a-z0-9+.\-]*):", address)
            assert scheme is None or scheme[1] in {"http", "https", "mailto"}


@pytest.mark.parametrize("form", LINK_FORMS)
@pytest.mark.parametrize("address", BAD_SCHEMES)
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
def test_a_link_with_a_bad_scheme_is_no_link(rendering, address, form):
    assert_nothing_active(markdown.RENDERINGS[rendering](form.format(address)), rendering)


@pytest.mark.parametrize("typed", RAW_HTML)
def test_html_that_somebody_types_is_shown_as_they_typed_it(typed):
    for rendering in ("prose", "line", "quote"):
        assert_nothing_active(markdown.RENDERINGS[rendering](typed), rendering)

    assert words(parse(markdown.line(typed)).get_text()) == typed.split()
    assert words(parse(markdown.prose(markdown.escape(typed))).get_text()) == typed.split()


@pytest.mark.parametrize("typed", TRICKS)
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
def test_no_trick_on_the_parser_leaves_something_active(rendering, typed):
    assert_nothing_active(markdown.RENDERINGS[rendering](typed), rendering)


@pytest.mark.parametrize("name", FLOODS_REFUSED)
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
def test_a_flood_of_marks_is_refused_in_words(rendering, name):
    with pytest.raises(ValidationError, match=r"This text|Lists or quotations"):
        markdown.RENDERINGS[rendering](FLOODS_REFUSED[name])


@pytest.mark.parametrize("picture", ["![a](//track.example/p.gif)", "![a][b]\n\n[b]: //track.example/p.gif"])
def test_no_picture_from_another_host_appears(picture):
    soup = parse(markdown.prose(f"Before {picture} after"))

    assert soup.find(["img", "picture", "source"]) is None
    assert soup.get_text().startswith("Before !")


@pytest.mark.parametrize(
    "typed", ["<b>", "&lt;", "&copy;", "&", "&amp;amp;", "<!-- not a comment -->", "AT&T", "a < b > c"]
)
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
@pytest.mark.parametrize("around", ["{}", "`{}`", "# {}", "*{}*", "a\n\n    {}", "[{}](http://x.example/)"])
def test_letters_that_mean_something_in_html_are_shown_to_the_letter(typed, rendering, around):
    text = parse(markdown.RENDERINGS[rendering](around.format(typed))).get_text()

    assert typed in text


def test_an_address_keeps_its_ampersands_to_the_letter():
    soup = parse(markdown.prose("[a](https://x.example/?a=1&copy=2&amp;b=3)"))

    assert soup.a["href"] == "https://x.example/?a=1&copy=2&amp;b=3"


def test_prose_keeps_what_markdown_is_for():
    text = "Some *em* and **strong**, `code`.\n\n- one\n- two\n\n3. three\n\n> said\n\n---\n\n[here](https://x.example/ 'why')"

    html = markdown.prose(text)

    assert html == (
        "<p>Some <em>em</em> and <strong>strong</strong>, <code>code</code>.</p>\n"
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
        '<ol start="3">\n<li>three</li>\n</ol>\n'
        "<blockquote>\n<p>said</p>\n</blockquote>\n"
        "<hr>\n"
        '<p><a href="https://x.example/" title="why">here</a></p>'
    )


@pytest.mark.parametrize(("typed", "level"), [("# A", 3), ("## A", 4), ("A\n===", 3), ("#### A", 6), ("###### A", 6)])
def test_headings_begin_below_the_pages_own_and_carry_no_id(typed, level):
    assert markdown.prose(typed) == f"<h{level}>A</h{level}>"


@pytest.mark.parametrize(
    "typed", ["1. Who?", "# Who?", "> Who?", "- Who?", "[Who?](http://x.example/)", "`Who?`", "===\nWho?"]
)
def test_a_line_takes_every_mark_but_emphasis_for_a_word(typed):
    soup = parse(markdown.line(typed))

    assert {tag.name for tag in soup.find_all(True)} <= {"p", "br"}
    assert soup.get_text().split() == typed.split()


def test_a_line_keeps_emphasis_line_ends_and_paragraphs():
    html = markdown.line("*Whose* city\nis **this**?\n\nOurs.")

    assert html == "<p><em>Whose</em> city<br>\nis <strong>this</strong>?</p>\n<p>Ours.</p>"


def test_a_quote_sets_the_clubs_own_brackets_apart():
    html = markdown.quote("They [the councils] said … [sic]")

    assert html == '<p>They <span class="ed">[the councils]</span> said … <span class="ed">[sic]</span></p>'


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\u2028"])
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
def test_no_words_make_no_html(rendering, text):
    assert markdown.RENDERINGS[rendering](text) == ""


def test_a_text_knows_nothing_of_the_one_before():
    before = markdown.prose("[here]: https://example.org/\n\n[here]")

    assert 'href="https://example.org/"' in before
    assert markdown.prose("[here]") == "<p>[here]</p>"


def test_64_kb_are_accepted_and_a_byte_more_is_refused():
    markdown.check("é" * (32 * 1024))

    with pytest.raises(ValidationError, match="longer than 64 KB"):
        markdown.check("é" * (32 * 1024) + "a")


@pytest.mark.parametrize("deepest", ["- ", "> ", "1. "])
def test_twelve_levels_are_accepted_and_one_more_is_refused(deepest):
    markdown.check(deepest * 12 + "a")

    with pytest.raises(ValidationError, match="nested too deeply"):
        markdown.check(deepest * 13 + "a")


@given(ANY_TEXT)
@example("\ud800 [ \udfff")
@example("\x00<\x00script>\x00")
@example("“נְקֻדָּה” \u202e*א* 👩‍👩‍👧")
@some
def test_any_text_is_rendered_harmless_or_refused_in_words(text):
    for rendering, render in markdown.RENDERINGS.items():
        with suppress(ValidationError):
            assert_nothing_active(render(text), rendering)


@given(WHOLE_TEXT)
@example("\x01# no heading")
@example("2018. A year\n- no list\n+ nor this\n> no quotation\na\n===")
@example("[a]: b\n\n[a] ![c](d) `e` <f> &amp; \\* \\\\ ***g*** __h__")
@example("a\n===\n\nb\n---\n\n***\n\n    c")
@example("12) 1.\n١. ²)")
@some
def test_escaped_text_is_rendered_to_its_very_words(text):
    soup = parse(markdown.prose(markdown.escape(text)))

    assert words(soup.get_text()) == words(text)
    assert {tag.name for tag in soup.find_all(True)} <= {"p"}


@given(WHOLE_TEXT)
@example("*a\\* _b_ \\\\ [c]*")
@some
def test_an_escaped_line_is_rendered_to_its_very_words(text):
    for render in (markdown.line, markdown.quote):
        soup = parse(render(markdown.escape_line(text)))

        assert words(soup.get_text()) == words(text)
        assert soup.find(["em", "strong"]) is None
