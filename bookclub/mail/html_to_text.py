"""Convert HTML that we made ourselves (rendered Markdown, mail templates) to the plain text of a mail."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from django.conf import settings

PARAGRAPH_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "figure", "figcaption", "caption"}
CONTAINER_TAGS = {"ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th"}
CELL_TAGS = {"td", "th"}
SOURCE_LINE_BREAK = re.compile(r"[ \t\f]*[\n\r][ \t\n\r\f]*")
SOFT_SPACE = "\x1f"  # replaces a line break of the HTML source: becomes a space between words, else nothing
LINK_START, URL_MARK = "\x1d", "\x1e"  # around the words of a link, and around its URL, until its line is complete
LINK_ALONE = re.compile(
    f"^{LINK_START}([^{LINK_START}{URL_MARK}\n]*){URL_MARK}([^{URL_MARK}]*){URL_MARK}$", re.MULTILINE
)
LINK_IN_TEXT = re.compile(f"{LINK_START}([^{LINK_START}{URL_MARK}]*){URL_MARK}([^{URL_MARK}]*){URL_MARK}")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
SECTION_BREAK = "* * *"
SIGNATURE = "-- "  # RFC 3676 section 4.3: mail programs leave the following lines out of a reply


def html_to_text(html: str) -> str:
    """Return the words of `html` as plain text. Every element must be closed.

    - An empty line separates paragraphs, <br> ends a line, spaces that somebody typed stay.
    - List entries begin with "* " or their number, quoted lines with "> "; " | " separates the cells of a table. A table
      with role="presentation" is layout: its cells become paragraphs, the paragraphs inside become lines.
    - A link is followed by its absolute URL in parentheses, unless its words are the URL; a link alone on its line by a
      colon and the URL, so that no mail program takes a parenthesis for a part of it. A link of the class "button" has no
      URL: email/_button.html prints it below.
    - A paragraph of the class "address" follows the one before it on the next line; that of the class "foot" becomes the
      signature.
    """
    converter = Converter()
    converter.feed(html)
    converter.close()
    return converter.text()


@dataclass
class Element:
    """An open element: its finished blocks, and the pieces of the block being read."""

    tag: str = ""
    next_number: int = 1  # of an ordered list's next entry
    is_layout: bool = False
    blocks: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    has_paragraphs: bool = False

    def end_block(self):
        text = "".join(self.pieces)
        if self.tag != "pre":
            text = re.sub(rf" *{SOFT_SPACE}[ {SOFT_SPACE}]*", " ", text)
            text = re.sub(r" *\n *", "\n", text).strip(" \n")
        text = LINK_IN_TEXT.sub(r"\1 (\2)", LINK_ALONE.sub(r"\1: \2", text))
        if text.strip(" \n"):
            self.blocks.append(text.strip("\n"))
        self.pieces.clear()

    def joined(self):
        """Return the blocks as one. Lists are tight unless an entry has paragraphs, as on the page."""
        if self.is_layout:
            return ("\n" if self.tag in CELL_TAGS else "\n\n").join(self.blocks)
        if self.tag == "tr":
            return " | ".join(self.blocks)
        if self.tag in CELL_TAGS:
            return " ".join(self.blocks).replace("\n", " ")
        is_tight = self.tag in {"ul", "ol", "li"} and not self.has_paragraphs
        return ("\n" if is_tight or self.tag == "table" else "\n\n").join(self.blocks)


class Converter(HTMLParser):
    """Keeps open elements on a stack instead of recursing, so no nesting is too deep."""

    def __init__(self):
        super().__init__()
        self.stack = [Element()]
        self.link = None  # its href, and the number of pieces before its own words
        self.paragraph_class = None
        self.signature = ""

    @property
    def element(self):
        return self.stack[-1]

    def text(self):
        while len(self.stack) > 1:
            self.end_container()
        self.element.end_block()
        text = "\n".join(line.rstrip(" ") for line in self.element.joined().split("\n"))
        return f"{text}\n\n{SIGNATURE}\n{self.signature}" if self.signature else text

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in PARAGRAPH_TAGS | CONTAINER_TAGS | {"hr"}:
            self.element.end_block()
        if tag in CONTAINER_TAGS:
            is_layout = attrs.get("role") == "presentation" if tag == "table" else self.element.is_layout
            self.stack.append(Element(tag, first_number(attrs.get("start")), is_layout))
        elif tag == "p":
            self.element.has_paragraphs = True
            self.paragraph_class = attrs.get("class")
        elif tag == "hr":
            self.element.blocks.append(SECTION_BREAK)
        elif tag == "br":
            self.element.pieces.append("\n")
        elif tag == "a" and attrs.get("href") and attrs.get("class") != "button":
            self.link = attrs["href"], len(self.element.pieces)

    def handle_data(self, data):
        self.element.pieces.append(data if self.element.tag == "pre" else SOURCE_LINE_BREAK.sub(SOFT_SPACE, data))

    def handle_endtag(self, tag):
        if tag in PARAGRAPH_TAGS:
            self.end_paragraph()
        elif tag == self.element.tag:
            self.end_container()
        elif tag == "a" and self.link:
            self.end_link(*self.link)

    def end_paragraph(self):
        blocks = self.element.blocks
        count = len(blocks)
        self.element.end_block()
        if len(blocks) > count and self.paragraph_class == "foot":
            self.signature = blocks.pop()
        elif len(blocks) > count > 0 and self.paragraph_class == "address":
            blocks[-2:] = ["\n".join(blocks[-2:])]
        self.paragraph_class = None

    def end_link(self, href, start):
        self.link = None
        words, url = "".join(self.element.pieces[start:]).strip(), absolute_url(href).removeprefix("mailto:")
        if words == href and words in url:
            self.element.pieces[start:] = [url]
        elif words and words != url and not href.startswith("#"):
            self.element.pieces.insert(start, LINK_START)
            self.element.pieces.append(f"{URL_MARK}{url}{URL_MARK}")

    def end_container(self):
        self.element.end_block()
        done = self.stack.pop()
        text = done.joined()
        if done.tag == "li":
            text = self.as_list_entry(text)
            self.element.has_paragraphs |= done.has_paragraphs
        elif done.tag == "blockquote":
            text = indent_lines(text, "> ") if text else ""
        elif done.tag == "pre":
            text = indent_lines(text, "    ")
        if text or (done.tag in CELL_TAGS and not done.is_layout):
            self.element.blocks.append(text)

    def as_list_entry(self, text):
        mark = f"{self.element.next_number}. " if self.element.tag == "ol" else "* "
        self.element.next_number += 1
        return mark + indent_lines(text, " " * len(mark)).removeprefix(" " * len(mark))


def indent_lines(text, prefix):
    return "\n".join(f"{prefix}{line}" for line in text.split("\n"))


def first_number(start):
    """Return the first number of an ordered list: 1 without a valid `start`."""
    return int(start) if start and start.isdecimal() and len(start) < 10 else 1


def absolute_url(url: str) -> str:
    """Resolve `url` against SITE_URL; return it unchanged if it can't be parsed."""
    try:
        return url if SCHEME.match(url) else urljoin(f"{settings.SITE_URL}/", url)
    except ValueError:
        return url
