"""Convert an OpenDocument text (.odt) to HTML. The format's own reader: docs/decisions/0018-document-readers.md."""

import io
import zipfile

from bookclub.core.zipped_xml import BAD_ARCHIVE, PackageChecker, Wording, open_part, read_parts
from meetups.paste.sources.odt_content import ContentReader
from meetups.paste.sources.odt_styles import StyleReader
from meetups.paste.sources.source import MAX_FILE_BYTES, PAGE_MARGIN, Source, Unreadable
from meetups.paste.sources.xml_events import parse_xml

CONTENT, STYLES, MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
COSTS = {"p": 3, "h": 3, "span": 2, "list-item": 2, "table-row": 2, "table-cell": 3}
MAX_COST = 120_000  # in units of some 5 µs
MAX_PARAGRAPHS = 5_000
MARGINS = {"header", "footer", "header-left", "footer-left", "header-first", "footer-first"}
WORDING = Wording(
    broken="The file is no OpenDocument text that can be read. Open it, save it as .odt or .docx and try again.",
    too_large="The document holds more than a write-up can. Copy its text in two halves and paste them.",
    too_long="The document holds more than 1 MB of text. Copy it in two halves and paste them.",
    macros="The document holds macros. Save it as a document without macros and try again.",
)
TOO_MANY_BYTES = "The document is larger than 20 MB. Take the pictures out, or paste its text."
ENCRYPTED = "The document is protected by a password. Save it without one and try again."


def read_odt(data: bytes) -> Source:
    """Raise Unreadable."""
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(TOO_MANY_BYTES)
    if is_encrypted(data):
        raise Unreadable(ENCRYPTED)
    checker = PackageChecker(WORDING, COSTS, MAX_COST, MAX_PARAGRAPHS)
    parts = read_parts(data, CONTENT, {CONTENT, STYLES}.__contains__, checker)
    styles = StyleReader()
    for name in (STYLES, CONTENT):
        parse_xml(parts.get(name, b""), styles.start, styles.end)
    content = ContentReader(styles, MAX_PARAGRAPHS, WORDING.too_large)
    parse_xml(parts[CONTENT], content.start, content.end, content.add_text)
    margins = MarginReader()
    parse_xml(parts.get(STYLES, b""), margins.start, margins.end, margins.add_text)
    left_out = tuple((words, PAGE_MARGIN) for words in margins.words())
    return Source(html=content.finish(), kind="odt", reports=tuple(content.reports), left_out=left_out)


class MarginReader:
    """Collects the words of headers and footers."""

    def __init__(self):
        self.depth, self.lines = 0, [""]

    def start(self, name, attributes):
        if self.depth or name in MARGINS:
            self.depth += 1
            if name == "p" or self.depth == 1:
                self.lines.append("")

    def end(self, name):
        self.depth -= bool(self.depth)

    def add_text(self, text):
        if self.depth:
            self.lines.append(self.lines.pop() + text)

    def words(self) -> list[str]:
        return list(dict.fromkeys(filter(None, (" ".join(line.split()) for line in self.lines))))


def is_encrypted(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if MANIFEST not in archive.namelist():
                return False
            with open_part(archive, archive.getinfo(MANIFEST)) as manifest:
                return b"encryption-data" in manifest.read(100_000)
    except BAD_ARCHIVE:  # `read_parts` tells what is wrong
        return False
