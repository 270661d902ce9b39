"""Reading Word documents, OpenDocument texts and RTF: layout, footnotes, lists, tables, and what is left out."""

from pathlib import Path

import pytest
from django.conf import settings

from meetups.paste.sources import Unreadable, read_file
from tests.meetups.documents import WORDS, make_docx, make_odt, paragraph
from tests.meetups.hostile_documents import HOSTILE_ODT, HOSTILE_RTF

FILES = Path(settings.BASE_DIR) / "tests/fixtures/paste/files"
NUMBERED = '<w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="{}"/></w:numPr></w:pPr><w:r><w:t>{}</w:t></w:r>'
STYLES = (
    ("Title", "Title", ""),
    ("Subtitle", "Subtitle", ""),
    ("Quote", "Quote", ""),
    ("Intense", "Intense Quote", ""),
    ("Ours", "Words of the book", '<w:basedOn w:val="Quote"/>'),
    ("Kop2", "Kop 2", ""),
    ("Bullets", "List Bullet", ""),
    ("Numbers2", "Listennummer 2", ""),
    ("Part", "Part of the evening", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>'),
)


def word_parts(**more):
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{rest}</w:style>'
        for key, name, rest in STYLES
    )
    relations = {"styles": "styles.xml", "footnotes": "footnotes.xml", "numbering": "numbering.xml"}
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="{kind}" Type="{office}/{kind}" Target="{target}"/>' for kind, target in relations.items()
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return {
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
        "word/styles.xml": f"<w:styles {WORDS}>{styles}</w:styles>",
        "word/footnotes.xml": f"<w:footnotes {WORDS}>{more.pop('notes', '')}</w:footnotes>",
        "word/numbering.xml": f"<w:numbering {WORDS}>{more.pop('numbering', '')}</w:numbering>",
    } | more


def read_word(body, **more):
    return read_file("minutes.docx", make_docx(body, parts=word_parts(**more)))


@pytest.mark.parametrize(
    ("style", "html"),
    [
        ("Title", "<h1>Words</h1>"),
        ("Subtitle", '<p class="subtitle">Words</p>'),
        ("Quote", "<blockquote><p>Words</p></blockquote>"),
        ("Intense", "<blockquote><p>Words</p></blockquote>"),
        ("Ours", "<blockquote><p>Words</p></blockquote>"),
        ("Kop2", "<h2>Words</h2>"),
        ("Bullets", "<ul><li>Words</li></ul>"),
        ("Numbers2", "<ul><li><ol><li>Words</li></ol></li></ul>"),
        ("Part", "<h2>Words</h2>"),
        ("Unknown", "<p>Words</p>"),
    ],
)
def test_docx_style_becomes_layout(style, html):
    assert read_word(paragraph(("Words", ""), style=style)).html == html


def test_docx_footnote_stands_in_brackets_at_its_mark():
    mark = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="1"/></w:r>'
    note = f'<w:footnote w:id="1">{paragraph((" Four for,", ""), (" four", "<w:i/>"))}{paragraph(("against. ", ""))}</w:footnote>'
    words = "<w:r><w:t>It divided us</w:t></w:r>{}<w:r><w:t>, as books do.</w:t></w:r>"

    source = read_word(f"<w:p>{words.format(mark)}</w:p>", notes=note)

    assert source.html == "<p>It divided us (Four for,<em> four</em> against.), as books do.</p>"


