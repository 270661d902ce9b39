"""Names by their place in a sentence: “Sam read it aloud”, “at Carol's”, “thanks to Wendy”."""

import re
from collections.abc import Iterator

from meetups.person_names.document import Document
from meetups.person_names.words import (
    ADVERBS,
    AT_WORDS,
    AUXILIARIES,
    BEFORE_NAME,
    BELONGINGS,
    BODIES,
    BY_WORDS,
    DETERMINERS,
    DONE_BY,
    HOMES,
    JOINERS,
    PERSON_VERBS,
    PLACES_BEFORE,
    ROLES,
    TITLES,
    TO_PHRASES,
    WITH_WORDS,
)

HANDLE = re.compile(r"(?<![\w@./+-])@[^\W\d_][\w.-]{1,30}\b(?!@)")
ROLE_AFTER = re.compile(
    r"(?:\s?\(|,\s(?:our|my|the|unsere|notre|nuestra)\s)(?:chair|host|hostess|facilitator|moderator|leader|librarian|"
    r"organi[sz]er|hôte(?:sse)?|animatrice|animateur|présidente?|bibliothécaire|libraire|anfitri(?:ón|ona)|gastvrouw|secretary|minutes|new|she/her|he/him|they/them|guest|visitor|Gastgeberin|Leitung|Protokoll|neu)\b",
    re.IGNORECASE,
)
WHO_AFTER = re.compile(r",\s(?:who|whose|whom)\b")
PARTICIPLE = re.compile(r".+(?:é|ée|i|u|is|ato|uto|ito)|dit|fait|écrit|offert|ouvert|detto|letto|fatto|scritto|scelto")
PRONOUN = re.compile(r"(?:n|l|s|m|t|d|c)[’'](?=\w)")  # “n’a pas aimé”
MIDDLE_WORDS = {
    "pas",
    "jamais",
    "plus",
    "beaucoup",
    "bien",
    "tout",
    "déjà",
    "non",
    "sempre",
    "molto",
    "aussi",
    "anche",
    "même",
}
OBJECTS = {"nous", "vous", "lui", "leur", "ne", "se", "y", "nos", "les", "me", "mi", "le", "la", "ci", "si"}
PRONOUNS_BEFORE_VERB = {"הוא", "היא", "הם", "הן", "אני", "אנחנו", "מישהו", "אחד", "אחת", "כולם", "מי", "זה", "לא", "גם"}
LIST_GAP = re.compile(r"\s?(?:,|;|&|/|\+)\s?(?:&\s)?")


def find_in_sentences(document: Document) -> Iterator[tuple[int, int, str]]:
    """Yield (first token, token after the last, evidence) for each name that its sentence shows to be a person's."""
    at = 0
    while at < len(document.tokens):
        token = document.tokens[at]
        end = document.read_name(at) if token.is_capital else None
        if token.is_uncased and not token.clitic and is_subject_of_verb(document, at):
            yield at, at + 1, "sentence"
        if end is None:
            at += 1
            continue
        if not document.is_blocked(at, end) and is_person(document, at, end):
            yield at, end, "sentence"
        at = end


def is_subject_of_verb(document, at):
    following = document.after(at + 1)
    verb = following.lower if following else ""
    return (
        verb in PERSON_VERBS
        and document.tokens[at].lower not in PRONOUNS_BEFORE_VERB
        and len(document.tokens[at].word) > 1
    )


def is_person(document: Document, first: int, end: int) -> bool:
    """Return whether the name is a person's: by a first name, a verb, an owner's “’s”, a role, or the word before it."""
    token, last = document.tokens[first], document.tokens[end - 1]
    before = document.before(first)
    if token.lower in TITLES:
        return True
    is_known = document.is_first_name(first)
    if document.is_doubtful(first, end) or is_place(document, first, end):
        return False
    if (before in DETERMINERS and not is_known) or is_acronym(last):
        return False
    if is_known:
        return not is_credit(document, first, end) or ROLE_AFTER.match(document.text, last.end) is not None
    if document.is_other_word(first, end):
        return False
    return (
        is_subject(document, first, end)
        or is_owner(document, first, end)
        or is_named_by_word_before(document, first)
        or ROLE_AFTER.match(document.text, last.end) is not None
        or WHO_AFTER.match(document.text, last.end) is not None
    )


def is_acronym(token):
    return token.word.isupper() and len(token.word) > 1 and not token.is_uncased


def is_place(document, first, end):
    following = document.after(end)
    before = document.before(first)
    saints = {"st", "saint", "san", "santa", "santo", "são", "los", "las", "new", "mount"}
    if (
        before in saints
        or document.tokens[first].lower in saints
        or (following and following.is_capital and following.lower in BODIES)
    ):
        return True
    return before in PLACES_BEFORE and not document.tokens[end - 1].clitic


def is_credit(document, first, end):
    """Return whether a full name stands behind “by”, as an author's does: “Slow Machines by Hannah Okafor”."""
    before_that = document.before(first - 1) if first else ""
    return document.before(first) in BY_WORDS and end - first > 1 and before_that not in DONE_BY


