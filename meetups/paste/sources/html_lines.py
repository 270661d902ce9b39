"""The lines of an HTML text, with the place of their words in it, so that lines can be left out and the tags stay."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from html.parser import HTMLParser

import nh3

from meetups.paste.sources.html_limits import NEVER_OPEN, check_html

BLOCKS = {
    "p", "div", "ul", "ol", "li", "blockquote", "pre", "tr", "td", "th", "dt", "dd", "dl", "table", "tbody", "thead",
    "figure", "figcaption", "section", "article", "header", "footer", "nav", "aside", "details", "summary", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br",
}  # fmt: skip
KEPT = BLOCKS | {
    "a", "abbr", "b", "bdi", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "var", "button", "label", "center", "main",
}  # fmt: skip
DROPPED = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "textarea", "select"}
ATTRIBUTES = {tag: {"class", "id", "style"} for tag in KEPT} | {
    "a": {"class", "id", "style", "href"},
    "ol": {"class", "id", "style", "start"},
    "blockquote": {"class", "id", "style", "type"},
}


@dataclass
class HtmlLine:
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)  # of its words and pictures in the HTML
    names: frozenset[str] = frozenset()  # of the elements around it: classes, ids, and "<nav>" for some tags

    @cached_property
    def text(self) -> str:
        """The words, with single spaces."""
        return " ".join("".join(self.words).split())


def tidy_html(html: str) -> str:
    """Close every element and drop comments and scripts; keep classes and ids, which tell what a part is.

    Raise Unreadable.
    """
    check_html(html)
    return nh3.clean(
        html,
        tags=KEPT,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


class LineReader(HTMLParser):
    """Parses the output of `tidy_html`."""

    def __init__(self, html: str, wanted: frozenset[str]):
        super().__init__(convert_charrefs=False)
        self.html, self.wanted = html, wanted
        self.starts = [0, *(found.end() for found in re.finditer("\n", html))]  # of the source's lines
        self.lines = [HtmlLine()]
        self.open: list[tuple[str, frozenset[str]]] = []
        self.feed(html)
        self.close()

    @property
    def place(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    @property
    def names(self) -> frozenset[str]:
        return self.open[-1][1] if self.open else frozenset()

    def handle_starttag(self, tag, attrs):
        looks = dict(attrs)
        own = {*(looks.get("class") or "").split(), looks.get("id"), looks.get("type"), f"<{tag}>"} & self.wanted
        if tag in BLOCKS:
            self.begin_line()
        if tag == "img":
            self.add("", self.place + len(self.get_starttag_text()))
        elif tag not in NEVER_OPEN:
            self.open.append((tag, self.names | own if own else self.names))

    def handle_endtag(self, tag):
        if tag in NEVER_OPEN:
            return
        if self.open:
            self.open.pop()
        if tag in BLOCKS:
            self.begin_line()

    def handle_data(self, data):
        self.add(data, self.place + len(data))

    def handle_entityref(self, name):
        self.add_reference(f"&{name}")

    def handle_charref(self, name):
        self.add_reference(f"&#{name}")

    def add_reference(self, source):
        end = self.place + len(source)
        has_semicolon = self.html[end : end + 1] == ";"
        self.add(unescape(f"{source};"), end + has_semicolon)

    def add(self, words, end):
        line = self.lines[-1]
        if not line.spans:
            line.names = self.names
        line.words.append(words)
        line.spans.append((self.place, end))

    def begin_line(self):
        if self.lines[-1].spans:
            self.lines.append(HtmlLine())


def read_lines(html: str, wanted: frozenset[str]) -> list[HtmlLine]:
    """Return the lines of tidy HTML, with those of the `wanted` names that the elements around them have."""
    return [line for line in LineReader(html, wanted).lines if line.spans]


def cut_lines(html: str, lines: list[HtmlLine]) -> str:
    """Return the HTML without the words and pictures of the lines; the tags around them stay."""
    kept, position = [], 0
    for start, end in sorted(span for line in lines for span in line.spans):
        kept.append(html[position:start])
        position = max(position, end)
    return "".join([*kept, html[position:]])
