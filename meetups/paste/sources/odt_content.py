"""Turn the events of an OpenDocument text's content.xml into HTML."""

import re
from dataclasses import dataclass, field

from meetups.paste.sources.html_writer import HtmlWriter, Look, Paragraph
from meetups.paste.sources.odt_styles import StyleReader
from meetups.paste.sources.source import Unreadable

MAX_REPEATED = 64  # columns of a table, spaces in a row: the file says the number, and it may be a billion
SPACES = re.compile(r"[ \t\r\n]+")
SKIPPED = {
    "tracked-changes", "annotation", "forms", "sequence-decls", "variable-decls", "user-field-decls", "number",
    "note-citation", "automatic-styles", "font-face-decls", "scripts", "ruby-text", "event-listeners", "object",
    "object-ole", "math",
}  # fmt: skip
TRACKED = "The document has tracked changes: they were read as accepted."


@dataclass
class OpenList:
    style: str
    number: int = 0  # of the last item
    is_continued: bool = False  # the item has its first paragraph already


@dataclass
class TextBox:
    """A text box, and the paragraph and lists around it, whose words stand before those of the box."""

    paragraph: Paragraph | None
    lists: list[OpenList]


@dataclass
class OpenTable:
    rows: list = field(default_factory=list)
    lists: list[OpenList] = field(default_factory=list)  # those that were open around the table
    paragraph: Paragraph | None = None


