"""Convert a Word document (.docx) to HTML with mammoth, after checking its size and content."""

import io
import zipfile
import zlib
from xml.parsers import expat

import mammoth

from meetups.paste.parser import MAX_TEXT_BYTES, Unreadable

MAX_PARTS = 2_000
MAX_BYTES = 6 * MAX_TEXT_BYTES  # of all parts together
# What mammoth needs for an element, in units of some 25 µs; 1 for any other. Styles and lists of an ordinary document
# cost 5,000 to 10,000, and the longest write-up (64 KiB) 20,000: 500 paragraphs with 1,000 changes of style.
COSTS = {
    "p": 4, "r": 3, "t": 2, "br": 4, "tbl": 6, "tr": 5, "tc": 5, "hyperlink": 3, "bookmarkStart": 3,
    "footnoteReference": 3, "endnoteReference": 3, "imagedata": 4, "blip": 4, "Relationship": 3, "fldChar": 2,
}  # fmt: skip
ATTRIBUTE_COST = 0.5
MAX_COST = 35_000
MAX_PARAGRAPHS = 2_000
MAX_DEPTH = 100
MAX_NAMESPACE_LENGTH = 200
ENTRY_SIGNATURE = b"PK\x01\x02"  # of an entry in the archive's directory
MAIN = "word/document.xml"
READ_BYTES = 1_000_000  # Expat reads an unfinished token again with each piece
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
    """Return the document as HTML. Raise Unreadable. Mammoth gets only parts that passed `DocumentChecker`."""
    parts = read_parts(data)
    try:
        return mammoth.convert_to_html(open_zip(parts), convert_image=skip_image).value
    except (
        KeyError,
        ValueError,
        AttributeError,
        IndexError,
        TypeError,
        RecursionError,  # list styles that refer to each other
    ) as error:  # raised by mammoth on a damaged part
        raise Unreadable(BROKEN) from error


def skip_image(image) -> list:
    """Convert an image to an empty <img>, which is counted; its bytes are never read."""
    return [mammoth.html.element("img", {})]


def read_parts(data: bytes) -> dict[str, bytes]:
    if data.count(ENTRY_SIGNATURE) > MAX_PARTS:  # before zipfile creates an object for each
        raise Unreadable(TOO_LARGE)
    checker = DocumentChecker()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_names(archive.namelist())
            entries = [entry for entry in archive.infolist() if entry.filename in READ_PARTS]
            return {entry.filename: read_part(archive, entry, checker) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable(BROKEN) from error


def check_names(names: list[str]) -> None:
    if any("vbaproject" in name.casefold() for name in names):
        raise Unreadable(MACROS)
    if MAIN not in names or len(names) > len(set(names)):
        raise Unreadable(BROKEN)


def read_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, checker: "DocumentChecker") -> bytes:
    """Read and check a part piece by piece: the sizes in the archive's directory can't be trusted."""
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # others unpack without a limit
        raise Unreadable(BROKEN)
    read = bytearray()
    feed = checker.start_part()
    with archive.open(entry) as part:
        while chunk := part.read(READ_BYTES):
            read += chunk
            feed(chunk)
    feed(b"", is_last=True)
    return bytes(read)


class DocumentChecker:
    """Counts what the parts of a document hold, and raises Unreadable for more than mammoth can read in a second.

    Rejects declarations (entities), and several references to one note, as mammoth converts the note for each.
    """

    def __init__(self):
        self.bytes = self.cost = self.paragraphs = self.depth = self.length = self.markup_length = 0
        self.notes = set()

    def start_part(self):
        """Return a function that takes the next bytes of a part."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self.count_element, self.end_element
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self.count_text, self.refuse_declaration
        parser.CommentHandler = parser.ProcessingInstructionHandler = self.count_other
        parser.StartCdataSectionHandler = self.count_other
        self.depth = 0

        def feed(xml: bytes, is_last=False):
            self.bytes += len(xml)
            if self.bytes > MAX_BYTES:
                raise Unreadable(TOO_LARGE)
            try:
                parser.Parse(xml, is_last)
            except expat.ExpatError as error:
                raise Unreadable(BROKEN) from error

        return feed

    def count_element(self, name, attributes):
        name = name.rpartition(":")[2]
        self.depth += 1
        self.paragraphs += name == "p"
        if self.depth > MAX_DEPTH or self.paragraphs > MAX_PARAGRAPHS:
            raise Unreadable(TOO_LARGE)
        self.add_cost(COSTS.get(name, 1) + ATTRIBUTE_COST * len(attributes))
        self.add_markup(name, *attributes, *attributes.values())
        if any(len(value) > MAX_NAMESPACE_LENGTH for key, value in attributes.items() if key.startswith("xmlns")):
            raise Unreadable(BROKEN)  # the parser repeats it in each name
        if name in {"footnoteReference", "endnoteReference"}:
            self.check_note(name, [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"])

    def add_cost(self, cost):
        self.cost += cost
        if self.cost > MAX_COST:
            raise Unreadable(TOO_LARGE)

    def count_other(self, *details):
        self.add_cost(1)
        self.add_markup(*details)

    def add_markup(self, *texts):
        self.markup_length += sum(map(len, texts))
        if self.markup_length > MAX_TEXT_BYTES:
            raise Unreadable(TOO_LARGE)

    def check_note(self, kind, keys):
        notes = {(kind, key) for key in keys}
        if notes & self.notes:
            raise Unreadable(BROKEN)
        self.notes |= notes

    def end_element(self, name):
        self.depth -= 1

    def count_text(self, text):
        self.length += len(text.encode())
        if self.length > MAX_TEXT_BYTES:
            raise Unreadable("The Word document holds more than 1 MB of text. Copy it in two halves and paste them.")

    def refuse_declaration(self, *names):
        raise Unreadable(BROKEN)


def open_zip(parts: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    file.seek(0)
    return file
