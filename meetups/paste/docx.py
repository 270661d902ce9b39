"""Convert a Word document (.docx) to HTML with mammoth, after checking its size and content."""

import io
import zipfile
import zlib
from xml.parsers import expat

import mammoth

from meetups.paste.parser import MAX_TEXT_BYTES, Unreadable

MAX_PARTS = 2_000
MAX_PART_BYTES = 6 * MAX_TEXT_BYTES
MAX_ELEMENTS = 150_000
MAX_DEPTH = 100
MAIN = "word/document.xml"
TOO_LARGE = "The Word document holds more than a write-up can. Copy its text in two halves and paste them."
BROKEN = "The file is no Word document that can be read. Open it in Word, save it as .docx and try again."
MACROS = "The Word document holds macros. Save it as a document without macros (.docx) and try again."
# The parts that mammoth reads, without images.
READ_PARTS = {
    "[Content_Types].xml",
    "_rels/.rels",
    MAIN,
    "word/_rels/document.xml.rels",
    "word/styles.xml",
    "word/numbering.xml",
    "word/footnotes.xml",
    "word/_rels/footnotes.xml.rels",
    "word/endnotes.xml",
    "word/_rels/endnotes.xml.rels",
}


def docx_to_html(data: bytes) -> str:
    """Return the document as HTML. Raise Unreadable. Mammoth gets only parts that passed `check_part`."""
    parts = read_parts(data)
    counted = Counted()
    for part in parts.values():
        check_part(part, counted)
    try:
        return mammoth.convert_to_html(open_zip(parts), convert_image=skip_image).value
    except (
        KeyError,
        ValueError,
        AttributeError,
        IndexError,
        TypeError,
    ) as error:  # raised by mammoth on a damaged part
        raise Unreadable(BROKEN) from error


def skip_image(image) -> list:
    """Convert an image to an empty <img>, which is counted; its bytes are never read."""
    return [mammoth.html.element("img", {})]


def read_parts(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_names(archive.namelist())
            names = [name for name in archive.namelist() if name in READ_PARTS]
            return {name: read_part(archive, name) for name in names}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable(BROKEN) from error


def check_names(names: list[str]) -> None:
    if len(names) > MAX_PARTS:
        raise Unreadable(TOO_LARGE)
    if any("vbaproject" in name.casefold() for name in names):
        raise Unreadable(MACROS)
    if MAIN not in names:
        raise Unreadable(BROKEN)


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read up to the limit: the sizes in the archive's directory can't be trusted."""
    with archive.open(name) as part:
        read = bytearray()
        while chunk := part.read(65_536):
            read += chunk
            if len(read) > MAX_PART_BYTES:
                raise Unreadable(TOO_LARGE)
    return bytes(read)


def check_part(xml: bytes, counted: "Counted") -> None:
    """Reject declarations (entities), and XML that is too long or too deep."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = counted.start, counted.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = counted.words, counted.declaration
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unreadable(BROKEN) from error


class Counted:
    """Counts elements and text over all parts of a document."""

    def __init__(self):
        self.elements = self.depth = self.length = 0

    def start(self, name, attributes):
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise Unreadable(TOO_LARGE)

    def end(self, name):
        self.depth -= 1

    def words(self, text):
        self.length += len(text.encode())
        if self.length > MAX_TEXT_BYTES:
            raise Unreadable("The Word document holds more than 1 MB of text. Copy it in two halves and paste them.")

    def declaration(self, *names):
        raise Unreadable(BROKEN)


def open_zip(parts: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    file.seek(0)
    return file
