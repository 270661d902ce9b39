"""Word files, text and HTML that are meant to exhaust the paste page. bench.hostile_files measures them.

The zip files are functions that make them: making all of them takes some eight seconds, which only the process that
runs their tests should spend.
"""

import zipfile

from tests.meetups.documents import PACKAGE, WORDS, make_docx, make_odt

RUN = "<w:r><w:t>x</w:t></w:r>"
BIG = "x" * 5_900_000
LINK = '<w:hyperlink w:anchor="a"/>'
NOTE_REFERENCE = '<w:r><w:footnoteReference w:id="1"/></w:r>'
FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
NOTES = {
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="n" '
    f'Target="footnotes.xml" Type="{FOOTNOTES}"/></Relationships>',
    "word/footnotes.xml": f'<w:footnotes {WORDS}><w:footnote w:id="1">'
    + f"<w:p>{RUN}</w:p>" * 900
    + "</w:footnote></w:footnotes>",
}
EMPTY = f"<w:document {WORDS}><w:body/></w:document>"
ATTRIBUTES = " ".join(f'a{number}=""' for number in range(200_000))
HOSTILE_DOCX = {
    "paragraphs": lambda: make_docx(f"<w:p>{RUN}</w:p>" * 36_000),
    "empty paragraphs": lambda: make_docx("<w:p/>" * 2_100),
    "runs": lambda: make_docx(f"<w:p>{RUN * 100_000}</w:p>"),
    "breaks": lambda: make_docx(f"<w:p><w:r>{'<w:br/>' * 100_000}</w:r></w:p>"),
    "table rows": lambda: make_docx(f"<w:tbl>{'<w:tr><w:tc/></w:tr>' * 40_000}</w:tbl>"),
    "nested elements": lambda: make_docx("<w:p>" * 110 + "</w:p>" * 110),
    "nested tables": lambda: make_docx("<w:tbl><w:tr><w:tc>" * 30_000 + "</w:tc></w:tr></w:tbl>" * 30_000),
    "many nested tables": lambda: make_docx(("<w:tbl><w:tr><w:tc>" * 30 + "</w:tc></w:tr></w:tbl>" * 30) * 400),
    "links": lambda: make_docx(f"<w:p>{LINK * 100_000}</w:p>"),
    "one note a thousand times": lambda: make_docx(f"<w:p>{NOTE_REFERENCE * 1_000}</w:p>", parts=NOTES),
    "attributes": lambda: make_docx(f"<w:p {ATTRIBUTES}/>"),
    "long attribute": lambda: make_docx(f'<w:p a="{BIG}"/>'),
    "long comment": lambda: make_docx(f"<!--{BIG}-->"),
    "comments": lambda: make_docx("<!---->" * 800_000),
    "processing instructions": lambda: make_docx("<?a b?>" * 800_000),
    "long namespace": lambda: make_docx(f'<a:x xmlns:a="{"x" * 100_000}">' + "<a:x/>" * 30_000 + "</a:x>"),
    "styles": lambda: make_docx(parts={"word/styles.xml": f"<w:styles {WORDS}>{'<w:style/>' * 400_000}</w:styles>"}),
    "large parts": lambda: make_docx(
        parts={f"word/{name}.xml": f"<a>{' ' * 5_000_000}</a>" for name in ("styles", "numbering")}
    ),
    "members": lambda: make_docx(parts={f"word/{number}": b"" for number in range(40_000)}),
    "bzip2": lambda: make_docx(" " * 100_000_000, compression=zipfile.ZIP_BZIP2),
    "bzip2 with few words": lambda: make_docx(f"<w:p>{RUN}</w:p>", compression=zipfile.ZIP_BZIP2),
    "spaces within a tag": lambda: make_docx(f"<w:p>{RUN}</w:p><w:p{' ' * 7_000_000}/>"),
    "one part twice": lambda: make_docx(f"<w:p>{RUN}</w:p>", parts={"word/document.xm_": EMPTY}).replace(
        b".xm_", b".xml"
    ),
}
HOSTILE_TEXTS = {
    "list": "- x\n" * 100_000,
    "lines": "x\n" * 500_000,
    "lines of an old Mac": "x\r" * 500_000,
    "empty lines": "a" + "\n" * 900_000 + "b",
    "brackets": "[" * 1_000_000,
    "emphasis": "*x* " * 200_000,
}
HOSTILE_HTML = {
    "tags": "<p>x</p>" * 100_000,
    "nested elements": "<div>" * 3_050,
    "tags in nested elements": "<div>" * 2_900 + "<p>x</p>" * 15_000,
    "entities": f"<p>{'&amp;' * 200_000}",
    "signs that begin no tag": f"<p>{'< ' * 200_000}",
    "elements without end": "<ul>" + "<li>x" * 3_050,
}

