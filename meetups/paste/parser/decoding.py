"""Decode the bytes of a file to text with plain line ends."""

import codecs
import re

MAX_TEXT_BYTES = 1_048_576

LINE_END = re.compile("\r\n|[\r\u0085\u2028\u2029]")
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")


class Unreadable(ValueError):
    """The file can't be read as text; the message says why and what to do."""


def decode_text(data: bytes) -> str:
    """Decode UTF-8 or UTF-16, with or without a byte order mark, or Windows-1252. Raise Unreadable."""
    if len(data) > MAX_TEXT_BYTES:
        raise Unreadable("The file is larger than 1 MB. A write-up is plain text without pictures; cut it in two.")
    text = with_plain_line_ends(decode_bytes(data).removeprefix("\ufeff"))
    if not text.strip():
        raise Unreadable("The file is empty.")
    if CONTROL.search(text):
        raise Unreadable("The file is not plain text. Save the write-up as a text file (.txt, UTF-8) and try again.")
    return text


def decode_bytes(data: bytes) -> str:
    for encoding in (utf_16(data), "utf-8", "windows-1252"):
        try:
            if encoding:
                return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("The file is neither UTF-8, UTF-16 nor Windows-1252 text. Save it as UTF-8 and try again.")


def utf_16(data: bytes) -> str:
    """Return the UTF-16 codec by the byte order mark, or by the NUL in every other byte of Western text; else ""."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(data) % 2 or not data:
        return ""
    half = len(data) // 2
    odd, even = data[1::2].count(0), data[::2].count(0)
    if odd > half * 0.6 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and not odd else ""


def with_plain_line_ends(text: str) -> str:
    return LINE_END.sub("\n", text)