class ContentReader:
    def __init__(self, styles: StyleReader, max_paragraphs: int, too_large: str):
        self.styles, self.max_paragraphs, self.too_large = styles, max_paragraphs, too_large
        self.writer = HtmlWriter()
        self.paragraph: Paragraph | None = None
        self.looks: list[Look] = [Look()]
        self.lists: list[OpenList] = []
        self.last_numbers: dict[tuple[str, int], int] = {}  # by list style and level, for lists that go on
        self.tables: list[OpenTable] = []
        self.boxes: list[TextBox] = []
        self.boxed: list[Paragraph] = []  # paragraphs of text boxes, for the end of the paragraph around them
        self.frames = 0
        self.skipped = 0  # depth within an element that is not read
        self.in_note = 0
        self.body = 0
        self.comments = self.pictures = 0
        self.reports: list[str] = []
        self.written = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        is_alternative = name in {"title", "desc"} and self.frames > len(self.boxes)  # of a picture
        if self.skipped or name in SKIPPED or is_alternative:
            self.skipped += 1
            self.note_skipped(name)
            return
        starter = getattr(self, f"start_{name.replace('-', '_')}", None)
        if name == "text" and not self.body:
            self.body = 1
        elif starter:
            starter(attributes)

    def end(self, name: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        ender = getattr(self, f"end_{name.replace('-', '_')}", None)
        if ender:
            ender()

    def note_skipped(self, name: str) -> None:
        if self.skipped == 1 and name == "annotation":
            self.comments += 1
        elif self.skipped == 1 and name == "tracked-changes":
            self.reports.append(TRACKED)

    def add_text(self, words: str) -> None:
        if self.skipped or self.paragraph is None:
            return
        words = SPACES.sub(" ", words)
        if words[:1] == " " and self.paragraph.last_letter in {"", " "}:
            words = words[1:]
        self.paragraph.add(words, self.looks[-1])

    # Paragraphs

    def start_p(self, attributes, level: int = 0) -> None:
        if self.in_note:
            if self.paragraph and self.paragraph.last_letter != "(":
                self.paragraph.add(" ", Look())
            return
        style = attributes.get("style-name", "")
        layout = self.styles.read_layout(style)
        tag = f"h{level}" if level else {"title": "h1"}.get(layout) or (layout if layout[:1] == "h" else "p")
        self.paragraph = Paragraph(tag, is_subtitle=layout == "subtitle", is_quotation=layout == "quote")
        if tag == "p" and layout != "quote":
            self.place_in_list(self.paragraph)
        bold, italic = self.styles.read_look("paragraph", style) if tag == "p" else (False, False)
        self.looks = [Look(bool(bold), bool(italic) and layout not in {"quote", "subtitle"})]

    def start_h(self, attributes) -> None:
        level = attributes.get("outline-level", "1")
        self.start_p(attributes, int(level) if level in {"1", "2", "3", "4", "5", "6"} else 6)

    def end_p(self) -> None:
        if self.in_note or self.paragraph is None:
            return
        paragraph, self.paragraph = self.paragraph, None
        self.written += 1
        if self.written > self.max_paragraphs:
            raise Unreadable(self.too_large)
        if self.boxes:
            self.boxed.append(paragraph)
            return
        boxed, self.boxed = self.boxed, []
        for each in (paragraph, *boxed):
            self.place(each)

    end_h = end_p

    def place(self, paragraph: Paragraph) -> None:
        rows = self.tables[-1].rows if self.tables else []
        if not self.tables:
            self.writer.add_paragraph(paragraph)
        elif rows and rows[-1]:
            rows[-1][-1].append(paragraph)

    def start_frame(self, attributes) -> None:
        self.frames += 1

    def end_frame(self) -> None:
        self.frames -= 1

    def start_text_box(self, attributes) -> None:
        self.boxes.append(TextBox(self.paragraph, self.lists))
        self.paragraph, self.lists = None, []

    def end_text_box(self) -> None:
        if self.boxes:
            box = self.boxes.pop()
            self.paragraph, self.lists = box.paragraph, box.lists
            self.looks = self.looks[:1]
            if self.paragraph is None:  # the box stands between paragraphs
                boxed, self.boxed = self.boxed, []
                for each in boxed:
                    self.place(each)

    # Within a paragraph

    def start_span(self, attributes) -> None:
        bold, italic = self.styles.read_look("text", attributes.get("style-name", ""))
        look = self.looks[-1]
        is_heading = bool(self.paragraph) and self.paragraph.tag != "p"
        self.looks.append(
            Look(
                (look.is_bold if bold is None else bold) and not is_heading,
                look.is_italic if italic is None else italic,
                look.address,
            )
        )

    def start_a(self, attributes) -> None:
        look = self.looks[-1]
        self.looks.append(Look(look.is_bold, look.is_italic, attributes.get("href", "")))

    def end_span(self) -> None:
        if len(self.looks) > 1:
            self.looks.pop()

    end_a = end_span

    def start_s(self, attributes) -> None:
        self.add_mark(" " * read_count(attributes.get("c", "1")))

    def start_tab(self, attributes) -> None:
        self.add_mark("\t")

    def start_line_break(self, attributes) -> None:
        self.add_mark("\n")

    def add_mark(self, mark: str) -> None:
        if self.paragraph is not None:
            self.paragraph.add(mark, self.looks[-1])

    def start_note(self, attributes) -> None:
        self.in_note += 1
        self.add_mark(" (")

    def end_note(self) -> None:
        self.in_note -= 1
        if self.paragraph and self.paragraph.runs:
            parts = self.paragraph.runs[-1][1]
            parts[-1] = parts[-1].rstrip()
            self.add_mark(")")

    def start_image(self, attributes) -> None:
        self.pictures += 1

    # Lists

    def start_list(self, attributes) -> None:
        name = attributes.get("style-name") or (self.lists[-1].style if self.lists else "")
        level = len(self.lists) + 1
        goes_on = attributes.get("continue-numbering") == "true" or "continue-list" in attributes
        first = self.styles.list_level(name, level)[1] - 1
        self.lists.append(OpenList(name, self.last_numbers.get((name, level), first) if goes_on else first))

    def end_list(self) -> None:
        if self.lists:
            self.last_numbers[self.lists[-1].style, len(self.lists)] = self.lists[-1].number
            self.lists.pop()

    def start_list_item(self, attributes) -> None:
        if self.lists:
            start = attributes.get("start-value", "")
            self.lists[-1].number = int(start) if start.isdecimal() and len(start) < 4 else self.lists[-1].number + 1
            self.lists[-1].is_continued = False

    def start_list_header(self, attributes) -> None:
        if self.lists:
            self.lists[-1].is_continued = True

    def place_in_list(self, paragraph: Paragraph) -> None:
        """A second paragraph of an item stands on a line of its own within it."""
        if not self.lists:
            return
        level = len(self.lists)
        paragraph.list_level = level
        paragraph.is_numbered = self.styles.list_level(self.lists[-1].style, level)[0]
        paragraph.number = self.lists[-1].number
        paragraph.is_continued = self.lists[-1].is_continued
        self.lists[-1].is_continued = True

    # Tables

    def start_table(self, attributes) -> None:
        self.tables.append(OpenTable(lists=self.lists, paragraph=self.paragraph))
        self.lists, self.paragraph = [], None

    def start_table_row(self, attributes) -> None:
        if self.tables:
            self.tables[-1].rows.append([])

    def start_table_cell(self, attributes) -> None:
        if self.tables and self.tables[-1].rows and len(self.tables[-1].rows[-1]) < MAX_REPEATED:
            self.tables[-1].rows[-1].append([])

    def start_covered_table_cell(self, attributes) -> None:
        self.start_table_cell(attributes)

    def end_table(self) -> None:
        if not self.tables:
            return
        table = self.tables.pop()
        self.lists, self.paragraph = table.lists, table.paragraph
        inner = [paragraph for row in table.rows for cell in row for paragraph in cell]
        if self.tables and self.tables[-1].rows and self.tables[-1].rows[-1]:
            self.tables[-1].rows[-1][-1].extend(inner)  # a table within a table: its paragraphs
        elif self.boxes:
            self.boxed += inner
        else:
            self.writer.add_table(table.rows)

    def finish(self) -> str:
        if self.comments:
            self.reports.append(f"Comments in the margin were left out: {self.comments}.")
        return self.writer.finish() + "<img>" * self.pictures  # the reader of HTML counts and reports them


def read_count(value: str) -> int:
    return min(int(value), MAX_REPEATED) if value.isdecimal() and len(value) < 9 else 1
