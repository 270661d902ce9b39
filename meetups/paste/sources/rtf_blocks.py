"""Paragraphs and tables of an RTF document, as HTML."""

from dataclasses import replace

from meetups.paste.sources.html_writer import HtmlWriter, Paragraph
from meetups.paste.sources.rtf_state import NUMBER, State
from meetups.paste.sources.rtf_tokens import TOO_LARGE
from meetups.paste.sources.source import Unreadable

MAX_PARAGRAPHS = 5_000


class RtfBlocks:
    """`paragraph` takes the runs of text; `mark` is the mark of its list item."""

    def __init__(self):
        self.writer = HtmlWriter()
        self.paragraph = Paragraph()
        self.mark = ""
        self.count = 0
        self.rows: list[list[list[Paragraph]]] = []
        self.cells: list[list[Paragraph]] = []
        self.cell: list[Paragraph] = []

    def end_paragraph(self, state: State) -> None:
        self.count += 1
        if self.count > MAX_PARAGRAPHS:
            raise Unreadable(TOO_LARGE)
        paragraph, self.paragraph = self.paragraph, Paragraph()
        self.give_layout(paragraph, state)
        if state.is_table:
            self.cell.append(paragraph)
        else:
            self.end_table()
            self.writer.add_paragraph(paragraph)
        self.mark = ""

    def give_layout(self, paragraph: Paragraph, state: State) -> None:
        paragraph.tag = "h1" if state.layout == "title" else state.layout if state.layout[:1] == "h" else "p"
        paragraph.is_subtitle, paragraph.is_quotation = state.layout == "subtitle", state.layout == "quote"
        if paragraph.tag != "p":
            paragraph.runs = [(replace(look, is_bold=False), parts) for look, parts in paragraph.runs]
        elif paragraph.is_quotation:
            if all(look.is_italic for look, _ in paragraph.runs):  # as the style says: RTF repeats it in each paragraph
                paragraph.runs = [(replace(look, is_italic=False), parts) for look, parts in paragraph.runs]
        elif self.mark:
            number = NUMBER.fullmatch(self.mark)
            paragraph.list_level, paragraph.is_numbered = state.level + 1, bool(number)
            paragraph.number = int(number[1]) if number and number[1] else 0

    def end_cell(self, state: State) -> None:
        self.end_paragraph(replace(state, is_table=True))
        self.cells.append(self.cell)
        self.cell = []

    def end_row(self) -> None:
        if self.cells:
            self.rows.append(self.cells)
        self.cells = []

    def end_table(self) -> None:
        if self.cell:
            self.cells.append(self.cell)
        self.end_row()
        if self.rows:
            self.writer.add_table(self.rows)
        self.rows, self.cells, self.cell = [], [], []
