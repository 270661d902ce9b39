"""Convert a Word document (.docx) to HTML with mammoth, after checking its size and content."""

import io
import re
import zipfile

import mammoth

from bookclub.core.zipped_xml import PackageChecker, Wording, read_parts
from meetups.paste.sources.docx_styles import read_layouts
from meetups.paste.sources.docx_tree import prepare_document
from meetups.paste.sources.source import MAX_FILE_BYTES, PAGE_MARGIN, Source, Unreadable

# What mammoth needs for an element, in units of some 25 µs; 1 for any other. Styles and lists of an ordinary document
# cost 5,000 to 10,000, and the longest write-up (64 KiB) 20,000: 500 paragraphs with 1,000 changes of style.
COSTS = {
    "p": 4, "r": 3, "t": 2, "br": 4, "tbl": 6, "tr": 5, "tc": 5, "hyperlink": 3, "bookmarkStart": 3,
    "footnoteReference": 3, "endnoteReference": 3, "imagedata": 4, "blip": 4, "Relationship": 3, "fldChar": 2,
}  # fmt: skip
MAX_COST = 35_000
MAX_PARAGRAPHS = 2_000
MAIN, STYLES, COMMENTS = "word/document.xml", "word/styles.xml", "word/comments.xml"
WORDING = Wording(
    broken="The file is no Word document that can be read. Open it in Word, save it as .docx and try again.",
    too_large="The Word document holds more than a write-up can. Copy its text in two halves and paste them.",
    too_long="The Word document holds more than 1 MB of text. Copy it in two halves and paste them.",
    macros="The Word document holds macros. Save it as a document without macros (.docx) and try again.",
)
TOO_MANY_BYTES = "The Word document is larger than 20 MB. Take the pictures out, or paste its text."
# The parts that mammoth reads, without images.
READ_PARTS = {
    "[Content_Types].xml",
    "_rels/.rels",
    MAIN,
    STYLES,
    "word/_rels/document.xml.rels",
    "word/numbering.xml",
    "word/footnotes.xml",
    "word/_rels/footnotes.xml.rels",
    "word/endnotes.xml",
    "word/_rels/endnotes.xml.rels",
}
MARGIN = re.compile(r"word/(?:header|footer)[0-9]{0,3}\.xml")
STYLE_MAP = "p.BookClubSubtitle => p.subtitle:fresh\np.BookClubQuote => blockquote > p:fresh"
REPORTS = {
    "ins": "The Word document has tracked changes: they were read as accepted.",
    "oMath": "Formulas in the Word document were left out: type them where they stood.",
}


def read_docx(data: bytes) -> Source:
    """Raise Unreadable. Mammoth gets only parts that passed `DocxChecker`."""
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(TOO_MANY_BYTES)
    checker = DocxChecker()
    parts = read_parts(data, MAIN, lambda name: name in READ_PARTS or is_aside(name), checker)
    asides = {name: parts.pop(name) for name in list(parts) if is_aside(name)}
    reports = [sentence for name, sentence in REPORTS.items() if name in checker.names]
    if "del" in checker.names and REPORTS["ins"] not in reports:
        reports.append(REPORTS["ins"])
    if comments := asides.pop(COMMENTS, b"").count(b"<w:comment "):
        reports.append(f"Comments in the margin were left out: {comments}.")
    margins = dict.fromkeys(filter(None, map(words_of_part, asides.values())))
    left_out = tuple((words, PAGE_MARGIN) for words in margins)
    return Source(html=convert_to_html(parts), kind="docx", reports=tuple(reports), left_out=left_out)


def is_aside(name: str) -> bool:
    return name == COMMENTS or bool(MARGIN.fullmatch(name))


def words_of_part(xml: bytes) -> str:
    """Return the words of a page's header or footer, a line for each paragraph."""
    paragraphs = re.split(r"</w:p>", xml.decode("utf-8", "replace"))
    lines = ["".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", paragraph)) for paragraph in paragraphs]
    return "\n".join(unescape_xml(line).strip() for line in lines if line.strip())


def unescape_xml(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def convert_to_html(parts: dict[str, bytes]) -> str:
    layouts = read_layouts(parts.get(STYLES, b""))
    try:
        return mammoth.convert_to_html(
            open_zip(parts),
            convert_image=skip_image,
            style_map=STYLE_MAP,
            include_embedded_style_map=False,
            transform_document=prepare_document(layouts),
        ).value
    except (
        KeyError,
        ValueError,
        AttributeError,
        IndexError,
        TypeError,
        RecursionError,  # list styles that refer to each other
    ) as error:  # raised by mammoth on a damaged part
        raise Unreadable(WORDING.broken) from error


def skip_image(image) -> list:
    """Convert an image to an empty <img>, which is counted; its bytes are never read."""
    return [mammoth.html.element("img", {})]


class DocxChecker(PackageChecker):
    """Refuses several references to one note too, as mammoth converts the note for each."""

    def __init__(self):
        super().__init__(WORDING, COSTS, MAX_COST, MAX_PARAGRAPHS)
        self.notes: set[tuple[str, str]] = set()

    def count_element(self, name, attributes):
        super().count_element(name, attributes)
        name = name.rpartition(":")[2]
        if name in {"footnoteReference", "endnoteReference"}:
            self.check_note(name, [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"])

    def check_note(self, kind, keys):
        notes = {(kind, key) for key in keys}
        if notes & self.notes:
            raise Unreadable(WORDING.broken)
        self.notes |= notes


def open_zip(parts: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    file.seek(0)
    return file
