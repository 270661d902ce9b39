"""Words of texts and queries: found, folded and reduced to stems, in the same way for both databases."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
from django.conf import settings

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
    """Yield each Word of `text`."""
    for match in WORD.finditer(text):
        typed = match.group()
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
