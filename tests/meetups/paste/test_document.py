"""Reading text, clipboard HTML and Word documents as blocks, and writing blocks as Markdown."""

import html
import io
import re
import zipfile

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from bookclub.core import markdown
from meetups.paste.blocks import Layout, as_markdown, make_readable
from meetups.paste.html_reader import html_document
from meetups.paste.notation import LINE, PLAIN, PROSE, convert_notation, words_of
from meetups.paste.rich_text import RichText, Style
from meetups.paste.sources import Unreadable
from meetups.paste.sources.docx import read_docx
from meetups.paste.text_reader import text_document
from meetups.paste.upload import Pasted
from tests.meetups.documents import make_docx, paragraph
from tests.meetups.hostile_documents import HOSTILE_DOCX, HOSTILE_HTML, HOSTILE_TEXTS

GOOGLE = (
    '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr"><span style="font-size:'
    '11pt;font-style:normal;">It was </span><span style="font-style:italic;">slow</span><span style="font-weight:700;">'
    ' and <span style="font-style:italic">dark</span></span></p><ul><li dir="ltr"><p><span>One</span></p></li></ul></b>'
)
WORD = (
    "<html><head><style>p.MsoNormal {margin:0}</style></head><body><!--StartFragment--><p class=MsoListParagraphCxSpFirst "
    "style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'><span "
    "style='mso-list:Ignore'>·<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span></span><![endif]>"
    "First <i>point</i><o:p></o:p></p><p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>3.<span>&nbsp;"
    "</span></span>Third</p><!--EndFragment--></body></html>"
)


def in_markdown(source):
    """Return the Markdown of each block, without list marks."""
    return [block.rich.prose() if block.is_item else as_markdown([block]) for block in html_document(source).blocks]


def shown(markdown_text, rendering="prose"):
    return BeautifulSoup(markdown.RENDERINGS[rendering](markdown_text), "html.parser").get_text()


def test_html_of_google_docs_keeps_italics_without_bold_wrapper():
    assert in_markdown(GOOGLE) == ["It was *slow* **and *dark***", "One"]
    assert html_document(GOOGLE).blocks[-1].mark == "•"


def test_html_of_word_lists_becomes_bullets_and_numbers():
    assert html_document(WORD).text.split("\n") == ["• First point", "3. Third"]
    assert in_markdown(WORD)[0] == "First *point*"


def test_numbers_of_parts_and_letters_of_points_stay_in_lists():
    text = "1.1 Dr Lisle\n1.2 Prof. Mabry\n\n[2.1] The sea\n\n1. Two cases\n   (a) nobody heard\n   (b) the dead\n"

    assert as_markdown(text_document(text).blocks) == (
        "- 1.1 Dr Lisle\n- 1.2 Prof. Mabry\n- \\[2.1\\] The sea\n\n"
        "1. Two cases\n    - (a) nobody heard\n    - (b) the dead"
    )


def test_points_below_a_numbered_heading_are_a_list_and_no_code():
    text = "2. The argument\n\nA. The strict view.\nB. The generous view.\n   (a) the dead"
    points = text_document(text).blocks[1:]

    assert as_markdown(points) == "- A. The strict view.\n- B. The generous view.\n    - (a) the dead"
    assert "<code>" not in markdown.RENDERINGS["prose"](as_markdown(points))


def test_html_keeps_headings_links_lists_and_quotations():
    source = (
        "<h1>A <b>title</b></h1><h3>Part</h3><p>See <a href='https://example.org/a_b'>the <em>map</em></a>.</p>"
        "<ol start=4><li>Four</li><li>Five</li></ol><blockquote><p>Said he</p></blockquote>"
    )

    assert in_markdown(source) == [
        "# A title",
        "## Part",
        "See [the *map*](https://example.org/a_b).",
        "Four",
        "Five",
        "> Said he",
    ]
    assert [block.mark for block in html_document(source).blocks if block.mark] == ["4.", "5."]


def test_html_drops_scripts_and_counts_pictures():
    document = html_document(
        "<p>Seen<script>alert(1)</script><style>p{}</style><!-- hidden --></p><img src=x onerror=alert(1)>"
    )

    assert document.text == "Seen"
    assert document.reports == ["Pictures left out: 1. Add them to the write-up as photos."]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "vbscript:x", "/a"])
