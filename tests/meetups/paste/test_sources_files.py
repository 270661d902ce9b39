"""Which kind a file is, sentences for those that can't be read, and encodings."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from meetups.paste.sources import Unreadable, read_file
from tests.meetups.documents import make_docx, make_odt, paragraph

FILES = Path(settings.BASE_DIR) / "tests/fixtures/paste/files"


def make_zip(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), part)
    return file.getvalue()


@pytest.mark.parametrize("name", ["minutes", "minutes.txt", "minutes.doc", "minutes.pdf"])
def test_file_is_known_by_its_bytes_whatever_its_name(name):
    assert read_file(name, make_docx(paragraph(("Words", "")))).kind == "docx"
    assert read_file(name, make_odt("<text:p>Words</text:p>")).kind == "odt"
    assert read_file(name, rb"{\rtf1 Words}").kind == "rtf"
    assert read_file(name, b"<!DOCTYPE html><p>Words</p>").kind == "html"
    assert (
        read_file(name, b"Message-ID: <1@example.org>\nSubject: Minutes\nFrom: a@example.org\n\nWords").kind == "mail"
    )


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("old-word.doc", (FILES / "old-word.doc").read_bytes(), "old Word file: save it as .docx"),
        ("minutes.pages", (FILES / "minutes.pages").read_bytes(), "Pages file: open it, choose File, Export To, Word"),
        ("cut.pages", b"PK\x03\x04" + b"\0" * 80, "Pages file"),
        ("mail.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Outlook message"),
        ("table.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "spreadsheet"),
        ("table.xlsx", make_zip(xl__workbook_dot_xml="<x/>"), "spreadsheet"),
        ("slides.pptx", make_zip(ppt__presentation_dot_xml="<x/>"), "presentation"),
        ("book.epub", make_zip(mimetype="application/epub+zip"), "e-book"),
        ("table.ods", make_zip(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "spreadsheet"),
        ("files.zip", make_zip(minutes_dot_txt="Words"), "archive"),
        ("files.gz", b"\x1f\x8b\x08\0", "archive"),
        ("minutes.pdf", b"%PDF-1.7\n\xe2\xe3", "PDF"),
        ("minutes.txt", b"%PDF-1.7\n\xe2\xe3", "PDF"),
        ("scan.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
        ("scan.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        ("scan.heic", b"\0\0\0\x18ftypheic", "picture"),
        ("scan.webp", b"RIFF\0\0\0\0WEBP", "picture"),
        ("talk.m4a", b"\0\0\0\x18ftypM4A ", "recording"),
        ("minutes.gdoc", b'{"url": "https://docs.example.org/document/d/1", "doc_id": "1"}', "only a link"),
        ("minutes.docx", b"PK\x03\x04" + b"\0" * 200, "damaged"),
        ("empty.txt", b"", "empty"),
    ],
)  # fmt: skip
def test_file_that_holds_no_text_is_refused_with_advice(name, data, words):
    with pytest.raises(Unreadable, match=words):
        read_file(name, data)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("is_damaged", [False, True])
@pytest.mark.parametrize("part", ["mimetype", "META-INF/manifest.xml"])
def test_part_packed_by_a_method_that_documents_have_not_is_never_unpacked(part, is_damaged, method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(part, "encryption-data" * 1_000)
        archive.writestr("content.xml", "<p>Words</p>")
    data = file.getvalue()
    start = data.index(part.encode()) + len(part) + 8
    damaged = data[:start] + b"\xff" * 30 + data[start + 30 :]

    with pytest.raises(Unreadable, match=r"damaged|no OpenDocument text"):
        read_file("minutes.odt", damaged if is_damaged else data)


WESTERN = (
    "Une soirée à la bibliothèque\n\nNous étions huit – c’est beaucoup – à la bibliothèque.\n\n«Le sel n’oublie pas»"
)
RUSSIAN = "Вечер соли\n\nНас было восемь человек за столом.\n\n«Соль не забывает» (с. 12)"
GUESSES = [
    ("cp1252", WESTERN),
    ("mac_roman", WESTERN),
    ("cp1252", "An evening at the café\n\n“The tide keeps no accounts” – Nick"),
    ("cp1252", "Ein Abend über Salz\n\nWir waren zu acht. „Salz vergisst nicht“ (S. 12) – Jürgen Größe"),
    ("cp1252", "Éxito en la sesión\n\n¿Quién paga? Ocho niños en el café."),
    ("cp1251", RUSSIAN),
    ("koi8_r", RUSSIAN.replace("«", "").replace("»", "")),
    ("cp1250", "Wieczór soli\n\nByło nas ośmioro przy stole. Książka była długa, a rozmowa jeszcze dłuższa. „Sól”"),
    ("iso8859_2", "Wieczór soli\n\nByło nas ośmioro przy stole. Książka była długa. Żółć i źdźbło"),
    ("cp1250", "Večer soli\n\nBylo nás osm u stolu. Příliš žluťoučký kůň úpěl ďábelské ódy."),
    ("cp1254", "Tuz akşamı\n\nMasanın etrafında sekiz kişiydik. “Tuz unutmaz” (s. 12) Işık, gökyüzü, çay"),
    ("cp1253", "Μια βραδιά αλατιού\n\nΉμασταν οκτώ γύρω από το τραπέζι. «Το αλάτι δεν ξεχνά»"),
    ("cp1255", "ערב של מלח\n\nהיינו שמונה סביב השולחן.\n\nספר המלח\nBy דליה רביץ"),
    ("shift_jis", "塩の夕べ\n\n私たちは八人でテーブルを囲みました。「塩は忘れない」（12ページ）"),
    ("gb18030", "盐的晚上\n\n我们八个人围坐在桌旁。“盐不会忘记”（第12页）"),
    ("big5", "鹽的晚上\n\n我們八個人圍坐在桌旁。「鹽不會忘記」（第12頁）"),
    ("cp949", "소금의 저녁\n\n우리는 여덟 명이 탁자에 둘러앉았다. “소금은 잊지 않는다” (12쪽)"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "text"), GUESSES)
def test_old_encoding_is_guessed_and_doubted(encoding, text):
    source = read_file("minutes.txt", text.encode(encoding))

    assert source.text == text
    assert source.reports[0].startswith("The encoding of the file was guessed: ")
    assert source.doubts[0].endswith("is every letter right?")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_without_a_doubt(encoding):
    source = read_file("minutes.txt", WESTERN.encode(encoding))

    assert (source.text, source.doubts) == (WESTERN, ())


def test_encoding_that_html_declares_is_believed():
    html = '<html><head><meta charset="windows-1251"></head><p>Соль</p></html>'

    source = read_file("minutes.html", html.encode("cp1251"))

    assert (source.html, source.doubts) == (html, ())


def test_lines_of_an_old_mac_are_lines():
    assert read_file("minutes.txt", WESTERN.replace("\n", "\r").encode("mac_roman")).text == WESTERN


@pytest.mark.parametrize("declared", ["zlib", "rot13", "no-such", "utf-8\0", "x" * 39])
def test_encoding_that_is_none_is_ignored(declared):
    html = f'<html><meta charset="{declared}"><p>Words</p>'

    assert read_file("a.html", html.replace("\0", "").encode()).kind == "html"
