"""Split a text into words with what is needed to recognise names."""

import re
from bisect import bisect_right
from dataclasses import dataclass

# Combining marks of Latin, Hebrew, Arabic and Indic scripts: str.isalnum() is false for them.
MARKS = "\u0300-\u036f\u0591-\u05bd\u05c1-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u200c\u200d"
LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*"
WORD = re.compile(rf"{LETTERS}(?:[’'\u02bc\u05f3\u05f4\-\u2010\u2011]{LETTERS})*")
CLITIC = re.compile(r"(?<=\w)(?:[’']s|[’'](?:ll|d|re|ve|m)|n[’']t)$", re.IGNORECASE)
ELISION = re.compile(r"(?:[dlnmtsjc]|qu|jusqu|lorsqu|puisqu|dell|all|dall|nell|sull|un)[’'](?=[^\W\d_])")  # “d’Anne”
SENTENCE_END = re.compile(r"[.!?…:;|•]|\n|[“”„«»\"]\s*$|^\s*[“„«\"]")
NO_WORDS = re.compile(
    r"`[^`\n]{1,500}`|(?<=\]\()[^()\s]{1,1000}|(?:https?://|www\.)[^\s<>]{1,2000}"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
)


@dataclass(slots=True)
class Token:
    word: str  # without “’s” and the like
    lower: str
    start: int
    end: int  # of the word
    clitic: str  # "'s", "'ll", "n't" … or ""
    is_capital: bool
    is_uncased: bool  # of a script without capitals
    is_first: bool = False  # of its sentence or line
    gap: str = ""  # what stands between the token before and this one


def tokenize(text: str) -> list[Token]:
    """Return the words of `text`; addresses and code are left out."""
    masked = NO_WORDS.sub(lambda found: " " * len(found.group()), text)
    tokens, last = [], 0
    for found in WORD.finditer(masked):
        elision = ELISION.match(found.group())
        skipped = elision.end() if elision and found.group()[elision.end()].isupper() else 0
        whole = found.group()[skipped:]
        clitic = CLITIC.search(whole)
        word = whole[: clitic.start()] if clitic else whole
        first = word[0]
        token = Token(
            word=word,
            lower=word.casefold().replace("’", "'"),
            start=found.start() + skipped,
            end=found.start() + skipped + len(word),
            clitic=clitic.group().lower().replace("’", "'") if clitic else "",
            is_capital=first.isupper() or first.istitle(),
            is_uncased=first.upper() == first.lower(),
        )
        token.gap = masked[last : token.start]
        token.is_first = not tokens or bool(SENTENCE_END.search(strip_markup(token.gap)))
        if token.is_first and tokens and is_abbreviation(tokens[-1], token.gap):
            token.is_first = False
        tokens.append(token)
        last = found.end()
    return tokens


def strip_markup(gap):
    return gap.replace("*", "").replace("_", "").replace("\\", "")


def is_abbreviation(token, gap):
    """Return whether the stop belongs to an initial or a title: “J. Smith”, “Dr. Obi”."""
    return gap.rstrip(" \u00a0") == "." and (
        len(token.word) == 1 or token.lower in {"dr", "mr", "mrs", "ms", "prof", "st", "vs"}
    )


def words_used_in_lower_case(tokens) -> set[str]:
    return {token.lower for token in tokens if not token.is_capital and not token.is_uncased}


class TokenIndex:
    """Find the tokens of a part of the text."""

    def __init__(self, tokens):
        self.tokens, self.starts = tokens, [token.start for token in tokens]

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of indexes of the tokens that start within `start`…`end`."""
        return bisect_right(self.starts, start - 1), bisect_right(self.starts, end - 1)
