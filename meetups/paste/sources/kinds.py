"""Tell what kind a file is by its first bytes and its parts; the suffix of its name decides between texts alone."""

import io
import re
import zipfile
from pathlib import PurePath

from bookclub.core.zipped_xml import BAD_ARCHIVE, ENTRY_SIGNATURE, MAX_PARTS, open_part
from meetups.paste.sources.mail import is_mail_file
from meetups.paste.sources.source import Unreadable

PICTURE = "This is a picture. Paste or choose the write-up's text; pictures are added to the draft as photos."
AGAIN = "save it as .docx and choose it again."
OLD_WORD = f"This is an old Word file: {AGAIN}"
OUTLOOK = "This is an Outlook message: open it, choose “Save as” and the type “Text” or .eml, and choose that file."
PAGES = "This is a Pages file: open it, choose File, Export To, Word (.docx), and choose that file."
PDF = "This is a PDF, which holds a picture of the text. Open it, copy the text and paste it."
SPREADSHEET = "This is a spreadsheet. Copy its cells and paste them."
SLIDES = "This is a presentation. Copy its text and paste it."
BOOK = "This is an e-book. Copy the part that belongs to the write-up and paste it."
ARCHIVE = "This is an archive with files in it. Unpack it, and choose the write-up's file."
GOOGLE = "This file is only a link to a Google document. Open that, choose File, Download, Word (.docx), and choose that file."
SOUND = "This is a recording. Choose a file with text."
PROGRAM = "This is a program, not a text."
DAMAGED = "The file is damaged, or was cut short. Save it once more, and choose it again."
DATABASE = "This is a file of Apple Notes or of another program's own. Copy the text and paste it."
SIGNATURES = (
    (b"%PDF", PDF), (b"\x89PNG", PICTURE), (b"\xff\xd8\xff", PICTURE), (b"GIF8", PICTURE), (b"BM", PICTURE),
    (b"II*\x00", PICTURE), (b"MM\x00*", PICTURE), (b"\x1f\x8b", ARCHIVE), (b"Rar!", ARCHIVE), (b"7z\xbc\xaf", ARCHIVE),
    (b"BZh", ARCHIVE), (b"\xfd7zXZ", ARCHIVE), (b"ID3", SOUND), (b"OggS", SOUND), (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM), (b"SQLite format 3\x00", DATABASE), (b"bplist00", DATABASE),
)  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0"  # the old format of Office
MEDIA = re.compile(rb"^.{4}ftyp(heic|heix|mif1|avif)?", re.DOTALL)
GOOGLE_LINK = re.compile(rb'^\s*\{.{0,2000}"(?:doc_id|url)"\s*:\s*".{0,2000}\}\s*$', re.DOTALL)
HTML_START = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|meta|article|h[1-6]|p|div|table|ul|ol|figure|!-- wp:)[\s>]", re.IGNORECASE
)
MIME_TYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.text-template": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": SPREADSHEET,
    b"application/vnd.oasis.opendocument.presentation": SLIDES,
    b"application/epub+zip": BOOK,
}
TEXT_SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}


def find_kind(name: str, data: bytes) -> str:
    """Return docx, odt, rtf, mail, html, markdown or text. Raise Unreadable with the sentence that helps."""
    suffix = PurePath(name).suffix.casefold()
    top = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:4_000]
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return find_archive_kind(data, suffix)
    if data.startswith(OLE):
        raise Unreadable({".msg": OUTLOOK, ".xls": SPREADSHEET, ".ppt": SLIDES}.get(suffix, OLD_WORD))
    if top.startswith(b"{\\rtf"):
        return "rtf"
    refuse_others(data, top, suffix)
    if is_mail_file(data):
        return "mail"
    if HTML_START.match(top) or (suffix in {".html", ".htm", ".xhtml"} and b"<" in top):
        return "html"
    return TEXT_SUFFIXES.get(suffix, "text")


def refuse_others(data: bytes, top: bytes, suffix: str) -> None:
    for signature, sentence in SIGNATURES:
        if data.startswith(signature) and (len(signature) > 2 or b"\x00" in data[:64]):
            raise Unreadable(sentence)
    if data[:4] == b"RIFF":
        raise Unreadable(PICTURE if data[8:12] == b"WEBP" else SOUND)
    if found := MEDIA.match(data[:20]):
        raise Unreadable(PICTURE if found[1] else SOUND)
    if suffix in {".gdoc", ".gsheet", ".gslides"} or (suffix == ".json" and GOOGLE_LINK.match(top)):
        raise Unreadable(GOOGLE)


def find_archive_kind(data: bytes, suffix: str) -> str:
    """Return docx or odt for the archives that these are. Raise Unreadable for others."""
    if data.count(ENTRY_SIGNATURE) > MAX_PARTS:  # before zipfile creates an object for each
        raise Unreadable("The file holds more than a write-up can. Copy its text and paste it.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            mime_type = read_mime_type(archive) if "mimetype" in names else b""
    except BAD_ARCHIVE as error:
        raise Unreadable(PAGES if suffix == ".pages" else DAMAGED) from error
    return name_archive_kind(names, mime_type)


def read_mime_type(archive: zipfile.ZipFile) -> bytes:
    with open_part(archive, archive.getinfo("mimetype")) as part:
        return part.read(200).strip()


def name_archive_kind(names: set[str], mime_type: bytes) -> str:
    if "word/document.xml" in names or any(name.startswith("word/") for name in names):
        return "docx"
    kind = MIME_TYPES.get(mime_type, "odt" if "content.xml" in names and not mime_type else "")
    if kind == "odt":
        return kind
    if kind:
        raise Unreadable(kind)
    tops = {name.split("/")[0] for name in names}
    if "Index.zip" in names or "Index" in tops or "index.xml" in names or any(name.endswith(".iwa") for name in names):
        raise Unreadable(PAGES)
    raise Unreadable(SPREADSHEET if "xl" in tops else SLIDES if "ppt" in tops else ARCHIVE)
