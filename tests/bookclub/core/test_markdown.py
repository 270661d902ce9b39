import re
import unicodedata
from contextlib import suppress

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bookclub.core import markdown
from bookclub.core.markdown import limits
from tests.bookclub.hostile_markdown import BAD_SCHEMES, FLOODS_REFUSED, LINK_FORMS, RAW_HTML, TRICKS

PROSE = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6", "code", "pre", "hr"}
PROSE |= {"table", "thead", "tbody", "tr", "th", "td", "div", "sup"}
LINE = {"p", "br", "em", "strong"}
TAGS = {"prose": PROSE, "line": LINE, "quote": LINE | {"span"}}
OUTER_BLOCKS = ["p", "ul", "ol", "blockquote", "h3", "h4", "h5", "h6", "pre", "table"]
ATTRIBUTES = {tag: {"dir"} for tag in OUTER_BLOCKS} | {
    "a": {"href", "title"},
    "ol": {"start", "class", "dir"},
    "li": {"id"},
    "span": {"class"},
    "div": {"class", "role", "aria-label", "tabindex"},
}

# Pieces that mean something to a Markdown parser are drawn far more often than chance would.
MARKS = "[]()*_`>-+#=!<&\\:|~{}'\"1."
RUNS = ["**", "__", "``", "##", "===", "---", "1.", "12)", "<b>", "</b>", "&lt;", "&copy;", "\\*", "~~~", "[…]"]
RUNS += ["- ", "1) ", "|-|", "|a|b|\n|-|-|\n", "[^1]", "[^1]: ", "https://"]
SPACES = [" ", "  ", "    ", "\n", "\n\n", "  \n", "\t", "\r\n", "\x00", "\x01", "\x0b", "\x1f", "\x85", "\u2028"]
LETTERS = [
    "a",
    "Words",
    "é",
    "\u202e",
    "\u200b",
    "\ufeff",
    "😀",
    "“",
    "http://x.example/",
    "https://x.example/a_b_c?d=*e*",
]
PIECES = st.sampled_from([*MARKS, *RUNS, *SPACES, *LETTERS])
ANY_CHARACTER = st.characters(exclude_categories=[])
ANY_TEXT = st.one_of(st.text(ANY_CHARACTER, max_size=80), st.lists(PIECES, max_size=25).map("".join))
WHOLE_TEXT = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))
some = settings(suppress_health_check=[HealthCheck.too_slow])


def parse(html):
    assert isinstance(html, SafeString)
    return BeautifulSoup(html, "html.parser")


def words(text):
    """Return the words of a text; control characters neither are words nor separate them."""
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


@pytest.mark.parametrize("address", BAD_SCHEMES)
def test_link_with_unsafe_scheme_is_not_rendered(address):
    for form in LINK_FORMS:
        for rendering in ("prose", "line", "quote"):
            assert_nothing_active(markdown.RENDERINGS[rendering](form.format(address)), rendering)


@pytest.mark.parametrize("typed", RAW_HTML)
def test_typed_html_is_shown_as_text(typed):
    for rendering in ("prose", "line", "quote"):
        assert_nothing_active(markdown.RENDERINGS[rendering](typed), rendering)

    assert words(parse(markdown.render_line(typed)).get_text()) == typed.split()
    assert words(parse(markdown.render_prose(markdown.escape_markdown(typed))).get_text()) == typed.split()


@pytest.mark.parametrize("typed", TRICKS)
def test_hostile_markdown_leaves_no_active_content(typed):
    for rendering in ("prose", "line", "quote"):
        assert_nothing_active(markdown.RENDERINGS[rendering](typed), rendering)


@pytest.mark.parametrize("name", FLOODS_REFUSED)
def test_too_many_marks_are_refused_with_a_message(name):
    for rendering in ("prose", "line", "quote"):
        with pytest.raises(ValidationError, match=r"This text|Lists or quotations|The tables"):
            markdown.RENDERINGS[rendering](FLOODS_REFUSED[name])


@pytest.mark.parametrize("picture", ["![a](//track.example/p.gif)", "![a][b]\n\n[b]: //track.example/p.gif"])
def test_remote_picture_is_not_rendered(picture):
    soup = parse(markdown.render_prose(f"Before {picture} after"))

    assert soup.find(["img", "picture", "source"]) is None
    assert soup.get_text().startswith("Before !")


