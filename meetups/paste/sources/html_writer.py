"""Write HTML from a document's paragraphs, lists, tables and runs of text, for formats that don't nest like HTML."""

from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Look:
    """The look of a run of text."""

    is_bold: bool = False
    is_italic: bool = False
    address: str = ""  # of a link

    def wrap(self, text: str) -> str:
        html = escape(text, quote=False).replace("\n", "<br>")
        if not text.strip():
            return html
        html = f"<em>{html}</em>" if self.is_italic else html
        html = f"<strong>{html}</strong>" if self.is_bold else html
        return f'<a href="{escape(self.address)}">{html}</a>' if self.address else html


@dataclass
class Paragraph:
    """Runs of text; a "\\n" within them is a line break."""

    tag: str = "p"  # p, h1 to h6
    is_subtitle: bool = False
    is_quotation: bool = False
    list_level: int = 0  # 1 for a list's own items; 0 outside of lists
    is_numbered: bool = False
    number: int = 0  # of the item, where the document says it
    is_continued: bool = False  # a further paragraph of the same item
    runs: list[tuple[Look, list[str]]] = field(default_factory=list)

    def add(self, text: str, look: Look) -> None:
        if self.runs and self.runs[-1][0] == look:
            self.runs[-1][1].append(text)
        elif text:
            self.runs.append((look, [text]))

    @property
    def last_letter(self) -> str:
        return self.runs[-1][1][-1][-1:] if self.runs else ""

    @property
    def is_empty(self) -> bool:
        return not any(part.strip() for _, parts in self.runs for part in parts)

    def to_html(self) -> str:
        html = "".join(look.wrap("".join(parts)) for look, parts in self.runs)
        if self.list_level and not self.is_continued:
            return html
        opening = '<p class="subtitle">' if self.is_subtitle else f"<{self.tag}>"
        html = f"{opening}{html}</{self.tag}>"
        return f"<blockquote>{html}</blockquote>" if self.is_quotation else html


class HtmlWriter:
    """Takes blocks in order. Rows of a table are lists of cells, each a list of paragraphs."""

    def __init__(self):
        self.parts: list[str] = []
        self.lists: list[str] = []  # tags of the open lists, each with an open item

    def add_paragraph(self, paragraph: Paragraph) -> None:
        if paragraph.is_empty:
            return
        if not paragraph.list_level:
            self.close_lists()
        elif paragraph.is_continued and len(self.lists) >= paragraph.list_level:
            self.close_lists(paragraph.list_level)
        else:
            paragraph.is_continued = False
            self.open_item(paragraph)
        self.parts.append(paragraph.to_html())

    def open_item(self, paragraph: Paragraph) -> None:
        tag = "ol" if paragraph.is_numbered else "ul"
        self.close_lists(paragraph.list_level)
        if self.lists and len(self.lists) == paragraph.list_level and self.lists[-1] != tag:
            self.close_lists(paragraph.list_level - 1)
        if len(self.lists) == paragraph.list_level:
            self.parts.append("</li><li>")
        while len(self.lists) < paragraph.list_level:
            start = f' start="{paragraph.number}"' if tag == "ol" and paragraph.number > 1 else ""
            self.parts.append(f"<{tag}{start}><li>")
            self.lists.append(tag)

    def close_lists(self, level: int = 0) -> None:
        """Close the lists that are deeper than `level`."""
        while len(self.lists) > level:
            self.parts.append(f"</li></{self.lists.pop()}>")

    def add_table(self, rows: list[list[list[Paragraph]]]) -> None:
        self.close_lists()
        if all(paragraph.is_empty for row in rows for cell in row for paragraph in cell):
            return
        lines = ["".join(f"<td>{self.cell_html(cell)}</td>" for cell in row) for row in rows]
        self.parts.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")

    @staticmethod
    def cell_html(cell: list[Paragraph]) -> str:
        writer = HtmlWriter()
        for paragraph in cell:
            writer.add_paragraph(paragraph)
        return writer.finish()

    def finish(self) -> str:
        self.close_lists()
        return "".join(self.parts).replace("</blockquote><blockquote>", "")
