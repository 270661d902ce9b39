"""Find people's names: collect them by shape, then look for each of them in the whole text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from meetups.person_names.document import Document
from meetups.person_names.lines import find_in_lines
from meetups.person_names.person import Person
from meetups.person_names.sentences import HANDLE, extend_over_lists, find_in_sentences
from meetups.person_names.words import BODIES, COMMON_WORDS, DAYS_AND_MONTHS, PARTICLES, TITLES

IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,8}")
HONORIFIC = re.compile(
    r"(?P<name>(?:[\u4e00-\u9fff]{1,4}|[\u30a0-\u30ff]{2,6}|[\uac00-\ud7af]{2,4}))\s?(?:さん|さま|先生|くん|ちゃん|氏|님|씨)"
)


def find_people(text: str, *, known: Iterable[str] = (), not_people: Iterable[str] = ()) -> list[Person]:
    """Return the names in the order of the text, each as often as it stands there.

    `known` names are found wherever they stand. `not_people` are the book's title, its contributors, the club, a venue:
    they are left out, but a name like one of their words is still found where it stands as a speaker or the like.
    """
    document = Document(text, not_people)
    names = {}
    for first, end, evidence in find_in_lines(document):
        names.setdefault((first, end), evidence)
    for first, end, evidence in find_in_sentences(document):
        names.setdefault((first, end), evidence)
    names = extend_over_lists(document, names)
    people = [*find_known(text, known), *find_handles(text), *find_everywhere(document, names)]
    people += find_without_spaces(text, [person.name for person in people])
    return drop_overlaps(people)


def list_names(people: Iterable[Person]) -> list[str]:
    """Return each name once, in the order of the text, as it stands there first."""
    names = {}
    for person in people:
        names.setdefault(person.name.casefold(), person.name)
    return list(names.values())


def find_known(text: str, known: Iterable[str]) -> Iterator[Person]:
    """Yield names to the letter, but not within longer words."""
    for name in {name.strip() for name in known if len(name.strip()) > 1}:
        for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield Person(name, found.start(), found.end(), "known")


def find_handles(text):
    for found in HANDLE.finditer(text):
        yield Person(found.group(), found.start(), found.end(), "handle")


def find_without_spaces(text, names):
    """Find names of Chinese, Japanese and Korean, which stand in a line without spaces."""
    addressed = [found["name"] for found in HONORIFIC.finditer(text)]
    for name in dict.fromkeys([*addressed, *names]):
        if IDEOGRAPHS.fullmatch(name):
            for found in re.finditer(re.escape(name), text):
                yield Person(name, found.start(), found.end(), "after words")


def find_everywhere(document: Document, names: dict[tuple[int, int], str]) -> list[Person]:
    """Return the names and all other places where they or their first names stand."""
    tokens = document.tokens
    evidence_of = {}
    for (first, end), evidence in sorted(names.items()):
        while first < end - 1 and tokens[first].lower in TITLES:
            first += 1
        words = tuple(token.lower for token in tokens[first:end])
        evidence_of.setdefault(words, evidence)
        if len(words[0]) > 1 and words[0] not in PARTICLES and words[0] not in COMMON_WORDS:
            evidence_of.setdefault(words[:1], evidence)
    by_first_word = defaultdict(list)
    for words in sorted(evidence_of, key=len, reverse=True):
        by_first_word[words[0]].append(words)
    found = {range_: make_person(document, *range_, evidence) for range_, evidence in names.items()}
    for at, token in enumerate(tokens):
        is_genitive = document.is_german and token.lower.endswith("s") and token.lower not in by_first_word
        for words in by_first_word.get(token.lower[:-1] if is_genitive else token.lower, ()):
            if is_genitive and len(words) > 1:
                continue
            end = at + len(words)
            if is_same_name(document, at, end, words):
                found.setdefault((at, end), make_person(document, at, end, evidence_of[words]))
                break
    return list(found.values())


def is_same_name(document, at, end, words):
    token = document.tokens[at]
    if not (token.is_capital or token.is_uncased) or document.is_blocked(at, end):
        return False
    if len(words) > 1 and [each.lower for each in document.tokens[at:end]] != list(words):
        return False
    is_word = token.lower in COMMON_WORDS or token.lower in DAYS_AND_MONTHS
    if is_word and not document.is_name_here(at, False):
        return False
    following = document.after(end)
    is_body = following is not None and following.is_capital and following.lower in BODIES
    return not is_body


def make_person(document, first, end, evidence):
    start, stop = document.tokens[first].start, document.tokens[end - 1].end
    return Person(document.text[start:stop], start, stop, evidence)


def drop_overlaps(people):
    """Keep the longest of overlapping names, in the order of the text."""
    kept, last_end = [], 0
    for person in sorted(people, key=lambda person: (person.start, -person.end)):
        if person.start >= last_end:
            kept.append(person)
            last_end = person.end
    return kept