@pytest.mark.parametrize(
    "typed", ["<b>", "&lt;", "&copy;", "&", "&amp;amp;", "<!-- not a comment -->", "AT&T", "a < b > c"]
)
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
def test_html_special_characters_are_shown_as_typed(typed, rendering):
    arounds = ["{}", "`{}`", "# {}", "*{}*", "a\n\n    {}", "[{}](http://x.example/)"]

    texts = {around: parse(markdown.RENDERINGS[rendering](around.format(typed))).get_text() for around in arounds}

    assert {around: text for around, text in texts.items() if typed not in text} == {}


def test_url_keeps_its_ampersands():
    soup = parse(markdown.render_prose("[a](https://x.example/?a=1&copy=2&amp;b=3)"))

    assert soup.a["href"] == "https://x.example/?a=1&copy=2&amp;b=3"


def test_prose_renders_markdown():
    text = "Some *em* and **strong**, `code`.\n\n- one\n- two\n\n3. three\n\n> said\n\n---\n\n[here](https://x.example/ 'why')"

    html = markdown.render_prose(text)

    assert html == (
        "<p>Some <em>em</em> and <strong>strong</strong>, <code>code</code>.</p>\n"
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
        '<ol start="3">\n<li>three</li>\n</ol>\n'
        "<blockquote>\n<p>said</p>\n</blockquote>\n"
        "<hr>\n"
        '<p><a href="https://x.example/" title="why">here</a></p>'
    )


@pytest.mark.parametrize(("typed", "level"), [("# A", 3), ("## A", 4), ("A\n===", 3), ("#### A", 6), ("###### A", 6)])
def test_headings_begin_below_page_headings_and_have_no_id(typed, level):
    assert markdown.render_prose(typed) == f"<h{level}>A</h{level}>"


@pytest.mark.parametrize(
    "typed", ["1. Who?", "# Who?", "> Who?", "- Who?", "[Who?](http://x.example/)", "`Who?`", "===\nWho?"]
)
def test_emphasis_only_text_renders_no_other_marks(typed):
    soup = parse(markdown.render_line(typed))

    assert {tag.name for tag in soup.find_all(True)} <= {"p", "br"}
    assert soup.get_text().split() == typed.split()


def test_emphasis_only_text_keeps_emphasis_line_breaks_and_paragraphs():
    html = markdown.render_line("*Whose* city\nis **this**?\n\nOurs.")

    assert html == "<p><em>Whose</em> city<br>\nis <strong>this</strong>?</p>\n<p>Ours.</p>"


def test_quote_marks_up_square_brackets():
    html = markdown.render_quote("They [the councils] said … [sic]")

    assert (
        html == '<p>They <span class="editorial">[the councils]</span> said … <span class="editorial">[sic]</span></p>'
    )


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\u2028"])
@pytest.mark.parametrize("rendering", ["prose", "line", "quote"])
def test_empty_text_renders_empty(rendering, text):
    assert markdown.RENDERINGS[rendering](text) == ""


def test_rendering_keeps_no_state():
    before = markdown.render_prose("[here]: https://example.org/\n\n[here]")

    assert 'href="https://example.org/"' in before
    assert markdown.render_prose("[here]") == "<p>[here]</p>"


@pytest.mark.parametrize("typed", ["#bookclub met again", "#1 of the list\n#2 of the list", "#", "##", "# "])
def test_sign_without_a_space_after_it_is_no_heading(typed):
    soup = parse(markdown.render_prose(typed))

    assert soup.get_text().strip() == typed.strip()
    assert soup.find(re.compile("^h")) is None


@pytest.mark.parametrize(("typed", "heading"), [("# Learning C#", "Learning C#"), ("# A #", "A"), ("#  B ##", "B")])
def test_heading_keeps_its_last_sign_and_loses_closing_ones(typed, heading):
    assert markdown.render_prose(typed) == f"<h3>{heading}</h3>"


