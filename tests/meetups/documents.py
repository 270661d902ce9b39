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
