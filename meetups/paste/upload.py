"""Read pasted text or an uploaded file as a document. Errors have a sentence for people and keep the text."""

from dataclasses import dataclass, field
from pathlib import PurePath

from django.core.exceptions import ValidationError

from bookclub.core import markdown
from meetups.paste.document import Document, make_readable, merge_marks, plain_document
from meetups.paste.html import html_document
from meetups.paste.parser import MAX_TEXT_BYTES, Unreadable, decode_text
from meetups.paste.sources.docx import docx_to_html

MAX_FILE_BYTES = 20 * MAX_TEXT_BYTES  # of a Word document: its pictures are not read
MAX_HTML_BYTES = 2 * MAX_TEXT_BYTES
# The parser takes some 70 µs for a line. 1 MB of text with lines of 80 letters has 12,500.
MAX_LINES = 13_000
MAX_EMPTY_LINES = 50_000
MARKS = "*_[]`<>\\"
MAX_MARKS = 200_000
TOO_LONG = "The text is longer than 1 MB. Paste the first half now, and the rest into the draft by “Paste more”."
TOO_MUCH_HTML = "The formatting of this text takes more than 2 MB. Paste the first half now, and the rest later."
TOO_MANY_LINES = "The text has more lines than a write-up can. Paste the first part now, and the rest by “Paste more”."
TOO_MANY_MARKS = "The text has more stars, brackets and other marks than a write-up can. Paste a part without them."


@dataclass
class Pasted:
    """Plain text as shown in the box, and its HTML if the clipboard or the file had any."""

    text: str = ""
    html: str = ""
    reports: list[str] = field(default_factory=list)  # sentences on what `without_invisible` took out

    def without_invisible(self) -> "Pasted":
        """Return it without the characters that no page can show and no database can store."""
        text, text_reports = make_readable(self.text)
        html, html_reports = make_readable(self.html)
        return Pasted(text, html, list(dict.fromkeys([*text_reports, *html_reports])))

    def document(self) -> Document:
        """Raises Unreadable."""
        if len(self.text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
            raise Unreadable(TOO_LONG)
        if len(self.html.encode("utf-8", "replace")) > MAX_HTML_BYTES:
            raise Unreadable(TOO_MUCH_HTML)
        check_lines(self.text)
        if not self.text.strip():
            raise Unreadable("There is nothing to read. Paste the text into the box, or choose a file.")
        rich = html_document(self.html) if self.html else None
        document = merge_marks(self.text, rich) if rich else plain_document(self.text)
        reports = [*self.reports, *document.reports, *(rich.reports if rich else ())]
        document.reports = list(dict.fromkeys(reports))
        return document


def check_lines(text: str) -> None:
    """Raise Unreadable for text that would take the parser more than a second."""
    lines = text.splitlines()
    empty = sum(not line.strip() for line in lines)
    if empty > MAX_EMPTY_LINES or len(lines) - empty > MAX_LINES:
        raise Unreadable(TOO_MANY_LINES)
    if sum(map(text.count, MARKS)) > MAX_MARKS:
        raise Unreadable(TOO_MANY_MARKS)


def read_upload(data, files) -> Pasted:
    """Read the form's fields. Raise Unreadable, with the text so far as its `pasted`."""
    typed = Pasted(data.get("text", "").replace("\r\n", "\n"), data.get("html", ""))
    file = files.get("file")
    if not file:
        return typed
    try:
        if typed.text.strip():
            raise Unreadable(
                "There is text in the box, and a file. Empty the box or leave out the file: one at a time."
            )
        return read_file(file)
    except Unreadable as error:
        error.pasted = typed
        raise


def read_file(file) -> Pasted:
    """Read a file by its name's extension: Word, HTML, Markdown, anything else as text."""
    suffix = PurePath(file.name).suffix.casefold()
    if suffix == ".docx":
        if file.size > MAX_FILE_BYTES:
            raise Unreadable("The Word document is larger than 20 MB. Take the pictures out, or paste its text.")
        return from_html(docx_to_html(file.read()))
    text = decode_text(file.read(MAX_TEXT_BYTES + 1))
    if suffix in {".html", ".htm"}:
        return from_html(text)
    return from_markdown(text) if suffix == ".md" else Pasted(text)


def from_html(html: str) -> Pasted:
    return Pasted(html_document(html).text, html)


def from_markdown(text: str) -> Pasted:
    """Read Markdown; text that can't be rendered is taken as plain text."""
    try:
        return from_html(str(markdown.render_prose(text)))
    except ValidationError:
        return Pasted(text)
