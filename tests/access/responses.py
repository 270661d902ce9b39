"""Find marks in all of a response, however it is encoded: status line, headers, cookies, and bodies of any kind."""

import base64
import binascii
import html
import io
import re
import zipfile
import zlib
from functools import lru_cache
from urllib.parse import unquote

from tests.access.marks import find_marks

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}={0,2}")
FOLD = re.compile(rb"=\r?\n|\r?\n[ \t]")  # of quoted-printable (RFC 2045 section 6.7), and of calendars (RFC 5545)
QUOTED = re.compile(rb"=[0-9A-F]{2}")
JSON_ESCAPE = re.compile(r"\\u00([0-9a-fA-F]{2})")


def marks_in_response(response):
    """Return the texts of all marks that a response carries."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    cookies = [cookie.OutputString() for cookie in response.cookies.values()]
    head = [response.reason_phrase, *(f"{name}: {value}" for name, value in response.items()), *cookies]
    return marks_in(body) | marks_in("\n".join(head).encode()) | marks_in_archive(body)


def marks_in_archive(body):
    if not body.startswith(b"PK"):
        return set()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return set().union(*[marks_in(archive.read(name)) | find_marks(name) for name in archive.namelist()])


def marks_in(data):
    """Return the marks in bytes: plain, percent-encoded, as character references, JSON escapes, folded or in base64."""
    text, folded = data.decode("utf-8", "replace"), FOLD.sub(b"", data)
    found = find_marks(text) | marks_in_base64(folded)
    if "%" in text:
        found |= find_marks(unquote(unquote(text)))
    if "&#" in text:
        found |= find_marks(html.unescape(text))
    if "\\u" in text:
        found |= find_marks(JSON_ESCAPE.sub(lambda code: chr(int(code[1], 16)), text))
    if folded != data:
        found |= find_marks(folded.decode("utf-8", "replace"))
    if QUOTED.search(folded):
        found |= find_marks(binascii.a2b_qp(folded).decode("utf-8", "replace"))
    return found


def marks_in_base64(data):
    return set().union(*map(marks_in_run, set(BASE64.findall(data))))


@lru_cache(maxsize=100_000)
def marks_in_run(run):
    """Return the marks in letters that may be base64: also the URL-safe one, also compressed as in signed cookies."""
    found = set()
    for start in range(4):
        decoded = decode_base64(run[start:])
        found |= find_marks(decoded.decode("latin-1"))
        if decoded.startswith(b"\x78"):
            found |= find_marks(decompress(decoded).decode("latin-1"))
    return frozenset(found)


def decode_base64(run):
    """Decode as many letters as make whole bytes."""
    run = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    run = run[: len(run) - (len(run) % 4 == 1)]
    return base64.b64decode(run + b"=" * (-len(run) % 4))


def decompress(data):
    """Return what can be decompressed: nothing of data that only looks like it."""
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""
