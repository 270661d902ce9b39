"""Read the XML parts of a zipped document within limits of size, depth and number of elements."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from xml.parsers import expat

MAX_TEXT_BYTES = 1_048_576
MAX_PARTS = 2_000
MAX_DEPTH = 100
MAX_NAMESPACE_LENGTH = 200
ENTRY_SIGNATURE = b"PK\x01\x02"  # of an entry in the archive's directory
READ_BYTES = 1_000_000  # Expat reads an unfinished token again with each piece
# Raised by zipfile for damaged archives and parts.
BAD_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # a part with a password; NotImplementedError for a later version of the format
    EOFError,
    ValueError,  # an offset before the start of the file; UnicodeDecodeError for the name of a part
)


class Unreadable(ValueError):
    """Raised for a file that can't be read; the message says why and what to do."""


@dataclass(frozen=True)
class Wording:
    """The sentences on a kind of document that can't be read."""

    broken: str
    too_large: str
    too_long: str
    macros: str


class PackageChecker:
    """Counts what the parts of a document hold, and raises Unreadable for more than can be read in a second.

    Rejects declarations (entities). `costs` are those of elements by local name, 1 for any other.
    """

    def __init__(
        self, wording: Wording, costs: dict[str, int], max_cost: int, max_paragraphs: int, max_text=MAX_TEXT_BYTES
    ):
        self.max_text = max_text  # bytes
        self.wording, self.costs, self.max_cost, self.max_paragraphs = wording, costs, max_cost, max_paragraphs
        self.bytes = self.cost = self.paragraphs = self.depth = self.length = self.markup_length = 0
        self.names: set[str] = set()  # local names of the elements seen

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
            if self.bytes > 6 * self.max_text:
                raise Unreadable(self.wording.too_large)
            try:
                parser.Parse(xml, is_last)
            except expat.ExpatError as error:
                raise Unreadable(self.wording.broken) from error

        return feed

    def count_element(self, name, attributes):
        name = name.rpartition(":")[2]
        self.names.add(name)
        self.depth += 1
        self.paragraphs += name == "p"
        if self.depth > MAX_DEPTH or self.paragraphs > self.max_paragraphs:
            raise Unreadable(self.wording.too_large)
        self.add_cost(self.costs.get(name, 1) + 0.5 * len(attributes))
        self.add_markup(name, *attributes, *attributes.values())
        if any(len(value) > MAX_NAMESPACE_LENGTH for key, value in attributes.items() if key.startswith("xmlns")):
            raise Unreadable(self.wording.broken)  # the parser repeats it in each name

    def add_cost(self, cost):
        self.cost += cost
        if self.cost > self.max_cost:
            raise Unreadable(self.wording.too_large)

    def count_other(self, *details):
        self.add_cost(1)
        self.add_markup(*details)

    def add_markup(self, *texts):
        self.markup_length += sum(map(len, texts))
        if self.markup_length > self.max_text:
            raise Unreadable(self.wording.too_large)

    def end_element(self, name):
        self.depth -= 1

    def count_text(self, text):
        self.length += len(text.encode())
        if self.length > self.max_text:
            raise Unreadable(self.wording.too_long)

    def refuse_declaration(self, *names):
        raise Unreadable(self.wording.broken)


def read_parts(data: bytes, needed: str, is_wanted, checker: PackageChecker) -> dict[str, bytes]:
    """Return the checked parts for which `is_wanted(name)`. Raise Unreadable, also without the part `needed`."""
    if data.count(ENTRY_SIGNATURE) > MAX_PARTS:  # before zipfile creates an object for each
        raise Unreadable(checker.wording.too_large)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_names(archive.namelist(), needed, checker.wording)
            entries = [entry for entry in archive.infolist() if is_wanted(entry.filename)]
            return {entry.filename: read_part(archive, entry, checker) for entry in entries}
    except Unreadable:  # a ValueError, too
        raise
    except BAD_ARCHIVE as error:
        raise Unreadable(checker.wording.broken) from error


def check_names(names: list[str], needed: str, wording: Wording) -> None:
    if any("vbaproject" in name.casefold() for name in names):
        raise Unreadable(wording.macros)
    if needed not in names or len(names) > len(set(names)):
        raise Unreadable(wording.broken)


def read_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, checker: PackageChecker) -> bytes:
    """Read and check a part piece by piece: the sizes in the archive's directory can't be trusted."""
    read = bytearray()
    feed = checker.start_part()
    with open_part(archive, entry) as part:
        while chunk := part.read(READ_BYTES):
            read += chunk
            feed(chunk)
    feed(b"", is_last=True)
    return bytes(read)


def open_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> zipfile.ZipExtFile:
    """Open a part. Raise BadZipFile for a method that no document has: others unpack without a limit."""
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile(f"compression method {entry.compress_type}")
    return archive.open(entry)
