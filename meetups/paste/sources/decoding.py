"""Decode the bytes of a file to text with plain line ends: Unicode, or a guess at an older encoding."""

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

from meetups.paste.sources.source import MAX_TEXT_BYTES, Unreadable

LINE_END = re.compile("\r\n|[\r\u0085\u2028\u2029]")
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
SEVEN_BIT = re.compile(r"iso-?2022|hz|utf-?7|csiso2022", re.IGNORECASE)  # encodings whose bytes are ASCII
SAMPLE_BYTES = 8_192  # guessing takes time in proportion
# Encodings that are tried, the more common first, with their names for people.
ENCODINGS = {
    "cp1252": "Western European (Windows)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "mac_roman": "Western European (Mac)",
    "cp1254": "Turkish (Windows)",
    "cp1253": "Greek (Windows)",
    "cp1255": "Hebrew (Windows)",
    "cp1256": "Arabic (Windows)",
    "cp1257": "Baltic (Windows)",
    "cp1258": "Vietnamese (Windows)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "koi8_u": "Cyrillic (KOI8-U)",
    "mac_cyrillic": "Cyrillic (Mac)",
    "iso8859_2": "Central European (ISO 8859-2)",
    "iso8859_5": "Cyrillic (ISO 8859-5)",
    "iso8859_7": "Greek (ISO 8859-7)",
    "iso8859_15": "Western European (ISO 8859-15)",
    "shift_jis": "Japanese (Shift JIS)",
    "euc_jp": "Japanese (EUC-JP)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "cp949": "Korean (Windows)",
}
# Letters of the languages written in an encoding. Encodings that differ in few letters are told apart by them.
USUAL_LETTERS = {
    "cp1252": "àâäáãåæçèéêëíìîïñóòôöõøœúùûüßÿ",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűăâîşţđäöüß",
    "cp1254": "âçğıîöşûüİ",
    "cp1257": "āčēģīķļņšūžąęėįųõäöü",
}


class Decoded(NamedTuple):
    text: str
    guess: str = ""  # name of a guessed encoding for people; "" where it is known


def decode_file(data: bytes, declared: str = "") -> Decoded:
    """Decode UTF-8 or UTF-16, with or without a byte order mark, the `declared` encoding, or guess. Raise Unreadable."""
    if len(data) > MAX_TEXT_BYTES:
        raise Unreadable("The file is larger than 1 MB. A write-up is plain text without pictures; cut it in two.")
    decoded = decode_bytes(data, declared)
    text = with_plain_line_ends(decoded.text.removeprefix("\ufeff"))
    if not text.strip():
        raise Unreadable("The file is empty.")
    if CONTROL.search(text):
        raise Unreadable("The file is not plain text. Save the write-up as a text file (.txt, UTF-8) and try again.")
    return Decoded(text, decoded.guess)


def decode_bytes(data: bytes, declared: str = "") -> Decoded:
    codec = text_codec(declared)
    known = [codec, "utf-8"] if SEVEN_BIT.match(codec) else [find_utf_16(data), "utf-8", codec]
    for encoding in known:
        try:
            if encoding:
                return Decoded(data.decode(encoding))
        except UnicodeError:
            continue
    for encoding in guess_encodings(data):
        try:
            return Decoded(data.decode(encoding), ENCODINGS[encoding])
        except UnicodeError:
            continue
    raise Unreadable("The file is in an encoding that is not known here. Save it as UTF-8 and try again.")


def text_codec(name: str) -> str:
    """Return Python's name of the text encoding `name`, or "" for an unknown one and for "zlib" and the like."""
    name = name.strip()
    try:
        b"text".decode(name or "utf-8")
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return ""
    return "cp1252" if name and codecs.lookup(name).name in {"iso8859-1", "ascii"} else name  # as browsers do


def find_utf_16(data: bytes) -> str:
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


def guess_encodings(data: bytes) -> list[str]:
    """Return the encodings that fit, the likeliest first."""
    sample = take_sample(data)
    matches = find_matches(sample, 0.2) or find_matches(sample, 0.5)  # few words look like a mess sooner
    best = matches[0] if matches else None

    def order(match):
        is_close = match.chaos <= best.chaos + 0.06 and match.coherence >= best.coherence - 0.12
        names = list(ENCODINGS)
        return not is_close, count_unusual(match.encoding, str(match)), names.index(match.encoding)

    return [match.encoding for match in sorted(matches, key=order) if match.encoding in ENCODINGS]


def find_matches(sample: bytes, threshold: float) -> list:
    """Return charset-normalizer's matches, the best first; `threshold` is how much of a mess the text may look."""
    if not sample:
        return []
    return list(from_bytes(sample, cp_isolation=list(ENCODINGS), threshold=threshold, enable_fallback=False))


def take_sample(data: bytes) -> bytes:
    """Return the first lines that have a byte beyond ASCII; none is cut within a character."""
    sample = bytearray()
    for line in re.findall(rb"[^\r\n]+", data[: 64 * SAMPLE_BYTES]):
        if not line.isascii():
            sample += cut_line(line) + b"\n"
        if len(sample) >= SAMPLE_BYTES:
            break
    return bytes(sample)


def cut_line(line: bytes) -> bytes:
    """Cut behind a space or a mark, whose bytes are no part of a character in any of the encodings."""
    ends = [found.end() for found in re.finditer(rb"[\x20-\x2f]", line[:SAMPLE_BYTES])]
    return line if len(line) <= SAMPLE_BYTES else line[: ends[-1] if ends else SAMPLE_BYTES]


def count_unusual(encoding: str, text: str) -> int:
    letters = [letter for letter in text.casefold() if not letter.isascii() and letter.isalpha()]
    usual = USUAL_LETTERS.get(encoding)
    return 0 if usual is None and encoding != "iso8859_15" else sum(letter not in (usual or "") for letter in letters)


def with_plain_line_ends(text: str) -> str:
    return LINE_END.sub("\n", text)
