"""Split an RTF file into tokens: groups, control words with their number, and bytes of text."""

import re
from typing import NamedTuple

from meetups.paste.sources.source import Unreadable

MAX_TOKENS = 100_000
TOO_LARGE = "The RTF document holds more than a write-up can. Copy its text in two halves and paste them."
TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?"  # 1: word, 2: number
    rb"|\\'([0-9a-fA-F]{2})"  # 3: a byte in hexadecimal
    rb"|\\([^a-zA-Z'])"  # 4: a symbol
    rb"|([{}])"  # 5: a group
    rb"|([^\\{}]+)"  # 6: text
)


class Token(NamedTuple):
    kind: str  # "open", "close", "word", "symbol", "bytes"
    word: str = ""
    number: int | None = None
    text: bytes = b""


OPEN, CLOSE = Token("open"), Token("close")


def split_rtf(data: bytes):
    """Yield the tokens. Raise Unreadable where there are too many."""
    position, count = 0, 0
    while found := TOKEN.match(data, position) or skip_byte(data, position):
        count += 1
        if count > MAX_TOKENS:
            raise Unreadable(TOO_LARGE)
        position = found.end()
        group = found.lastindex if found.re is TOKEN else 0
        if group in {1, 2}:
            number = None if found[2] is None else int(found[2])
            if found[1] == b"bin" and number and number > 0:  # raw bytes, of a picture
                position += number
            else:
                yield Token("word", found[1].decode("ascii"), number)
        elif group == 3:
            yield Token("bytes", text=bytes([int(found[3], 16)]))
        elif group == 4:
            yield Token("symbol", found[4].decode("latin-1"))
        elif group == 5:
            yield OPEN if found[5] == b"{" else CLOSE
        elif group == 6:
            text = found[6].replace(b"\r", b"").replace(b"\n", b"")
            if text:
                yield Token("bytes", text=text)


ANY_BYTE = re.compile(rb"[\x00-\xff]")


def skip_byte(data: bytes, position: int):
    """Match a byte that begins no token: a backslash before a broken hexadecimal number."""
    return ANY_BYTE.match(data, position)
