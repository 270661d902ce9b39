"""A text with its words, and those that are known not to name a person."""

import re
from collections import defaultdict
from functools import cached_property

from meetups.person_names.tokens import SENTENCE_END, Token, TokenIndex, tokenize, words_used_in_lower_case
from meetups.person_names.words import (
    BODIES,
    BY_WORDS,
    COMMON_WORDS,
    DAYS_AND_MONTHS,
    DONE_BY,
    PARTICLES,
    PERSON_VERBS,
    TITLES,
    WORDS_AND_NAMES,
    first_names,
)

MAX_NAME_WORDS = 5
LEADING_PARTICLES = PARTICLES - {"e", "y", "d", "do", "den"}
# “PostgreSQL” and “ETag” are no names, “McFarlane” and “DeShawn” are.
INNER_CAPITAL = re.compile(r"(?!(?:Ma?c|De|La|Di|Du|Le|Van|Fitz)[A-Z])(?:\w*[a-zà-ÿ][A-Z]|[A-Z]{2,}[a-z])")
GERMAN_WORDS = {"der", "die", "das", "und", "nicht", "ist", "ein", "eine", "wir", "haben", "dass", "auch"}
ARTICLES = {"the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "il", "de", "het", "o"}
CREDITS = {"written", "edited", "translated", "illustrated", "narrated", "published", "directed", "adapted"}


class Document:
    def __init__(self, text: str, not_people=()):
        self.text = text
        self.tokens = tokenize(text)
        self.index = TokenIndex(self.tokens)
        self.lower_words = words_used_in_lower_case(self.tokens)
        self.blocked: set[int] = set()  # indexes of tokens of titles and of contributors' full names
        self.doubtful_words: set[str] = set()  # their words: a name only where it stands as a speaker or the like
        self._block(not_people)
        self._block_credits()

    @cached_property
    def is_german(self) -> bool:
        """True for a language whose nouns have capitals, so that a capital says nothing."""
        return sum(token.lower in GERMAN_WORDS for token in self.tokens) * 25 > len(self.tokens)

    @cached_property
    def places(self) -> set[str]:
        """Words behind “in” and “near”; they are places in all other sentences, too."""
        return {
            token.lower
            for at, token in enumerate(self.tokens)
            if token.is_capital and not token.clitic and self.before(at) in {"in", "near", "across", "en"}
        }

    def is_other_word(self, start: int, end: int) -> bool:
        """Return whether one of the words is a place, or stands in lower case elsewhere."""
        return any(token.lower in self.lower_words or token.lower in self.places for token in self.tokens[start:end])

    def read_name(self, first: int, *, is_loose=False, is_list=False) -> int | None:
        """Return the index after the name that starts at token `first`, or None.

        A loose reading takes names in lower case and of scripts without capitals. In a list of people “May” is one.
        """
        tokens = self.tokens
        at = first
        while at < min(len(tokens), first + 2) and tokens[at].lower in TITLES and tokens[at].is_capital:
            at += 1
        while (
            is_loose
            and at + 1 < min(len(tokens), first + 4)
            and tokens[at].lower in LEADING_PARTICLES
            and self.is_close(at + 1)
        ):
            at += 1
        if (
            at >= len(tokens)
            or (at > first and not self.is_close(at))
            or not (self.can_begin_name(at, is_loose) or self.is_name_here(at, is_list))
        ):
            return None
        end = at + 1
        while end < len(tokens) and end - first < MAX_NAME_WORDS and not tokens[end - 1].clitic:
            if self.is_close(end) and self._goes_on(end):
                end += 1
            elif after_particles := self._skip_particles(end):
                end = after_particles + 1
            else:
                break
        if any(INNER_CAPITAL.match(token.word) for token in tokens[at:end]):
            return None
        is_body = any(token.lower in BODIES for token in tokens[at:end])
        return None if (is_body and end - at > 1) or tokens[at].lower in BODIES else end

    def can_begin_name(self, at, is_loose=False):
        token = self.tokens[at]
        if token.lower in DAYS_AND_MONTHS or token.lower in COMMON_WORDS or len(token.word) == 1:
            is_initial = len(token.word) == 1 and token.is_capital and self.text[token.end : token.end + 1] == "."
            return is_initial and at + 1 < len(self.tokens) and self._goes_on(at + 1) and self.is_close(at + 1)
        return token.is_capital or (is_loose and (token.is_uncased or token.word.capitalize() in first_names()))

    def is_close(self, at):
        """Return whether only a space, or the stop of an initial or title, stands before this token."""
        gap = self.tokens[at].gap
        if gap in {" ", "\u00a0", "-"}:
            return True
        before = self.tokens[at - 1] if at else None
        return (
            gap in {". ", ".\u00a0", "."} and before is not None and (len(before.word) == 1 or before.lower in TITLES)
        )

    def _goes_on(self, at):
        token = self.tokens[at]
        if not token.is_capital or token.lower in DAYS_AND_MONTHS:
            return False
        return (len(token.word) == 1 and token.word != "I") or token.lower not in COMMON_WORDS

    def _skip_particles(self, at):
        """Return the index of the name behind “van der”, or None."""
        start = at
        while at < len(self.tokens) - 1 and self.tokens[at].lower in LEADING_PARTICLES and self.is_close(at):
            at += 1
        is_name = start < at < start + 3 and self.is_close(at) and self._goes_on(at)
        return at if is_name and self.tokens[at].word[1:].islower() else None

    def is_name_here(self, at, is_list):
        """Return whether a word such as “Will” or “May” is a name: in a list of people, or before a person's verb."""
        token = self.tokens[at]
        if token.lower not in WORDS_AND_NAMES or not token.is_capital:
            return False
        following = self.after(at + 1)
        return is_list or (
            following is not None and following.lower in PERSON_VERBS and following.lower not in WORDS_AND_NAMES
        )

    def is_first_name(self, at: int) -> bool:
        word = self.tokens[at].word
        names = first_names()
        if word in names or (word.isupper() and len(word) > 2 and word.capitalize() in names):
            return True
        head = word.split("-")[0]
        is_genitive = word.endswith("s") and word[:-1] in names and self.is_german  # “Petras Küche”
        return is_genitive or (head != word and head in names)

    def same_sentence(self, at: int) -> bool:
        """Return whether the token before `at` belongs to the same sentence."""
        return at > 0 and not self.tokens[at].is_first

    def before(self, at: int) -> str:
        return self.tokens[at - 1].lower if self.same_sentence(at) else ""

    def after(self, end: int) -> Token | None:
        """Return the token after a name, if nothing but a space or a bracket is between them."""
        if end >= len(self.tokens) or self.tokens[end].is_first:
            return None
        return self.tokens[end] if len(self.tokens[end].gap.strip("*_ \u00a0")) == 0 else None

    def is_blocked(self, start: int, end: int) -> bool:
        return any(at in self.blocked for at in range(start, end))

    def is_doubtful(self, start: int, end: int) -> bool:
        return any(token.lower in self.doubtful_words for token in self.tokens[start:end])

    def _block(self, phrases):
        starts = defaultdict(list)
        for phrase in dict.fromkeys(phrases):
            for part in {phrase, phrase.partition(":")[0], phrase.partition(" / ")[0], phrase.partition(" / ")[2]}:
                words = [token.lower for token in tokenize(part)]
                while words and words[0] in ARTICLES:
                    words = words[1:]
                self.doubtful_words.update(words)
                if len(words) > 1:
                    starts[words[0]].append(words)
        for at, token in enumerate(self.tokens):
            for words in starts.get(token.lower, ()):
                if [each.lower for each in self.tokens[at : at + len(words)]] == words:
                    self.blocked.update(range(at, at + len(words)))

    def _block_credits(self):
        """Take full names after “by” for authors of books, unless something was done by them at the meetup."""
        found = []
        for at, token in enumerate(self.tokens[1:], 1):
            if token.lower in BY_WORDS and at + 1 < len(self.tokens):
                end = self.read_name(at + 1)
                words = self.tokens[at + 1 : end] if end else []
                before = self.tokens[at - 1].lower
                is_credit = before in CREDITS or (len(words) > 1 and before not in DONE_BY)
                if words and is_credit and not SENTENCE_END.search(self.tokens[at + 1].gap):
                    found.append(self.text[words[0].start : words[-1].end])
        self._block(found)