def outline(element):
    """Return the nested lists below `element`: [["a", [["b"], ["c"]]], ...], each item with the lists inside."""
    return [
        [
            next(item.stripped_strings),
            *(outline(inside) for inside in item.find_all(["ul", "ol"], recursive=False)),
        ]
        for item in element.find_all("li", recursive=False)
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "- a\n  - b\n    - c\n  - d\n- e",
        "- a\n    - b\n        - c\n    - d\n- e",
        "- a\n\t- b\n\t\t- c\n\t- d\n- e",
        "- a\n   - b\n      - c\n   - d\n- e",
        "1. a\n   1. b\n      1. c\n   2. d\n2. e",
        "1) a\n   - b\n     - c\n   - d\n2) e",
        "* a\n\n  * b\n\n    * c\n\n  * d\n\n* e",
        "  - a\n    - b\n      - c\n    - d\n  - e",
    ],
)
@pytest.mark.parametrize("before", ["", "> "])
def test_list_nests_by_two_spaces_or_more(typed, before):
    soup = parse(markdown.render_prose("\n".join(before + line for line in typed.split("\n"))))

    assert outline(soup.find(["ul", "ol"])) == [["a", [["b", [["c"]]], ["d"]]], ["e"]]
    assert soup.find(["pre", "code"]) is None


def test_paragraph_two_spaces_in_belongs_to_its_item():
    soup = parse(markdown.render_prose("- a\n  - b\n\n    more of b\n\n  more of a\n\nafter"))

    outer = soup.ul.find("li", recursive=False)
    assert [p.text for p in outer.find("ul").find_all("p")] == ["b", "more of b"]
    assert [p.text for p in outer.find_all("p", recursive=False)] == ["a", "more of a"]
    assert soup.find("p", recursive=False).text == "after"


@pytest.mark.parametrize("typed", ["- a\n- b\n - c", "9. a\n10. b\n11. c", " 9. a\n10. b\n11. c"])
def test_one_space_does_not_nest(typed):
    soup = parse(markdown.render_prose(typed))

    assert outline(soup.find(["ul", "ol"])) == [["a"], ["b"], ["c"]]


def test_code_is_indented_by_four_spaces_more_than_its_text():
    soup = parse(markdown.render_prose("- a\n\n        - in a\n\nText\n\n    - outside\n      - deeper"))

    assert [code.text for code in soup.find_all("code")] == ["- in a\n", "- outside\n  - deeper\n"]


def test_number_with_a_bracket_begins_a_list():
    assert markdown.render_prose("2) a\n3) b") == '<ol start="2">\n<li>a</li>\n<li>b</li>\n</ol>'


@pytest.mark.parametrize("typed", ["9781138844230. An ISBN", "1.5 hours", "1)a", "١. a", "a)\nb)"])
def test_what_only_resembles_a_number_begins_no_list(typed):
    assert parse(markdown.render_prose(typed)).get_text() == typed


def test_table_is_rendered_with_its_inline_marks():
    soup = parse(markdown.render_prose("| Who | Stars |\n|:---|---:|\n| *Ada* | 4 \\| 5 |\n| Cy |\n\nAfter"))

    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in soup.table.find_all("tr")]
    assert rows == [["Who", "Stars"], ["Ada", "4 | 5"], ["Cy", ""]]
    assert [cell.name for cell in soup.thead.tr.find_all(True)] == ["th", "th"]
    assert soup.td.em.text == "Ada"
    assert soup.p.text == "After"


def test_row_with_more_cells_than_the_head_loses_none():
    soup = parse(markdown.render_prose("| a | b |\n|---|---|\n| c | d | e |\n| f | g |"))

    assert [cell.text for cell in soup.find_all("td")] == ["c", "d | e", "f", "g"]


def test_wide_table_can_be_scrolled_with_the_keyboard():
    soup = parse(markdown.render_prose("a | b\n--|--\nc | d"))

    assert soup.table.parent.attrs == {
        "class": ["table-scroll"], "role": "group", "aria-label": "Table", "tabindex": "0"
    }  # fmt: skip


TABLE_AS_WORDS = "<table onclick=alert(1)></table>"


