"""Convert pasted HTML to a document: words, emphasis, links, lists, headings and quotations."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import nh3

from meetups.paste.document import HEADING, PLAIN, QUOTATION, SAFE_ADDRESS, Document, Line, Style, make_readable
from meetups.paste.parser import Unreadable

MAX_DEPTH = 3_000  # open elements at a time, including those that need no end tag
MAX_TAGS = 40_000
MAX_DEPTH_TIMES_TAGS = 10_000_000  # each tag is compared with the open elements
MAX_ENTITIES = 50_000  # cleaning time grows with the square
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
NEVER_OPEN = {"br", "img", "hr", "meta", "link", "input", "col", "wbr", "area", "base", "source", "track", "embed"}
HEADINGS = {f"h{number}" for number in range(1, 7)}
BLOCKS = HEADINGS | {"p", "div", "ul", "ol", "li", "blockquote", "pre", "tr", "dt", "dd", "table", "hr", "figcaption"}
INLINE = {"em", "i", "cite", "dfn", "var", "strong", "b", "a", "span", "font"}
EM, STRONG = {"em", "i", "cite", "dfn", "var"}, {"strong", "b"}
KEPT = BLOCKS | INLINE | {"br", "img", "td", "th"}
DROPPED = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "textarea", "select"}
LOOKS = {"font-style", "font-weight", "mso-list", "display"}
ATTRIBUTES = {tag: {"style"} for tag in KEPT - {"img", "br", "hr"}}
ATTRIBUTES["a"] = {"style", "href"}
ATTRIBUTES["ol"] = {"style", "start"}
BULLET = "•"
NUMBER = re.compile(r"\(?([0-9]{1,3})[.)]+")
PICTURES = re.compile(r"<img[\s>/]", re.IGNORECASE)


def html_document(html: str) -> Document:
    """Return the Document. Raise Unreadable for HTML that would take minutes."""
    html, reports = make_readable(html)
    check_html(html)
    pictures = len(PICTURES.findall(html))
    if pictures:
        reports.append(f"Pictures left out: {pictures}. Add them to the write-up as photos.")
    reader = Reader()
    reader.feed(clean_html(html))
    reader.close()
    reader.end_line()
    return Document(add_spacing(reader.lines), reports)


def check_html(html: str) -> None:
    depth = deepest = tags = 0
    for match in TAG.finditer(html):
        tags += 1
        depth += 0 if match[2].lower() in NEVER_OPEN else -1 if match[1] else 1
        deepest = max(deepest, depth)
    is_tangled = deepest > MAX_DEPTH or tags > MAX_TAGS or deepest * tags > MAX_DEPTH_TIMES_TAGS
    if is_tangled or html.count("&") > MAX_ENTITIES:
        raise Unreadable(
            "The formatting of this text is too tangled to be read. Paste it as plain text (Ctrl+Shift+V)."
        )


def clean_html(html: str) -> str:
    """Close every element, and keep only elements and CSS properties that carry meaning."""
    return nh3.clean(
        html,
        tags=KEPT - {"img"},
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        filter_style_properties=LOOKS,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def add_spacing(lines: list[Line]) -> list[Line]:
    """Insert an empty line between paragraphs, but not between list items."""
    result: list[Line] = []
    for line in lines:
        if not line.text.strip():
            continue
        if result and not (line.mark and result[-1].mark) and line.layout != "close":
            result.append(Line())
        result.append(line if line.layout != "close" else Line(line.runs, line.mark))
    return result


class Reader(HTMLParser):
    """Parses the output of `clean_html`, in which every element is closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.runs: list[tuple[str, Style]] = []
        self.open: list[tuple[str, Style]] = []
        self.counters: list[int | None] = []  # of the open lists: the next number, or None for bullets
        self.mark = ""
        self.ignored = 0  # depth within Word's own list mark
        self.word_mark = ""
        self.breaks = False  # the paragraph has a line break

    def handle_starttag(self, tag, attrs):
        looks = dict(attrs)
        style = (looks.get("style") or "").casefold()
        if self.ignored or "mso-list:ignore" in style.replace(" ", ""):
            self.ignored += tag != "br"
        elif tag == "br":
            self.break_line()
        elif tag in BLOCKS:
            self.open_block(tag, looks)
        elif tag in {"td", "th"} and self.runs:
            self.runs.append(("\t", PLAIN))
        if tag not in {"br", "hr"}:
            self.open.append((tag, self.styled(tag, looks, style)))

    def handle_endtag(self, tag):
        if tag in {"br", "hr"}:
            return
        if tag in BLOCKS and not self.ignored:
            self.end_line()
        if self.open:
            self.open.pop()
        if self.ignored:
            self.ignored -= 1
            if not self.ignored:
                self.mark, self.word_mark = self.mark or parse_word_mark(self.word_mark), ""
        elif tag in {"ul", "ol"} and self.counters:
            self.counters.pop()

    def handle_data(self, data):
        if self.ignored:
            self.word_mark += data
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data) if not self.within("pre") else data
        for number, line in enumerate(text.split("\n")):
            if number:
                self.break_line()
            if line:
                self.runs.append((line, self.open[-1][1] if self.open else PLAIN))

    def within(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)

    def styled(self, tag: str, looks: dict, style: str) -> Style:
        """Return the style inside this element. CSS "normal" cancels emphasis (Google Docs wraps all in such a `<b>`)."""
        around = self.open[-1][1] if self.open else PLAIN
        slant, weight = read_css_property(style, "font-style"), read_css_property(style, "font-weight")
        em = around.em or tag in EM
        strong = around.strong or tag in STRONG
        address = around.address or (looks.get("href") or "" if tag == "a" else "")
        em = slant in {"italic", "oblique"} if slant else em
        strong = weight in {"bold", "bolder", "600", "700", "800", "900"} if weight else strong
        return Style(em, strong, address if SAFE_ADDRESS.fullmatch(address) else "")

    def open_block(self, tag: str, looks: dict) -> None:
        if tag not in {"p", "div", "pre"} or self.words_so_far():
            self.end_line()
        if tag == "ul":
            self.counters.append(None)
        elif tag == "ol":
            start = looks.get("start") or "1"
            self.counters.append(int(start) if re.fullmatch("[0-9]{1,3}", start) else 1)
        elif tag == "li":
            self.mark = self.next_mark()

    def next_mark(self) -> str:
        if not self.counters or self.counters[-1] is None:
            return BULLET
        number = self.counters[-1]
        self.counters[-1] = min(number + 1, 999)
        return f"{number}."

    def words_so_far(self) -> bool:
        return any(text.strip() for text, _ in self.runs)

    def break_line(self) -> None:
        if self.words_so_far():
            self.add_line()
        self.breaks = True

    def end_line(self) -> None:
        if self.words_so_far():
            self.add_line()
            self.mark = ""
        self.runs, self.breaks = [], False

    def add_line(self) -> None:
        """Add a line: heading or quotation by the open elements; after a <br> no empty line goes before it."""
        heading = next((tag for tag, _ in reversed(self.open) if tag in HEADINGS), "")
        layout = HEADING if heading else QUOTATION if self.within("blockquote") else ""
        close = self.breaks and not layout and self.lines and not self.mark
        runs = tuple(trim_lines(self.runs))
        if heading:  # headings are bold anyway
            runs = tuple((text, replace(style, strong=False)) for text, style in runs)
        self.lines.append(Line(runs, self.mark, "close" if close else layout, int(heading[1]) if heading else 0))
        self.runs, self.mark = [], ""


def trim_lines(runs: list[tuple[str, Style]]) -> list[tuple[str, Style]]:
    """Strip white space at both ends."""
    first = next(index for index, (text, _) in enumerate(runs) if text.strip())
    last = next(index for index in range(len(runs) - 1, -1, -1) if runs[index][0].strip())
    runs = runs[first : last + 1]
    runs[0] = (runs[0][0].lstrip(), runs[0][1])
    runs[-1] = (runs[-1][0].rstrip(), runs[-1][1])
    return runs


def read_css_property(style: str, name: str) -> str:
    match = re.search(rf"(?:^|;)\s*{name}\s*:\s*([a-z0-9]+)", style)
    return match[1] if match else ""


def parse_word_mark(text: str) -> str:
    """Return the number of Word's list mark, or a bullet for the letters that its symbol font draws as one."""
    number = NUMBER.search(text)
    return f"{number[1]}." if number else BULLET