def is_subject(document, first, end):
    """Return whether a verb follows that tells what people do."""
    last = document.tokens[end - 1]
    is_inside = document.same_sentence(first) and not document.is_german
    at = end
    following = document.after(at)
    if following is None:
        return False
    if last.clitic in {"'ll", "'d", "'ve"}:
        return True
    has_auxiliary = last.clitic == "'s"
    if last.clitic and not has_auxiliary:
        return False
    while following is not None and (is_between(following) or is_auxiliary(following)):
        has_auxiliary = has_auxiliary or is_auxiliary(following)
        if has_auxiliary and is_inside and not last.clitic:
            return True
        at += 1
        following = document.after(at)
    if following is None or following.is_capital:
        return False
    if PRONOUN.sub("", following.lower) in {"a", "ha", "avait"}:
        verbs = [token.lower for token in document.tokens[at + 1 : at + 3] if token.lower not in MIDDLE_WORDS]
        return bool(verbs and PARTICIPLE.fullmatch(verbs[0])) and end - first <= 2
    if document.tokens[first].is_first and last.lower.endswith("ing"):
        return False
    if following.lower in PERSON_VERBS:
        return not last.clitic or following.lower.endswith("ing")
    return is_inside and not last.clitic and following.lower.endswith("ed") and len(following.lower) > 4


def is_between(token):
    return token.lower in ADVERBS or token.lower in OBJECTS


def is_auxiliary(token):
    return token.lower in AUXILIARIES or (PRONOUN.match(token.lower) and PRONOUN.sub("", token.lower) in AUXILIARIES)


def is_owner(document, first, end):
    """Return whether it is somebody's home or thing: “at Carol's”, “Dee’s place”."""
    last = document.tokens[end - 1]
    is_plural = last.word.endswith("s") and document.text[last.end : last.end + 2] in {"' ", "’ "}
    if last.clitic != "'s" and not is_plural:
        return False
    following = document.after(end) if not is_plural else next(iter(document.tokens[end : end + 1]), None)
    thing = following.lower if following else ""
    if document.before(first) in AT_WORDS:
        return not thing or not following.is_capital
    return thing in BELONGINGS or thing in HOMES


def is_named_by_word_before(document, first):
    before = document.before(first)
    before_that = document.before(first - 1) if first else ""
    if before in BEFORE_NAME or f"{before_that} {before}" in TO_PHRASES or before in ROLES:
        return True
    if before in BY_WORDS:
        return before_that in DONE_BY
    return before in WITH_WORDS and not document.is_german and not document.tokens[first].is_first


def extend_over_lists(document: Document, names: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """Return the names with their neighbours in a list: in “Anna, Bert and Clara came” one verb names three."""
    found = dict(names)
    starts = {first for first, _ in found}
    waiting = list(found)
    while waiting:
        first, end = waiting.pop()
        for name in (name_after(document, end), name_before(document, first, end)):
            if name and name not in found and name[0] not in starts:
                found[name] = "sentence"
                starts.add(name[0])
                waiting.append(name)
    return found


def name_after(document, end):
    at = skip_joiner(document, end)
    if at is None or document.tokens[end - 1].clitic:
        return None
    stop = document.read_name(at) if document.tokens[at].is_capital else None
    return (at, stop) if stop and is_list_member(document, at, stop) else None


def skip_joiner(document, end):
    """Return the index of the next name of a list: after “, ”, “ and ”, “, and ” or “ & ”."""
    tokens = document.tokens
    if end >= len(tokens):
        return None
    if LIST_GAP.fullmatch(tokens[end].gap):
        if tokens[end].lower in JOINERS:
            return end + 1 if end + 1 < len(tokens) and tokens[end + 1].gap == " " else None
        return end
    is_joiner = tokens[end].gap == " " and tokens[end].lower in JOINERS
    return end + 1 if is_joiner and end + 1 < len(tokens) and tokens[end + 1].gap == " " else None


def name_before(document, first, end):
    """Return the name before “ and ” or “, ”; one that opens its sentence only before “and” or in a longer list."""
    tokens = document.tokens
    has_joiner = first > 0 and tokens[first - 1].lower in JOINERS
    at = first - 1 if has_joiner else first
    if at < 1 or not (LIST_GAP.fullmatch(tokens[at].gap) or (has_joiner and tokens[at].gap == " ")):
        return None
    for start in range(max(0, at - 4), at):
        if (
            tokens[start].is_capital
            and document.read_name(start) == at
            and (start == 0 or not is_continued(document, start))
        ):
            opens = tokens[start].is_first and not has_joiner and skip_joiner(document, end) is None
            return (start, at) if not opens and is_list_member(document, start, at) else None
    return None


def is_continued(document, start):
    return document.tokens[start - 1].is_capital and document.is_close(start) and not document.tokens[start].is_first


def is_list_member(document, first, end):
    known = document.is_first_name(first)
    words = document.tokens[first:end]
    if words[0].is_first and words[0].lower.endswith("ly") and not known:
        return False
    if document.is_blocked(first, end) or document.is_doubtful(first, end) or is_acronym(words[-1]):
        return False
    is_common = document.is_other_word(first, end)
    return known or (not is_common and not document.is_german and not is_place(document, first, end))