def test_html_link_with_invalid_url_keeps_its_text(address):
    assert in_markdown(f'<p>Go <a href="{address}">there</a></p>') == ["Go there"]


def test_html_literal_markup_is_escaped():
    (text,) = in_markdown("<p>2018. *No* [x](y) _z_ <i>but *this* is</i> &lt;b&gt; &amp;amp;</p>")

    assert shown(text) == "2018. *No* [x](y) _z_ but *this* is <b> &amp;"
    assert markdown.render_prose(text).count("<em>") == 1


def test_html_line_break_leaves_no_gap():
    blocks = html_document("<p>One<br>two</p><p>Three</p>").blocks

    assert [(block.text, block.after_gap) for block in blocks] == [("One", True), ("two", False), ("Three", True)]


@pytest.mark.parametrize(
    "tangle",
    ["<div>" * 5_000, "<b>" * 200_000, "<a " * 200_000, "<p>" * 160_000, "<table><b>" * 50_000],
)
def test_html_nested_too_deeply_is_refused_fast(tangle):
    with pytest.raises(Unreadable, match="plain text"):
        html_document(tangle)


@pytest.mark.parametrize("noise", ["<!", "</", "<!--", "&#", "<![", "<?"])
def test_html_noise_is_read_fast(noise):
    assert html_document(noise * 50_000) is not None


def test_text_changed_in_the_box_keeps_the_formatting_of_equal_paragraphs():
    html = "<p>It was <i>slow</i>.</p><p>It was <b>dark</b>.</p><ul><li>A <i>point</i></li></ul>"
    typed = "A title of mine\n\nIt was slow.\n\nIt was very dark.\n\nA point"

    document = Pasted(typed, html).document()

    assert document.text.split("\n") == ["A title of mine", "It was slow.", "It was very dark.", "• A point"]
    assert [block.rich.prose() for block in document.blocks] == [
        "A title of mine",
        "It was *slow*.",
        "It was very dark.",
        "A *point*",
    ]
    assert [block.first_line for block in document.blocks] == [1, 3, 5, 7]


def test_text_changed_in_the_box_keeps_its_list_numbers():
    document = Pasted("7. seven\n\n2018. A year\n\nAdded", "<p>seven</p><p>2018. A <i>year</i></p>").document()

    assert document.text == "7. seven\n2018. A year\nAdded"


def test_document_reports_unsupported_characters():
    text, reports = make_readable("a\0b\x07 \ud800c 🏳️‍🌈 שלום")

    assert text == "ab \ufffdc 🏳️‍🌈 שלום"
    assert reports == [
        "Invisible control characters taken out: 2.",
        "Broken characters, now “\ufffd”: 1. Look for them and type what was there.",
    ]


styles = st.builds(
    Style, st.booleans(), st.booleans(), st.sampled_from(["", "", "https://example.org/a", "https://b.example"])
)
runs = st.lists(st.tuples(st.text(alphabet="ab *_[]()1.#>-+`\\&<é ", min_size=1, max_size=12), styles), max_size=6)


@given(runs)
def test_styles_change_no_word(runs):
    rich = RichText(tuple(runs)).strip()

    assert "".join(shown(rich.prose()).split()) == "".join(rich.text.split())
    assert "".join(shown(rich.line(), LINE).split()) == "".join(rich.text.split())


prose_texts = st.text(alphabet="ab *_[]()1.#>-+`\\&<é \n", max_size=60)


@given(prose_texts)
def test_change_of_notation_changes_no_word(text):
    text = "\n".join(line.strip() for line in text.split("\n"))
    for there in (PROSE, LINE):
        written = convert_notation(text, PLAIN, there)
        back = convert_notation(written, there, LINE if there == PROSE else PROSE)

        assert "".join(shown(written, there).split()) == "".join(text.split())
        assert "".join(shown(back, LINE if there == PROSE else PROSE).split()) == "".join(text.split())


def test_change_of_notation_keeps_emphasis_and_reports_urls():
    prose = "See *this* [map](https://example.org)"

    assert convert_notation(prose, PROSE, LINE) == "See *this* map (https://example.org)"
    assert words_of("*One* \\*two\\*", LINE) == "One *two*"


