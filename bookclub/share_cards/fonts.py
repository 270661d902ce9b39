"""The typeface of the cards: Literata with the letters of Latin, Greek and Cyrillic. See fonts/README.md."""

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FOLDER = Path(__file__).parent / "fonts"
MEDIUM, ITALIC = "literata-medium.woff2", "literata-italic.woff2"
NO_CHARACTER = "\U0010fffe"  # in no font
# A title stays true without these: emoji, other symbols and dingbats, and what joins or colours them.
DISPENSABLE = {"So", "Sk", "Cf", "Cc", "Mn", "Me", "Zl", "Zp"}
ACCENTS = {"Mn", "Me"}  # on a letter they are part of it


@lru_cache(maxsize=64)
def get_font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FOLDER / name, size)


def measure_word(name: str, size: int, word: str) -> float:
    """Return the width of a word. It grows with the size of the letters, as the fonts have no hints."""
    return _measure_at_100(name, word) * size / 100


@lru_cache(maxsize=4096)
def _measure_at_100(name, word):
    return get_font(name, 100).getlength(word)


@lru_cache(maxsize=4096)
def has_glyph(character: str) -> bool:
    """Return whether both fonts have `character`. They are made of the same letters: a test checks it."""
    font = _get_glyph_font()
    return bytes(font.getmask(character)) != bytes(font.getmask(NO_CHARACTER))


@lru_cache(maxsize=1)
def _get_glyph_font():
    return ImageFont.truetype(FOLDER / MEDIUM, 40, layout_engine=ImageFont.Layout.BASIC)


def make_drawable(text: str) -> str:
    """Return `text` as the fonts can draw it, without symbols that they lack; empty if they lack a letter of it."""
    kept, is_after_symbol = [], False
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character.isspace() or (category not in {"Cc", "Cf"} and has_glyph(character)):
            kept.append(character)
            is_after_symbol = False
        elif category in DISPENSABLE and (category not in ACCENTS or is_after_symbol):
            is_after_symbol = True
        else:
            return ""
    return " ".join("".join(kept).split())
