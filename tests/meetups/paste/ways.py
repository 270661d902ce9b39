"""One plain-text write-up by each way that a document can come in: HTML, Word, Markdown, a saved mail."""

import html
import re
from email.message import EmailMessage
from itertools import groupby

from bookclub.core.markdown import escape_markdown
from tests.meetups.documents import make_docx, paragraph

ITEM = re.compile(r"\s+(?P<mark>•|[0-9]+\.)\s+(?P<words>.*)")
NUMBERING = (
    '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    + "".join(
        f'<w:abstractNum w:abstractNumId="{number}"><w:lvl w:ilvl="0"><w:numFmt w:val="{form}"/></w:lvl></w:abstractNum>'
        for number, form in enumerate(("bullet", "decimal"))
    )
    + "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(2))
    + "</w:numbering>"
)


def blocks_of(text, headings):
    """Yield (kind, words): title, heading, bullet, number or paragraph."""
    lines = [line for line in text.split("\n") if line.strip()]
    for place, line in enumerate(lines):
        item = ITEM.fullmatch(line)
        if item:
            yield ("bullet" if item["mark"] == "•" else "number"), item["words"]
        else:
            kind = "title" if place == 0 else "heading" if line.strip() in headings else "paragraph"
            yield kind, line.strip()


def as_html(text, headings):
    parts = []
    for kind, group in groupby(blocks_of(text, headings), key=lambda block: block[0]):
        words = [html.escape(words, quote=False) for _, words in group]
        tag = {"title": "h1", "heading": "h2", "paragraph": "p"}.get(kind, "li")
        items = "".join(f"<{tag}>{one}</{tag}>" for one in words)
        parts.append({"bullet": f"<ul>{items}</ul>", "number": f"<ol>{items}</ol>"}.get(kind, items))
    return "".join(parts)


def as_markdown_file(text, headings):
    marks = {"title": "# ", "heading": "## ", "bullet": "- ", "number": "1. ", "paragraph": ""}
    return "\n\n".join(marks[kind] + escape_markdown(words) for kind, words in blocks_of(text, headings))


def as_docx(text, headings):
    styles = {"title": "Title", "heading": "Heading1"}
    body = "".join(
        list_item(words, number=1 + (kind == "number"))
        if kind in {"bullet", "number"}
        else paragraph((html.escape(words), ""), style=styles.get(kind, ""))
        for kind, words in blocks_of(text, headings)
    )
    style = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/></w:style>'
    styles_xml = (
        '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        + style.format("Title", "Title")
        + style.format("Heading1", "heading 1")
        + "</w:styles>"
    )
    return make_docx(body, parts={"word/numbering.xml": NUMBERING, "word/styles.xml": styles_xml})


def list_item(words, *, number):
    look = f'<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    return f'<w:p>{look}<w:r><w:t xml:space="preserve">{html.escape(words)}</w:t></w:r></w:p>'


def as_mail(text, *, author, subject, sent):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = (
        f"{author} <writer@example.org>",
        "club@example.org",
        subject,
        sent,
    )
    mail.set_content(text)
    return mail.as_bytes()
