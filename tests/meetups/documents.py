"""Word documents for the tests, valid and broken."""

import io
import zipfile

WORDS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
    'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    f'ContentType="{OFFICE}.document.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
}


def paragraph(*runs, style=""):
    """Return a paragraph of runs, each (text, properties): `("slowly", "<w:i/>")`."""
    looks = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    words = "".join(f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>' for text, look in runs)
    return f"<w:p>{looks}{words}</w:p>"


def make_docx(body="", *, declaration="", parts=None, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    document = f"{declaration}<w:document {WORDS}><w:body>{body}</w:body></w:document>"
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, part in (PARTS | {"word/document.xml": document} | (parts or {})).items():
            archive.writestr(name, part)
    return file.getvalue()


OPEN_DOCUMENT = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def make_odt(body="", *, styles="", declaration="", parts=None, compression=zipfile.ZIP_DEFLATED):
    """Return an OpenDocument text with the XML of its body and of its automatic styles."""
    content = (
        f"{declaration}<office:document-content {OPEN_DOCUMENT}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        for name, part in ({"content.xml": content} | (parts or {})).items():
            archive.writestr(name, part)
    return file.getvalue()