@pytest.mark.parametrize(
    "typed",
    [
        TABLE_AS_WORDS,
        f"`{TABLE_AS_WORDS}`",
        f'[Ada](https://club.example "{TABLE_AS_WORDS}")',
        f'[Ada][1]\n\n[1]: https://club.example "{TABLE_AS_WORDS}"',
        "[Ada](https://club.example/<table></table>)",
    ],
)
def test_table_tag_in_words_and_attributes_stays_text(typed):
    html = markdown.render_prose(typed)

    soup = parse(html)
    assert not soup.select("table, div")
    assert all(set(element.attrs) <= {"href", "title"} for element in soup.find_all(True))
    assert "<table" not in html  # render_prose puts a box around each, so none may stand in an attribute
    assert "&lt;table" in html


@pytest.mark.parametrize("typed", ["a | b", "a | b\nc | d", "a\n---|---", "either | or\n| |"])
def test_pipes_without_a_separating_line_stay_text(typed):
    soup = parse(markdown.render_prose(typed))

    assert soup.get_text() == typed
    assert soup.table is None


@pytest.mark.parametrize(
    ("typed", "address", "after"),
    [
        ("https://club.example/a?b=1&copy=2#c", "https://club.example/a?b=1&copy=2#c", ""),
        ("http://club.example.", "http://club.example", "."),
        ("HTTPS://Club.Example/Ä, said Ada", "HTTPS://Club.Example/Ä", ", said Ada"),
        ("https://club.example/Ada_(b)", "https://club.example/Ada_(b)", ""),
        ("https://club.example/a)).", "https://club.example/a", "))."),
        ("https://club.example/a_b_c*d*e~", "https://club.example/a_b_c*d*e", "~"),
        ("https://club.example/a\\_b\\*", "https://club.example/a_b", "*"),
        ("https://club.example/a”", "https://club.example/a", "”"),
        ("https://club.example/a `b`", "https://club.example/a", " b"),
        ("https://club.example/`b`", "https://club.example/", "b"),
        ("https://club.example/読書。後", "https://club.example/読書", "。後"),
    ],
)
def test_bare_address_is_a_link_to_the_letter(typed, address, after):
    soup = parse(markdown.render_prose(f"See {typed}"))

    assert soup.a.attrs == {"href": address}
    assert soup.a.text == address
    assert soup.get_text() == f"See {address}{after}"


@pytest.mark.parametrize(
    "typed",
    [
        "www.club.example",
        "https://",
        "javascript://x.example/%0aalert(1)",
        "ftp://x.example/",
        "`https://x.example/`",
        "    https://x.example/",
    ],
)
def test_other_addresses_and_code_are_no_links(typed):
    assert parse(markdown.render_prose(typed)).a is None


def test_address_inside_a_link_is_no_second_link():
    soup = parse(markdown.render_prose("[https://a.example/b](https://c.example/)"))

    assert [(link["href"], link.text) for link in soup.find_all("a")] == [("https://c.example/", "https://a.example/b")]


def test_emphasised_address_is_a_link():
    html = markdown.render_prose("*https://x.example/a* **https://x.example/b**")

    assert html == (
        '<p><em><a href="https://x.example/a">https://x.example/a</a></em> '
        '<strong><a href="https://x.example/b">https://x.example/b</a></strong></p>'
    )


def test_footnotes_stand_at_the_end_and_are_linked():
    soup = parse(
        markdown.render_prose("One[^a] two[^b].\n\n[^a]: First *note*.\n[^b]: Second.\n\n    - with a list\n\nThree.")
    )

    marks = soup.find_all("sup")
    notes = soup.select("ol.footnotes > li")
    assert [mark.text for mark in marks] == ["[1]", "[2]"]
    assert [mark.a["href"] for mark in marks] == [f"#{note['id']}" for note in notes]
    assert [note.get_text(" ", strip=True) for note in notes] == ["First note .", "Second. with a list"]
    assert notes[1].li.text == "with a list"
    assert [p.text for p in soup.find_all("p", recursive=False)] == ["One[1] two[2].", "Three."]


def test_footnotes_of_two_texts_have_different_ids():
    texts = ["One[^1].\n\n[^1]: Note.", "Two[^1].\n\n[^1]: Note."]

    first, second = (parse(markdown.render_prose(text)).select_one(".footnotes li")["id"] for text in texts)

    assert first != second
    assert parse(markdown.render_prose(texts[0])).select_one(".footnotes li")["id"] == first


