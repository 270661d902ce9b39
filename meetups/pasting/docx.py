"""A Word document (.docx) to HTML by mammoth, once it has been seen to be small and harmless."""

import io
import zipfile
import zlib
from xml.parsers import expat

import mammoth

from meetups.splitting import MOST_BYTES, Unreadable

MOST_PARTS = 2_000
MOST_PART_BYTES = 6 * MOST_BYTES
MOST_ELEMENTS = 150_000
DEEPEST = 100
MAIN = "word/document.xml"
TOO_LARGE = "The Word document holds more than a write-up can. Copy its text in two halves and paste them."
BROKEN = "The file is no Word document that can be read. Open it in Word, save it as .docx and try again."
MACROS = "The Word document holds macros. Save it as a document without macros (.docx) and try again."
# What mammoth reads, pictures apart.
WANTED = {
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
    """Raises Unreadable, with a sentence. Mammoth gets to see only parts that `check_part` has let through."""
    parts = small_parts(data)
    counted = Counted()
    for part in parts.values():
        check_part(part, counted)
    try:
        return mammoth.convert_to_html(zipped(parts), convert_image=as_mark).value
    except (KeyError, ValueError, AttributeError, IndexError, TypeError) as error:  # what it raises on a damaged part
        raise Unreadable(BROKEN) from error


def as_mark(image) -> list:
    """A picture leaves an empty mark that is counted; its bytes are never read."""
    return [mammoth.html.element("img", {})]


def small_parts(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_names(archive.namelist())
            names = [name for name in archive.namelist() if name in WANTED]
            return {name: read_part(archive, name) for name in names}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable(BROKEN) from error


def check_names(names: list[str]) -> None:
    if len(names) > MOST_PARTS:
        raise Unreadable(TOO_LARGE)
    if any("vbaproject" in name.casefold() for name in names):
        raise Unreadable(MACROS)
    if MAIN not in names:
        raise Unreadable(BROKEN)


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """No more than may be: what the archive says of sizes is not believed."""
    with archive.open(name) as part:
        read = bytearray()
        while chunk := part.read(65_536):
            read += chunk
            if len(read) > MOST_PART_BYTES:
                raise Unreadable(TOO_LARGE)
    return bytes(read)


def check_part(xml: bytes, counted: "Counted") -> None:
    """Refuses entities and other declarations, and what is too long or too deep to be held in memory."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = counted.start, counted.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = counted.words, counted.declaration
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unreadable(BROKEN) from error


class Counted:
    """All parts of a document together."""

    def __init__(self):
        self.elements = self.depth = self.length = 0

    def start(self, name, attributes):
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > DEEPEST:
            raise Unreadable(TOO_LARGE)

    def end(self, name):
        self.depth -= 1

    def words(self, text):
        self.length += len(text.encode())
        if self.length > MOST_BYTES:
            raise Unreadable("The Word document holds more than 1 MB of text. Copy it in two halves and paste them.")

    def declaration(self, *names):
        raise Unreadable(BROKEN)


def zipped(parts: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    file.seek(0)
    return file
