"""Read HTML as blocks: words, emphasis, links, nested lists, headings, quotations, tables, captions."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import nh3

from meetups.paste.blocks import Block, Document, Layout, make_readable
from meetups.paste.rich_text import SAFE_ADDRESS, UNSTYLED, RichText, Style, join_rich
from meetups.paste.sources.html_limits import check_html
from meetups.paste.sources.html_lines import DROPPED
from meetups.paste.text_reader import with_typed_marks

MAX_LEVEL = 5
HEADINGS = {f"h{number}" for number in range(1, 7)}
LISTS = {"ul", "ol"}
BLOCKS = HEADINGS | LISTS | {
    "p", "div", "li", "blockquote", "pre", "tr", "dt", "dd", "table", "hr", "figcaption", "caption", "cite", "aside",
    "details", "summary", "section", "article",
}  # fmt: skip
INLINE = {"em", "i", "dfn", "var", "strong", "b", "a", "span", "font", "cite", "sup"}
EM, STRONG = {"em", "i", "cite", "dfn", "var"}, {"strong", "b"}
KEPT = BLOCKS | INLINE | {"br", "img", "td", "th"}
LOOKS = {"font-style", "font-weight", "mso-list", "display"}
ATTRIBUTES = {tag: {"style"} for tag in KEPT - {"img", "br", "hr"}}
ATTRIBUTES["a"] = {"style", "href"}
ATTRIBUTES["ol"] = {"style", "start"}
ATTRIBUTES["p"] = {"style", "class"}
BULLET = "•"
NUMBER = re.compile(r"\(?([0-9]{1,3})[.)]+")
WORD_LEVEL = re.compile(r"mso-list:[^;]*\blevel([1-9])")
PICTURES = re.compile(r"<img[\s>/]", re.IGNORECASE)
NOTE_MARK = re.compile(r"\[?[0-9]{1,3}\]?")  # of a footnote
TASK = re.compile(r"\[[ xX]?\]\s+")


def html_document(html: str) -> Document:
    """Return the document. Raise Unreadable for HTML that would take minutes."""
    html, reports = make_readable(html)
    check_html(html)
    pictures = len(PICTURES.findall(html))
    if pictures:
        reports.append(f"Pictures left out: {pictures}. Add them to the write-up as photos.")
    reader = Reader()
    reader.feed(clean_html(html))
    reader.close()
    reader.end_line()
    return Document(with_typed_marks(number_lines(reader.blocks)), reports)


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


def number_lines(blocks: list[Block]) -> list[Block]:
    """Number the blocks as lines of text, with an empty line for each gap."""
    line, numbered = 0, []
    for block in blocks:
        line += 2 if block.after_gap and numbered else 1
        numbered.append(replace(block, first_line=line, last_line=line))
    return numbered


class Reader(HTMLParser):
    """Parses the output of `clean_html`, in which every element is closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.runs: list[tuple[str, Style]] = []
        self.open: list[tuple[str, Style, dict]] = []
        self.counters: list[int | None] = []  # of the open lists: the next number, or None for bullets
        self.cells: list[RichText] | None = None  # of the open table row
        self.mark = ""
        self.level = 0
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
        elif tag in {"td", "th"}:
            self.end_line()
        elif tag in BLOCKS and not (tag == "cite" and not self.within("blockquote")):
            self.open_block(tag, looks, style)
        if tag not in {"br", "hr"}:
            self.open.append((tag, self.styled(tag, looks, style), looks))

    def handle_endtag(self, tag):
        if tag in {"br", "hr"}:
            return
        if (
            (tag in BLOCKS or tag in {"td", "th"})
            and not self.ignored
            and not (tag == "cite" and not self.within("blockquote"))
        ):
            self.end_block(tag)
        if self.open:
            self.open.pop()
        if self.ignored:
            self.ignored -= 1
            if not self.ignored:
                self.mark, self.word_mark = self.mark or parse_word_mark(self.word_mark), ""
        elif tag in LISTS and self.counters:
            self.counters.pop()

    def handle_data(self, data):
        if self.ignored:
            self.word_mark += data
            return
        if self.within("sup") and NOTE_MARK.fullmatch(data.strip()):
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data) if not self.within("pre") else data
        for number, line in enumerate(text.split("\n")):
            if number:
                self.break_line()
            if line:
                self.runs.append((line, self.open[-1][1] if self.open else UNSTYLED))

    def within(self, *tags: str) -> bool:
        return any(name in tags for name, *_ in self.open)

    def styled(self, tag: str, looks: dict, style: str) -> Style:
        """Return the style inside this element. CSS "normal" cancels emphasis (Google Docs wraps all in such a `<b>`)."""
        around = self.open[-1][1] if self.open else UNSTYLED
        slant, weight = read_css_property(style, "font-style"), read_css_property(style, "font-weight")
        em = around.em or (tag in EM and not (tag == "cite" and self.within("blockquote")))
        strong = around.strong or tag in STRONG
        address = around.address or (looks.get("href") or "" if tag == "a" else "")
        em = slant in {"italic", "oblique"} if slant else em
        strong = weight in {"bold", "bolder", "600", "700", "800", "900"} if weight else strong
        return Style(em, strong, address if SAFE_ADDRESS.fullmatch(address) else "")

    def open_block(self, tag: str, looks: dict, style: str) -> None:
        if tag not in {"p", "div", "pre"} or self.words_so_far():
            self.end_line()
        if tag == "ul":
            self.counters.append(None)
        elif tag == "ol":
            start = looks.get("start") or "1"
            self.counters.append(int(start) if re.fullmatch("[0-9]{1,3}", start) else 1)
        elif tag == "li":
            self.mark, self.level = self.next_mark(), min(max(0, len(self.counters) - 1), MAX_LEVEL)
        elif tag == "tr":
            self.cells = []
        elif tag == "p" and (level := WORD_LEVEL.search(style)):
            self.level = min(int(level[1]) - 1, MAX_LEVEL)

    def end_block(self, tag: str) -> None:
        if tag in {"td", "th"} and self.cells is not None:
            self.cells.append(join_rich([RichText(tuple(self.runs)).strip()], " "))
            self.runs = []
        elif tag == "tr" and self.cells is not None:
            cells, self.cells = self.cells, None
            self.add_row(cells)
        else:
            self.end_line()

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
        if self.cells is not None:  # a paragraph within a cell
            self.runs += [(" ", UNSTYLED)] * bool(self.runs)
            return
        if self.words_so_far():
            self.add_line()
            self.mark, self.level = "", 0
        self.runs, self.breaks = [], False

    def add_row(self, cells: list[RichText]) -> None:
        if len(cells) == 1 and cells[0].text:
            self.blocks.append(Block(cells[0], after_gap=True))
        elif any(cell.text for cell in cells):
            in_table = bool(self.blocks) and self.blocks[-1].layout == Layout.ROW
            rich = join_rich(cells, " | ")
            self.blocks.append(Block(rich, Layout.ROW, cells=tuple(cells), after_gap=not in_table))
        self.runs, self.breaks = [], False

    def add_line(self) -> None:
        """Add a block, with its layout by the open elements; after a <br> there is no gap before it."""
        if self.cells is not None:  # a line break within a cell
            self.runs.append((" ", UNSTYLED))
            return
        rich, layout, level = RichText(tuple(self.runs)).strip(), self.layout, self.level
        mark = self.mark
        if task := TASK.match(rich.text) if mark else None:
            rich, mark = rich.cut(task.end()), f"{mark} {task[0].strip()}"
        if layout == Layout.HEADING:  # headings are bold anyway
            heading = next(tag for tag, *_ in reversed(self.open) if tag in HEADINGS)
            rich, level = rich.without(strong=False), int(heading[1])
        is_cited = layout == Layout.QUOTATION and self.within("cite")
        in_list = bool(mark) and bool(self.blocks) and self.blocks[-1].is_item
        self.blocks.append(
            Block(
                rich,
                Layout.ITEM if mark and layout != Layout.HEADING else layout,
                mark="" if layout == Layout.HEADING else mark,
                level=level,
                after_gap=not (in_list or self.breaks or is_cited),
            )
        )
        self.runs, self.mark = [], ""

    @property
    def layout(self) -> Layout:
        if self.within(*HEADINGS):
            return Layout.HEADING
        if self.within("blockquote"):
            return Layout.QUOTATION
        if self.within("figcaption", "caption"):
            return Layout.CAPTION
        classes = [looks.get("class") or "" for tag, _, looks in self.open if tag == "p"]
        return Layout.SUBTITLE if "subtitle" in classes else Layout.PARAGRAPH


def read_css_property(style: str, name: str) -> str:
    match = re.search(rf"(?:^|;)\s*{name}\s*:\s*([a-z0-9]+)", style)
    return match[1] if match else ""


def parse_word_mark(text: str) -> str:
    """Return the number of Word's list mark, or a bullet for the letters that its symbol font draws as one."""
    number = NUMBER.search(text)
    return f"{number[1]}." if number else BULLET