def test_footnotes_lose_no_words():
    text = "a[^1] b [^2]\n\n[^1]: c\n\n[^1]: d\n\n[^3]: e\n\n> [^4]: f\n\n[^5]: > [^1]: g"

    shown = parse(markdown.render_prose(text)).get_text(" ").split()

    assert sorted(each for each in shown if each.isalpha()) == ["a", "b", "c", "d", "e", "f", "g"]
    assert "[^2]" in shown


@pytest.mark.parametrize(
    "typed", ["[^1]: " + "- " * 13 + "a", "[^1]: " + "> " * 13 + "a", "\n".join("  " * n + "- a" for n in range(14))]
)
def test_nesting_limit_holds_for_footnotes_and_two_spaces(typed):
    with pytest.raises(ValidationError, match="nested too deeply"):
        markdown.check_markdown(typed)


def test_cells_of_tables_are_limited():
    head = "|".join("a" * 40) + "\n" + "|".join("-" * 40) + "\n"
    markdown.check_markdown(head + "b\n" * 98)

    with pytest.raises(ValidationError, match="more than 4,000 cells"):
        markdown.check_markdown(head + "b\n" * 100)


def test_bare_links_are_limited():
    markdown.check_markdown("https://x.example " * 1_000)

    with pytest.raises(ValidationError, match="more than 1,000 links"):
        markdown.check_markdown("https://x.example " * 1_001)


def test_size_limit_is_64_kb():
    markdown.check_markdown("é" * (32 * 1024))

    with pytest.raises(ValidationError, match="longer than 64 KB"):
        markdown.check_markdown("é" * (32 * 1024) + "a")


@pytest.mark.parametrize("deepest", ["- ", "> ", "1. "])
def test_nesting_limit_is_12_levels(deepest):
    markdown.check_markdown(deepest * 12 + "a")

    with pytest.raises(ValidationError, match="nested too deeply"):
        markdown.check_markdown(deepest * 13 + "a")


@given(ANY_TEXT)
@example("\ud800 [ \udfff")
@example("\x00<\x00script>\x00")
@example("“נְקֻדָּה” \u202e*א* 👩‍👩‍👧")
@some
def test_any_text_is_rendered_safely_or_refused(text):
    for rendering, render in markdown.RENDERINGS.items():
        with suppress(ValidationError):
            assert_nothing_active(render(text), rendering)


@given(WHOLE_TEXT)
@example("\x01# no heading")
@example("2018. A year\n- no list\n+ nor this\n> no quotation\na\n===")
@example("[a]: b\n\n[a] ![c](d) `e` <f> &amp; \\* \\\\ ***g*** __h__")
@example("a\n===\n\nb\n---\n\n***\n\n    c")
@example("12) 1.\n١. ²)\n1) a\n  1) b\n  - c\n    - d")
@example("a | b\n--- | ---\nc | d\n\n|e|\n|-|\n|f|\n\ng | h\n:-- | :-:\ni | j\n\nk|l\n | - | - |")
@example("#bookclub # C# ## \n# a #\n#\n##b")
@example("a[^1]\n\n[^1]: b\n\n    c")
@example("https://x.example/a_b_c*d*e`f`[g](h)\\i. (https://x.example/j) <http://x.example/?k&amp;l>")
@example("https:// https://. http://[ https://a]b[c")
@some
def test_escaped_text_is_rendered_unchanged(text):
    soup = parse(markdown.render_prose(markdown.escape_markdown(text)))

    assert words(soup.get_text()) == words(text)
    assert {tag.name for tag in soup.find_all(True)} <= {"p", "a"}
    for link in soup.find_all("a"):
        assert link.get("href", link.text) == link.text


