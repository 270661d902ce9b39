"""Plain text: removal of invisible characters, and normalization for comparing."""

import re
import unicodedata

# These change the direction of all following text (UAX 9); left-to-right and right-to-left marks are harmless.
BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
# Control characters and lone surrogates: mail headers can't have them, PostgreSQL refuses NUL.
CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
CONTROLS_PATTERN = re.compile(f"[{CONTROLS}]")
LINE_CONTROLS_PATTERN = re.compile(f"[{BIDI_CONTROLS}{CONTROLS}]")
# Controls, formats (bidi, zero width), surrogates, line and paragraph separators, unassigned and private characters.
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"}
# Zero-width joiner and non-joiner: Persian, Hindi and emoji need them.
JOINERS = {"\u200c", "\u200d"}


def single_line(text: str, length: int | None = 300) -> str:
    """Return `text` on one line of at most `length` characters, without controls; joined emoji stay whole."""
    spaced = " ".join(str(text).split())
    return " ".join(LINE_CONTROLS_PATTERN.sub("", spaced).split())[:length].rstrip()


def join_lines(text: str) -> str:
    """Return the lines of `text`, such as an address, on one line: “10 Redcross Way, London”."""
    lines = (" ".join(line.split()).rstrip(",") for line in text.splitlines())
    return ", ".join(filter(None, lines))


def strip_controls(text: str) -> str:
    """Return `text` without control characters but line ends (as "\\n") and tabs."""
    return CONTROLS_PATTERN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def has_invisible(text: str, allowed=JOINERS) -> bool:
    """Return whether `text` has characters that are invisible or change the text direction. Spaces are allowed."""
    return any(unicodedata.category(letter) in INVISIBLE_CATEGORIES and letter not in allowed for letter in text)


def fold_accents(text: str) -> str:
    """Return the letters and digits of `text` in lower case, without accents, words with single spaces between.

    For comparing typed texts: “The Lamp!” and “the  lamp” give the same result. A text without letters and digits keeps
    its punctuation.
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.split()) or " ".join(text.split())


def cut_to_field(model, field_name: str, text: str) -> str:
    """Return `text` cut to the column of `model`: PostgreSQL raises an error for longer text, SQLite stores it."""
    return text[: model._meta.get_field(field_name).max_length]
