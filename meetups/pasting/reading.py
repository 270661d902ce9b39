"""What came from the box or as a file, as a document. Whatever is refused comes with a sentence, and the text is kept."""

from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError

from bookclub import markdown
from meetups.splitting import MOST_BYTES, Unreadable, decode

from .document import Document, plain_document, with_marks_of
from .docx import docx_to_html
from .html import html_document

MOST_FILE_BYTES = 20 * MOST_BYTES  # of a Word document: its pictures are not read
TOO_LONG = "The text is longer than 1 MB. Paste the first half now, and the rest into the draft by “Paste more”."


@dataclass
class Pasted:
    """The words, as the box shows them, and the same in HTML where the clipboard or the file had it."""

    text: str = ""
    html: str = ""

    def document(self) -> Document:
        """Raises Unreadable."""
        if len(self.text.encode("utf-8", "replace")) > MOST_BYTES:
            raise Unreadable(TOO_LONG)
        if not self.text.strip():
            raise Unreadable("There is nothing to read. Paste the text into the box, or choose a file.")
        if not self.html:
            return plain_document(self.text)
        rich = html_document(self.html)
        document = with_marks_of(self.text, rich)
        document.reports += [report for report in rich.reports if report not in document.reports]
        return document


def pasted(data, files) -> Pasted:
    """From a form's fields. Raises Unreadable with the text, if there is any, as `pasted`."""
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
    """The file's kind is told by its name; whatever is no Word document and no HTML is read as text."""
    suffix = PurePath(file.name).suffix.casefold()
    if suffix == ".docx":
        if file.size > MOST_FILE_BYTES:
            raise Unreadable("The Word document is larger than 20 MB. Take the pictures out, or paste its text.")
        return from_html(docx_to_html(file.read()))
    text = decode(file.read(MOST_BYTES + 1))
    if suffix in {".html", ".htm"}:
        return from_html(text)
    return from_markdown(text) if suffix == ".md" else Pasted(text)


def from_html(html: str) -> Pasted:
    return Pasted(html_document(html).text, html)


def from_markdown(text: str) -> Pasted:
    """What can't be rendered is taken as plain text."""
    try:
        return from_html(str(markdown.prose(text)))
    except ValidationError:
        return Pasted(text)