SPAN = "<text:span>x</text:span>"
CELL = "<table:table-cell><text:p>x</text:p></table:table-cell>"
ENTITIES = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE_ODT = {
    "zip bomb": lambda: make_odt(" " * 100_000_000),
    "paragraphs": lambda: make_odt("<text:p>x</text:p>" * 36_000),
    "empty paragraphs": lambda: make_odt("<text:p/>" * 36_000),
    "list items": lambda: make_odt(
        f"<text:list>{'<text:list-item><text:p>x</text:p></text:list-item>' * 100_000}</text:list>"
    ),
    "empty list items": lambda: make_odt(f"<text:list>{'<text:list-item/>' * 100_000}</text:list>"),
    "nested lists": lambda: make_odt("<text:list><text:list-item>" * 5_000 + "</text:list-item></text:list>" * 5_000),
    "spans": lambda: make_odt(f"<text:p>{SPAN * 100_000}</text:p>"),
    "breaks": lambda: make_odt(f"<text:p>{'<text:line-break/>x' * 130_000}</text:p>"),
    "spaces": lambda: make_odt(f"<text:p>{'<text:s text:c=~99~/>' * 130_000}</text:p>".replace("~", '"')),
    "table cells": lambda: make_odt(f"<table:table><table:table-row>{CELL * 40_000}</table:table-row></table:table>"),
    "nested tables": lambda: make_odt(
        "<table:table><table:table-row><table:table-cell>" * 40
        + "</table:table-cell></table:table-row></table:table>" * 40
    ),
    "notes": lambda: make_odt(
        f"<text:p>{'<text:note><text:note-body><text:p>x</text:p></text:note-body></text:note>' * 30_000}</text:p>"
    ),
    "long text": lambda: make_odt(f"<text:p>{'x' * 5_900_000}</text:p>"),
    "long attribute": lambda: make_odt(f'<text:p text:style-name="{BIG}"/>'),
    "styles": lambda: make_odt(styles='<style:style style:name="a" style:parent-style-name="a"/>' * 200_000),
    "attributes": lambda: make_odt(f"<text:p {ATTRIBUTES}/>"),
    "entities": lambda: make_odt("<text:p>&b;</text:p>", declaration=ENTITIES),
    "members": lambda: make_odt(parts={f"Pictures/{number}": b"" for number in range(40_000)}),
    "bzip2": lambda: make_odt(" " * 100_000_000, compression=zipfile.ZIP_BZIP2),
    "lzma": lambda: make_odt(" " * 100_000_000, compression=zipfile.ZIP_LZMA),
    "no content": lambda: make_odt(parts={}).replace(b"content.xml", b"content.xmx"),
}
RTF_START = b"{\\rtf1 "
HOSTILE_RTF = {
    "paragraphs": RTF_START + b"x\\par " * 100_000 + b"}",
    "empty paragraphs": RTF_START + b"\\par" * 200_000 + b"}",
    "list items": RTF_START + b"{\\listtext 1.\\tab}x\\par" * 100_000 + b"}",
    "groups": RTF_START + b"{" * 1_000_000,
    "pairs of groups": RTF_START + b"{}" * 1_000_000,
    "control words": RTF_START + b"\\b x" * 1_000_000,
    "hexadecimal": RTF_START + b"\\'e9" * 500_000,
    "unicode": RTF_START + b"\\u233?" * 500_000,
    "lines": RTF_START + b"x\\line " * 500_000,
    "cells": RTF_START + b"\\intbl x\\cell" * 200_000,
    "long text": RTF_START + b"x" * 5_000_000,
    "notes": RTF_START + b"{\\footnote x}" * 100_000,
    "fields": RTF_START + b'{\\field{\\*\\fldinst HYPERLINK "x"}{\\fldrslt y}}' * 50_000,
    "styles": RTF_START + b"{\\stylesheet" + b"{\\s1 a;}" * 200_000 + b"}",
    "binary": RTF_START + b"\\bin999999999 " * 10 + b"x" * 5_000_000,
    "backslashes": RTF_START + b"\\'zz" * 500_000,
}
HOSTILE_MARKDOWN = {
    "brackets": "## A\n**b**\n" + "[" * 900_000,
    "emphasis": "## A\n**b**\n" + "*x* " * 200_000,
    "nested list": "## A\n**b**\n" + "".join(f"{' ' * depth}- x\n" for depth in range(1_000)),
    "list": "## A\n**b**\n" + "- x\n" * 12_000,
    "quotations": "## A\n**b**\n" + ">" * 900_000,
    "footnotes": "## A\n**b**\n" + "a[^1]\n" * 6_000 + "[^1]: x\n" * 6_000,
    "long footnote": "## A\n**b**\n" + "a[^1] [^1]" * 1_000 + "\n\n[^1]: " + "x" * 900_000,
    "spaces": "## A\n**b**\n**c**" + " " * 900_000 + "x",
    "empty lines": "## A\n**b**\n**c**" + "\n" * 49_000 + "x",
    "dashes": "## A\n**b**\n**c**\n" + "-" * 900_000,
    "pipes": "## A\n**b**\n**c**\n" + "|-" * 400_000,
    "pictures": "## A\n**b**\n" + "![](" * 200_000,
    "tags": "## A\n**b**\n**c**\n" + "<u" * 400_000,
    "front matter": "---\n" + "a: b\n" * 12_000,
    "tasks": "## A\n" + "- [ ] x\n" * 12_000,
    "headings": "# a\n" * 12_000,
    "one line": "## A\n**b**\n**c**\n" + "word " * 200_000,
}
HOSTILE_EXPORTS = {
    "stamps": "12/03/2025, 21:04 - Anna: <Media omitted>\n" * 12_000,
    "long message": "12/03/2025, 21:04 - Anna: <" + "omitted" * 100_000 + "\n12/03/2025, 21:04 - B: x" * 3,
    "spaces": "12/03/2025, 21:04 - Anna:" + " " * 900_000 + "x" + "\n12/03/2025, 21:04 - B: x" * 3,
    "telegram": "a, [12.03.2025 21:04]\n" * 12_000,
}
HOSTILE_BLOGS = {
    "shortcodes": "<!-- wp:x -->" + "[caption " * 100_000,
    "comments": "<!-- wp:x -->" * 45_000 + "<p>x",
    "classes": "<!-- wp:x -->" + '<div class="sharedaddy related comments">' * 2_900 + "<p>x",
    "entities": "<!-- wp:x -->" + "&lt;" * 49_000,
}
