"""Words of texts and queries: found, folded and reduced to stems, in the same way for both databases."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
from django.conf import settings
from stdnum import isbn

MAX_WORD_LENGTH = 60
LANGUAGES = {
    "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# Letters that Unicode doesn't take apart.
OTHER_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "ng"}
)
MARKS = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
# Soft hyphen, joiners, word joiner: within a word, without a meaning of their own.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
APOSTROPHES = "'’‘ʼ＇`´"
LETTER = f"(?:[^\\W_]|[{re.escape(MARKS + INVISIBLE)}])"
# Chinese and Japanese write no spaces, so that each sign counts as a word.
IDEOGRAPH = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
WORD = re.compile(rf"{IDEOGRAPH}|(?:(?!{IDEOGRAPH}){LETTER})+(?:[{APOSTROPHES}](?:(?!{IDEOGRAPH}){LETTER})+)*")
# 13 or 10 figures, with a space or a dash between any two.
ISBN = re.compile(r"(?<![\w-])(?:97[89][ \-‐‑–]?)?[0-9](?:[ \-‐‑–]?[0-9]){8}[ \-‐‑–]?[0-9Xx](?![\w-])")
WORD_OR_ISBN = re.compile(f"(?P<isbn>{ISBN.pattern})|{WORD.pattern}")
PARTS = re.compile(f"[{APOSTROPHES}]")


@dataclass(frozen=True)
class Word:
    """A word of a text with its place there. `parts` are more words that find it: of “l’amour” also “amour”."""

    folded: str
    stem: str
    start: int
    end: int
    parts: tuple[str, ...] = ()


def find_words(text: str):
    """Yield each Word of `text`. An ISBN in any notation is one word: its 13 figures."""
    for match in WORD_OR_ISBN.finditer(text):
        typed = match["isbn"]
        if typed is None:
            yield from make_words(match)
        elif isbn.is_valid(typed):
            figures = compact_isbn(typed)
            yield Word(figures, figures, *match.span(), (isbn.compact(typed).lower(),))
        else:
            for word in WORD.finditer(text, *match.span()):
                yield from make_words(word)


def compact_isbns(text: str) -> str:
    """Return the text with each ISBN as its 13 figures."""
    return ISBN.sub(lambda match: compact_isbn(match[0]) if isbn.is_valid(match[0]) else match[0], text)


def compact_isbn(typed):
    return isbn.to_isbn13(isbn.compact(typed))


def make_words(match):
    """Yield the Word of a match of WORD, unless nothing is left of it."""
    typed = match[0]
    folded = fold_word(typed)
    if folded:
        parts = tuple(part for part in map(fold_word, PARTS.split(typed)) if len(part) > 1)
        yield Word(folded, stem_word(folded), *match.span(), parts if len(PARTS.split(typed)) > 1 else ())


@lru_cache(maxsize=50_000)
def fold_word(typed: str) -> str:
    """Return the letters and digits of a word in lower case, without accents, apostrophes and invisible characters."""
    letters = unicodedata.normalize("NFKD", typed.casefold()).translate(OTHER_LETTERS)
    # Marks that are no accents are vowels, such as those of Hindi.
    kept = "".join(
        letter
        for letter in letters
        if letter.isalnum() or (unicodedata.category(letter)[0] == "M" and not unicodedata.combining(letter))
    )
    return unicodedata.normalize("NFC", kept)[:MAX_WORD_LENGTH]


@lru_cache(maxsize=50_000)
def stem_word(folded: str) -> str:
    """Return the stem in the site's language; the word itself if there is no stemmer for it."""
    stemmer = get_stemmer(settings.LANGUAGE_CODE.split("-")[0])
    return (stemmer and stemmer.stemWord(folded)) or folded


@lru_cache
def get_stemmer(language):
    name = LANGUAGES.get(language)
    return name and snowballstemmer.stemmer(name)