@given(WHOLE_TEXT)
@example("*a\\* _b_ \\\\ [c]*")
@some
def test_escaped_emphasis_only_text_is_rendered_unchanged(text):
    for render in (markdown.render_line, markdown.render_quote):
        soup = parse(render(markdown.escape_line(text)))

        assert words(soup.get_text()) == words(text)
        assert soup.find(["em", "strong"]) is None


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("שלום *עולם*\n\nHello", ["p"]),
        ("# مرحبا\n\n> ok\n> - مرحبا", ["h3", "blockquote"]),
        ("- a\n  - *שלום*\n- b", ["ul"]),
        ("a | b\n--|--\nc | שלום", ["table"]),
        ("Read “שלום” aloud[^1]\n\n[^1]: مرحبا", ["p", "ol"]),
        ("Élan, Łódź, Москва, 村上春樹", []),
    ],
)
def test_outer_block_with_a_script_from_right_to_left_has_a_direction(typed, marked):
    soup = parse(markdown.render_prose(typed))

    assert [tag.name for tag in soup.find_all(dir=True)] == marked
    assert {tag["dir"] for tag in soup.find_all(dir=True)} <= {"auto"}


def test_line_and_quote_in_a_script_from_right_to_left_have_a_direction():
    assert markdown.render_line("שלום") == markdown.render_quote("שלום") == '<p dir="auto">שלום</p>'


def test_lone_surrogate_is_rendered_as_a_replacement_character():
    assert [render("\ud800") for render in markdown.RENDERINGS.values()] == ["<p>\ufffd</p>"] * 3


@pytest.mark.parametrize(
    ("typed", "rendered"),
    [
        ("_Whose_ __city__", "<em>Whose</em> <strong>city</strong>"),
        ("***Whose*** ___city___", "<strong><em>Whose</em></strong> <strong><em>city</em></strong>"),
        ("snake_case_word * and * stars", "snake_case_word * and * stars"),
        (r"\*no\* \_no\_", "*no* _no_"),
        ("one  \ntwo", "one<br>\ntwo"),
        (
            "<b> &lt; http://x.example/ <http://x.example/>",
            "&lt;b&gt; &amp;lt; http://x.example/ &lt;http://x.example/&gt;",
        ),
        ("    code", "code"),
    ],
)
def test_line_renders_emphasis_only(typed, rendered):
    assert markdown.render_line(typed) == f"<p>{rendered}</p>"


def test_link_title_and_first_list_number_are_kept():
    html = markdown.render_prose("4. [a](https://x.example/ 'why')\n5. b")

    assert html == ('<ol start="4">\n<li><a href="https://x.example/" title="why">a</a></li>\n<li>b</li>\n</ol>')


@pytest.mark.parametrize(
    ("line", "most"),
    [("a", limits.LINES_LIMIT), ("---", limits.RULE_LINES_LIMIT), ("=", limits.RULE_LINES_LIMIT)],
)
def test_number_of_lines_is_limited(line, most):
    markdown.check_markdown("\n".join([line, ""] * (most // 2)) if most == limits.LINES_LIMIT else f"{line}\n" * most)

    with pytest.raises(ValidationError):
        markdown.check_markdown(f"{line}\n" * (most + 1) + line)


@pytest.mark.parametrize(("mark", "most"), limits.CHARACTER_LIMITS.items())
def test_number_of_marks_is_limited(mark, most):
    markdown.check_markdown(f"{mark} a" * most)

    with pytest.raises(ValidationError, match="too many of the marks"):
        markdown.check_markdown(f"{mark} a" * (most + 1))


@pytest.mark.parametrize("mark", ["(", "!"])
def test_same_mark_sixty_one_times_in_a_row_is_refused(mark):
    markdown.check_markdown(mark * 60)

    with pytest.raises(ValidationError, match="too many of the marks"):
        markdown.check_markdown(f"{mark} " * 61)


def test_sanitizer_removes_attributes_that_no_rendering_makes():
    html = '<p title="x" lang="de"><a href="https://x.example/" title="why" lang="fr">a</a></p>'

    assert markdown._sanitize_html(html, {"p", "a"}) == '<p><a href="https://x.example/" title="why">a</a></p>'  # noqa: SLF001
    assert markdown._sanitize_html(html, {"p"}) == "<p>a</p>"  # noqa: SLF001


def test_nesting_of_all_lines_together_is_limited():
    lines = ["- " * 12 + "a"] * 1_000
    markdown.check_markdown("\n".join(lines))

    with pytest.raises(ValidationError, match="nested too deeply"):
        markdown.check_markdown("\n".join([*lines, "- a"]))