def test_docx_lists_stay_nested():
    level = '<w:lvl w:ilvl="{}"><w:numFmt w:val="{}"/></w:lvl>'
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{level.format(0, "decimal")}{level.format(1, "lowerLetter")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    items = [(0, "Whom did you trust?"), (1, "before"), (1, "after"), (0, "Who pays?")]

    source = read_word(
        "".join(f"<w:p>{NUMBERED.format(level, 1, text)}</w:p>" for level, text in items), numbering=numbering
    )

    assert source.html == (
        "<ol><li>Whom did you trust?<ol><li>before</li><li>after</li></ol></li><li>Who pays?</li></ol>"
    )


def test_docx_accepts_tracked_changes_and_leaves_comments_out():
    changed = (
        "<w:p><w:del><w:r><w:delText>a dreadful</w:delText></w:r></w:del><w:ins><w:r><w:t>an uneven</w:t></w:r></w:ins>"
        '<w:r><w:t> book</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>'
    )
    comment = f'<w:comments {WORDS}><w:comment w:id="0">{paragraph(("Is it?", ""))}</w:comment></w:comments>'

    source = read_word(changed, **{"word/comments.xml": comment})

    assert source.html == "<p>an uneven book</p>"
    assert source.reports == (
        "The Word document has tracked changes: they were read as accepted.",
        "Comments in the margin were left out: 1.",
    )


def test_docx_header_of_each_page_is_listed_as_left_out():
    header = f"<w:hdr {WORDS}>{paragraph(('Harbour &amp; ', ''), ('Readers', ''))}</w:hdr>"

    source = read_word(paragraph(("Words", "")), **{"word/header1.xml": header, "word/header2.xml": header})

    assert source.left_out == (("Harbour & Readers", "it stands at the top or the foot of every page"),)


MINUTES_START = [
    "<h1>Harbour Readers: The Glass Orchard</h1>",
    '<p class="subtitle">Minutes by Ida Brand, 14 May 2025</p>',
]


def test_odt_keeps_layout_and_words():
    source = read_file("minutes.odt", (FILES / "minutes.odt").read_bytes())

    assert source.html == "".join([
        *MINUTES_START,
        ("<p>Nine of us met at the Old Customs House. <em>The Glass Orchard</em> split the room (Five for, four against.), "
        "as good books do.</p>"),
        "<p>It is an <strong><em>uneven</em></strong> book.<br>Nobody left  early.</p>",
        "<p>We took a picture.</p><p>BRING CAKE</p>",
        "<h1>Key points</h1>",
        "<ul><li>Glass breaks<ul><li>mostly in chapter 3</li><li>and at the end</li></ul></li><li>Orchards are slow</li></ul>",
        "<h1>Questions</h1>",
        ('<ol><li>Who planted it?</li><li>Who pays?</li></ol><p>(We broke for tea.)</p><ol start="3"><li>Is the ending '
        "earned?</li></ol>"),
        "<h1>Quotes</h1>",
        "<blockquote><p>Glass remembers the fire.</p><p>— p. 88</p></blockquote>",
        "<h1>Our ratings</h1>",
        ("<table><tr><td><p>Reader</p></td><td><p>Stars</p></td></tr><tr><td><p>Ida</p></td><td><p>4</p></td></tr>"
        "<tr><td><p>Tom</p></td><td></td></tr></table>"),
        '<p>Next: <a href="https://example.org/books/salt">The Salt Ledger</a>, 11 June.</p><img>',
    ])  # fmt: skip


def test_odt_tells_what_was_left_out():
    source = read_file("minutes.odt", (FILES / "minutes.odt").read_bytes())

    assert source.reports == (
        "The document has tracked changes: they were read as accepted.",
        "Comments in the margin were left out: 1.",
    )
    assert source.left_out == (("Harbour Readers, page 1", "it stands at the top or the foot of every page"),)


def test_odt_text_is_escaped_and_spaces_are_folded():
    assert read_file(
        "a.odt", make_odt("<text:p>  a &lt;b&gt;\n  c<text:s text:c='3'/>d<text:tab/>e</text:p>")
    ).html == ("<p>a &lt;b&gt; c   d\te</p>")


def test_odt_repeats_no_more_than_a_page_shows():
    spaces = read_file("a.odt", make_odt('<text:p>a<text:s text:c="99999999"/>b</text:p>')).html

    assert spaces == f"<p>a{' ' * 64}b</p>"


def test_odt_with_a_password_is_refused():
    manifest = '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'

    with pytest.raises(Unreadable, match="password"):
        read_file("a.odt", make_odt(parts={"META-INF/manifest.xml": manifest}))


def test_rtf_keeps_layout_and_words():
    source = read_file("minutes.rtf", (FILES / "minutes.rtf").read_bytes())

    assert source.html == "".join([
        *MINUTES_START,
        ("<p>Nine of us met at the Café. <em>The Glass Orchard</em> split the room (Five for, four against.), as good books "
        "do.</p>"),
        "<p>It is an <strong><em>uneven</em></strong> book.<br>Nobody left  early.</p>",
        "<h1>Key points</h1>",
        "<ul><li>Glass breaks<ul><li>mostly in chapter 3</li></ul></li><li>Orchards are slow</li></ul>",
        "<h1>Questions</h1>",
        ('<ol><li>Who planted it?</li><li>Who pays?</li></ol><p>(We broke for tea.)</p><ol start="3"><li>Is the ending '
        "earned?</li></ol>"),
        "<h1>Quotes</h1>",
        "<blockquote><p>“Glass remembers the fire.”</p></blockquote>",
        "<p>Соль 😀</p>",
        "<h1>Our ratings</h1>",
        "<table><tr><td><p>Reader</p></td><td><p>Stars</p></td></tr><tr><td><p>Ida</p></td><td><p>4</p></td></tr></table>",
        '<p>Next: <a href="https://example.org/books/salt">The Salt Ledger</a>, 11 June.</p><img>',
    ])  # fmt: skip


def test_rtf_tells_what_was_left_out():
    source = read_file("minutes.rtf", (FILES / "minutes.rtf").read_bytes())

    assert source.reports == (
        "Comments in the margin were left out: 1.",
        "The RTF document has tracked changes: they were read as accepted.",
    )
    assert source.left_out == (("Harbour Readers", "it stands at the top or the foot of every page"),)


@pytest.mark.parametrize(
    ("rtf", "html"),
    [
        (rb"{\rtf1\mac Soir\'8ee}", "<p>Soirée</p>"),
        (rb"{\rtf1\ansi\ansicpg1251 \'d1\'ee\'eb\'fc}", "<p>Соль</p>"),
        (rb"{\rtf1{\fonttbl\f0\fcharset128 MS Mincho;}\f0 \'89\'96}", "<p>塩</p>"),
        (rb"{\rtf1\uc2 \u8212\'81\'5cx}", "<p>—x</p>"),
        (rb"{\rtf1 a\{b\}\\c\~d\_e}", "<p>a{b}\\c\u00a0d\u2011e</p>"),
        (rb"{\rtf1 1\line 2\par\par 3}", "<p>1<br>2</p><p>3</p>"),
        (rb"{\rtf1 {\pict\bin5 {}\\}}x}", "<p>x</p><img>"),
        (rb"{\rtf1 {\v secret}seen <b>}", "<p>seen &lt;b&gt;</p>"),
        (rb"{\rtf1 cut short {\b here", "<p>cut short <strong>here</strong></p>"),
    ],
)
def test_rtf_reads_encodings_and_signs(rtf, html):
    assert read_file("a.rtf", rtf).html == html


@pytest.mark.parametrize("name", ["empty.docx", "empty.odt", "empty.rtf"])
def test_document_without_words_is_refused(name):
    data = {"docx": make_docx(), "odt": make_odt(), "rtf": rb"{\rtf1}"}[name.rpartition(".")[2]]

    with pytest.raises(Unreadable, match="no words"):
        read_file(name, data)


@pytest.mark.all_tests  # `make drill`, which CI runs, reads each of these within its limits
@pytest.mark.parametrize("make_data", HOSTILE_ODT.values(), ids=HOSTILE_ODT)
def test_hostile_odt_is_refused(make_data):
    data = make_data()

    with pytest.raises(Unreadable):
        read_file("a.odt", data)


@pytest.mark.all_tests  # `make drill`, which CI runs, reads each of these within its limits
@pytest.mark.parametrize("data", HOSTILE_RTF.values(), ids=HOSTILE_RTF)
def test_hostile_rtf_is_refused(data):
    with pytest.raises(Unreadable):
        read_file("a.rtf", data)


def test_odt_of_a_long_writeup_is_read():
    """64 KiB in 500 paragraphs, each with four changes of style."""
    span = f"<text:span>{'a few words more ' * 2}</text:span>"
    one = f'<text:p text:style-name="P1">{span * 4}</text:p>'

    assert read_file("a.odt", make_odt(one * 500)).html.count("<p>") == 500


def test_rtf_of_a_long_writeup_is_read():
    """64 KiB in 500 paragraphs with the words of control that Word writes for each run."""
    run = rb"{\rtlch\fcs1 \af0 \ltrch\fcs0 \lang2057\langnp2057\insrsid1 %s}" % (b"a few words more " * 2)
    one = rb"\pard\plain \ltrpar\ql \li0\ri0\sa160\sl259\slmult1\widctlpar\rin0\lin0\itap0 %s\par " % (run * 4)

    assert read_file("a.rtf", rb"{\rtf1 %s}" % (one * 500)).html.count("<p>") == 500
