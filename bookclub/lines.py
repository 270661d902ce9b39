"""Text that stays what it is, without what breaks lines or turns the writing of others."""

import re

# What sets the direction of all the writing that follows; a mark that turns nothing but itself may stay.
TURNS = "\u202a-\u202e\u2066-\u2069"
# Controls, and halves of characters: no header and no mail program takes them, and no PostgreSQL the first of them.
CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
NOT_IN_A_LINE = re.compile(f"[{TURNS}{CONTROLS}]")
NOT_IN_A_TEXT = re.compile(f"[{CONTROLS}]")


def one_line(text: str, length: int = 300) -> str:
    """`text` in one line of at most `length` characters. Joined emoji and the marks of other scripts stay whole."""
    spaced = " ".join(str(text).split())
    return " ".join(NOT_IN_A_LINE.sub("", spaced).split())[:length].rstrip()


def without_controls(text: str) -> str:
    """`text` with its lines and tabs, and no other control characters. A line ends as in Unix."""
    return NOT_IN_A_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
