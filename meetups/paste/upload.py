"""A pasted text or uploaded file, as it is stored, and its document. Errors keep the text."""

from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher

from meetups.paste.blocks import Document, make_readable, only_letters
from meetups.paste.html_reader import html_document
from meetups.paste.sources import MAX_FILE_BYTES, MAX_TEXT_BYTES, Source, Unreadable, read_text
from meetups.paste.sources import read_file as read_source
from meetups.paste.text_reader import text_document

MAX_HTML_BYTES = 2 * MAX_TEXT_BYTES
MARKS = "*_[]`<>\\"
MAX_MARKS = 200_000
TOO_MUCH_HTML = "The formatting of this text takes more than 2 MB. Paste the first half now, and the rest later."
TOO_MANY_MARKS = "The text has more stars, brackets and other marks than a write-up can. Paste a part without them."
MAX_PARAGRAPHS = 3_000  # each makes a piece in most sections, and a page shows 600; the parser takes 0.3 ms for one
TOO_MANY_PARAGRAPHS = (
    "The text has more than 3,000 lines or paragraphs. Paste the first part now, and the rest by “Paste more”."
)
TWO_AT_ONCE = "There is text in the box, and a file. Empty the box or leave out the file: one at a time."


@dataclass
class Pasted:
    """The text of the box with the HTML of the clipboard, or a file that was read. `details` can be stored as JSON.

    `details` has the further fields of a file's Source, and `is_markdown` where somebody chose how the box is read.
    """

    text: str = ""
    html: str = ""
    details: dict = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)  # sentences on what `without_invisible` took out

    def without_invisible(self) -> "Pasted":
        """Return it without the characters that no page can show and no database can store."""
        text, text_reports = make_readable(self.text)
        html, html_reports = make_readable(self.html)
        return replace(self, text=text, html=html, reports=list(dict.fromkeys([*text_reports, *html_reports])))

    def document(self) -> Document:
        """Raises Unreadable."""
        if len(self.html.encode("utf-8", "replace")) > MAX_HTML_BYTES:
            raise Unreadable(TOO_MUCH_HTML)
        if sum(map(self.text.count, MARKS)) > MAX_MARKS:
            raise Unreadable(TOO_MANY_MARKS)
        if not (self.text.strip() or self.html.strip()):
            raise Unreadable("There is nothing to read. Paste the text into the box, or choose a file.")
        document = self._read()
        if sum(block.is_paragraph for block in document.blocks) > MAX_PARAGRAPHS:
            raise Unreadable(TOO_MANY_PARAGRAPHS)
        document.reports = list(dict.fromkeys([*self.reports, *document.reports]))
        document.typed = self.text
        return document

    def _read(self) -> Document:
        if "kind" in self.details:
            return document_of(Source(text=self.text, html=self.html, **self.details))
        source = read_text(self.text, self.html, is_markdown=self.details.get("is_markdown"))
        if self.html and self.text.strip() and source.kind != "markdown":
            return self._read_both(source)
        return document_of(source)

    def _read_both(self, source: Source) -> Document:
        """Return the HTML's document, or the text's where the box was changed since."""
        plain, rich = text_document(self.text), html_document(self.html)
        if words_of_document(plain) == words_of_document(rich):
            return document_of(source)
        typed = read_text(self.text, is_markdown=self.details.get("is_markdown"))
        if typed.kind != "markdown":
            return add_formatting(plain, rich)
        document = document_of(typed)  # note-taking programs copy Markdown as the plain text
        return document_of(source) if words_of_document(document) == words_of_document(rich) else document


def document_of(source: Source) -> Document:
    """Return the blocks of a source, with what its reader found out."""
    document = html_document(source.html) if source.html else text_document(source.text)
    document.reports = [*source.reports, *document.reports]
    document.doubts = list(source.doubts)
    document.head = dict(source.head)
    document.left_out = [tuple(one) for one in source.left_out]
    document.kind = source.kind
    return document


def add_formatting(plain: Document, rich: Document) -> Document:
    """Return the text of the box, which was changed since the HTML was pasted, with the equal blocks of the HTML."""
    keys = [[only_letters(block.text) for block in document.blocks] for document in (plain, rich)]
    blocks = list(plain.blocks)
    for match in SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks():
        for step in range(match.size):
            lines = {"first_line": blocks[match.a + step].first_line, "last_line": blocks[match.a + step].last_line}
            blocks[match.a + step] = replace(rich.blocks[match.b + step], **lines)
    return Document(blocks, [*plain.reports, *rich.reports])


def words_of_document(document: Document) -> str:
    return "".join(only_letters(cell.text) for block in document.blocks for cell in block.cells or (block.rich,))


def read_upload(data, files) -> Pasted:
    """Read the form's fields. Raise Unreadable, with the text so far as its `pasted`."""
    typed = Pasted(data.get("text", "").replace("\r\n", "\n"), data.get("html", ""))
    file = files.get("file")
    if not file:
        return typed
    try:
        if typed.text.strip():
            raise Unreadable(TWO_AT_ONCE)
        return pasted_file(file.name, file.read(MAX_FILE_BYTES + 1))
    except Unreadable as error:
        error.pasted = typed
        raise


def pasted_file(name: str, data: bytes) -> Pasted:
    """Read a file of any kind. Raise Unreadable."""
    source = read_source(name, data)
    details = {key: value for key, value in asdict(source).items() if key not in {"text", "html"}}
    return Pasted(source.text, source.html, details)


def read_file(name: str, data: bytes) -> Document:
    """Read a file as a document. Raise Unreadable."""
    return pasted_file(name, data).without_invisible().document()