def test_docx_keeps_emphasis():
    data = make_docx(paragraph(("It was ", ""), ("slow", "<w:i/>")) + paragraph(("Part", ""), style="Heading1"))

    assert read_docx(data).html == "<p>It was <em>slow</em></p><h1>Part</h1>"


ENTITIES = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no Word document"),
        (b"PK\x03\x04" + b"\0" * 200, "no Word document"),
        (b"\xd0\xcf\x11\xe0 an old .doc", "no Word document"),
        (make_docx(parts={"word/vbaProject.bin": b"x"}), "macros"),
        (make_docx(paragraph(("&b;", "")), declaration=ENTITIES), "no Word document"),
        (make_docx("<w:p>" * 3_000 + "</w:p>" * 3_000), "more than a write-up"),
        (make_docx(" " * 100_000_000), "more than"),
        (make_docx(paragraph(("x" * 1_100_000, ""))), "more than 1 MB of text"),
        (make_docx("<w:p>"), "no Word document"),
        (make_docx(parts={f"word/{number}.xml": b"" for number in range(2_100)}), "more than a write-up"),
        (make_docx(paragraph(("Cut", "")))[:-60], "no Word document"),
    ],
    ids=["empty", "no archive", "old", "macros", "entities", "deep", "bomb", "long", "unclosed", "many parts", "cut"],
)
def test_docx_invalid_or_too_large_is_refused(data, words):
    with pytest.raises(Unreadable, match=words):
        read_docx(data)


@pytest.mark.all_tests  # `make drill`, which CI runs, reads each of these within its limits
@pytest.mark.parametrize("make_data", HOSTILE_DOCX.values(), ids=HOSTILE_DOCX)
def test_hostile_docx_is_refused(make_data):
    data = make_data()

    with pytest.raises(Unreadable):
        read_docx(data)


def test_docx_of_a_long_writeup_is_read():
    """64 KiB in 500 paragraphs with the marks that Word adds for each change of style and each session of editing."""
    run = (
        '<w:r w:rsidR="00A77B3E"><w:rPr><w:b/><w:lang w:val="en-GB"/></w:rPr>'
        f'<w:t xml:space="preserve">{"a few words more " * 4}</w:t></w:r>'
    )
    look = '<w:pPr><w:spacing w:line="276" w:lineRule="auto"/></w:pPr>'
    one = f'<w:p w:rsidR="00A77B3E" w:rsidRDefault="00A77B3E" w:rsidP="00A77B3E">{look}{run * 2}</w:p>'

    assert read_docx(make_docx(one * 500)).html.count("<p>") == 500


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_text_is_refused(text):
    with pytest.raises(Unreadable, match=r"more .* than a write-up"):
        Pasted(text).document()


def test_text_of_a_megabyte_with_short_lines_is_read():
    text = f"{'word ' * 16}\n" * 12_300

    assert Pasted(text).document().text.split() == text.split()


@pytest.mark.parametrize("html", HOSTILE_HTML.values(), ids=HOSTILE_HTML)
def test_hostile_html_is_refused(html):
    with pytest.raises(Unreadable, match="too tangled"):
        html_document(html)


def test_docx_with_false_sizes_is_refused():
    data = make_docx(" " * 30_000_000)
    declared = zipfile.ZipFile(io.BytesIO(data)).getinfo("word/document.xml").file_size.to_bytes(4, "little")
    lying = data.replace(declared, (1_000).to_bytes(4, "little"))

    assert lying != data
    with pytest.raises(Unreadable):
        read_docx(lying)


def test_plain_text_is_escaped():
    (block, _) = text_document("*One*\n\n# two").blocks

    assert (block.layout, block.rich.prose()) == (Layout.PARAGRAPH, r"\*One\*")
    assert html.unescape(re.sub("<[^>]+>", "", markdown.render_prose(r"\*One\*"))) == "*One*"


def test_text_of_thousands_of_short_lines_is_refused_with_advice():
    with pytest.raises(Unreadable, match="Paste the first part now"):
        Pasted("A title\n\n" + "A line of it\n" * 3_100).document()
