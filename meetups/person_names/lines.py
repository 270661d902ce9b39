"""Names by the shape of a line: speakers, attendees, scores, and names behind a remark."""

import re
from collections import defaultdict
from collections.abc import Iterator

from meetups.person_names.document import Document
from meetups.person_names.words import ATTENDEE_LABEL, BODIES, JOINERS, SIGN_OFFS, TITLES, UNCASED_LABELS, first_names

MARKS_BEFORE = r"(?>[^\w\n@\[(]{0,40})(?>\(?\d{1,3}[.)\]:]\s{1,9})?(?>[^\w\n@\[(]{0,20})"
LABEL = re.compile(
    rf"(?m)^{MARKS_BEFORE}(?P<name>\w[^\n:：()\[\]|]{{0,60}}?)(?:\s?\([^()\n]{{0,40}}\))?[*_\s]{{0,4}}[:：](?=[\s*_“\"'‘„«]|(?<=：))"
)
ATTENDEES = re.compile(
    rf"(?im)^{MARKS_BEFORE}(?P<label>{ATTENDEE_LABEL})(?:[ \t]+(?:were|was|are|waren|étaient|erano|eran|fueron|foram))?"
    rf"(?:\s?\([^()\n]{{0,40}}\))?[*_]{{0,3}}\s?(?:[:：|–—-](?!\w)|(?<=were)|(?<=was)|(?<=waren)|(?<=étaient)|(?<=erano)|$)(?P<list>[^\n]*)"
)
INLINE_ATTENDEES = re.compile(
    rf"(?i)(?<=[.;|(·,])\s{{1,3}}[*_]{{0,3}}(?P<label>{ATTENDEE_LABEL})[*_]{{0,3}}[:：](?P<list>[^\n.]*)"
)
SCORE = (
    r"(?:[☆★⭐🌟✩✭✮½]+|[\U0001f300-\U0001faff❤♥✔✘☀☁]\ufe0f?[\U0001f300-\U0001faff❤♥✔✘☀☁★⭐\ufe0f]*|(?:10|\d)(?:[.,]\d{1,2}|½|¼|¾)?"
    r"(?:\s?(?:/|out of|von|sur|su|de|van)\s?(?:5|10|20))?(?:\s?(?:stars?|points?|Sterne|Punkte|étoiles|estrellas|stelle|sterren|★|⭐))?)"
)
SCORED = re.compile(
    r"(?m)(?:^[^\w\n]{0,40}|[,;·|(:/]\s{0,3}|\.\s)(?P<name>[^\W\d_][^\n,;·|:()\d☆★⭐½]{0,40}?)[ \t]{0,3}(?:\([^()\n]{0,20}\)[ \t])?"
    r"[:=–—|\t-]?[ \t]{0,9}(?:gave it |gives it |says )?" + rf"(?P<score>{SCORE})(?=[ \t]*(?:$|[,;·|).!?–—\t-]))"
)
SCORE_DISTANCE = 80  # characters between two lines of a list of scores
# These are searched in the last LINE_END characters of a line.
BEHIND = re.compile(r"(?:[–—―]\s{0,2}|\s-\s?)(?P<name>[^–—―()\[\]“”\"«»:;!?\d]{2,60}?)[\s.*_)]{0,5}$")
IN_BRACKETS = re.compile(r"[\s.…!?”\"][(\[](?P<name>[^()\[\]“”\"«»:;!?\d]{2,60}?)[)\]][\s.*_]{0,5}$")
LINE_END = 80
BRACKETS_FIRST = re.compile(rf"{MARKS_BEFORE}[(\[](?P<name>[^\n()\[\]:;!?\d]{{2,40}}?)[)\]]\s")
DASH_AFTER = re.compile(rf"{MARKS_BEFORE}(?P<name>\w[^\n–—:;,.()\[\]\d]{{2,40}}?)[*_]{{0,3}}\s[–—-]\s")
SEPARATOR = re.compile(r"[,;:：/&+、・·|\n(–—-]")
LIST_ITEM = re.compile(r"[ \t>]*(?:\d{1,3}[.)\]]|[*+•◦⁃▪‣·-])\s")
SIGNED = re.compile(rf"(?im)^(?:{SIGN_OFFS}) ?[,.!]?[ \t]{{0,9}}\n{{1,3}}(?P<name>[^\n]{{2,40}})$")
# Without a colon these are headings or words of a verse.
UNCERTAIN_LABELS = {
    "who",
    "we were",
    "missing",
    "host",
    "hosts",
    "guests",
    "guest",
    "cast",
    "crew",
    "gang",
    "chair",
    "absent",
    "gäste",
}
TABLE_HEADS = {
    "reader", "readers", "name", "names", "who", "member", "members", "person", "leser", "leserin", "wer", "nom", "lecteur",
    "lectrice", "qui", "nombre", "lector", "quién", "nome", "lettore", "chi", "naam", "lezer", "wie", "leitor", "imię", "имя",
}  # fmt: skip
QUOTE_MARKS = {"“", '"', "„", "«", "「", "‘", "‚", "–", "—", "»"}


def find_in_lines(document: Document) -> Iterator[tuple[int, int, str]]:
    """Yield (first token, token after the last, evidence) for each name that a line shows."""
    yield from find_speakers(document)
    yield from find_attendees(document)
    yield from find_scores(document)
    yield from find_behind(document)


def find_speakers(document):
    for found in LABEL.finditer(document.text):
        start, end = found.span("name")
        following = document.text[found.end() : end_of_line(document.text, found.end())]
        names = list(names_between(document, start, end, is_loose=True))
        if covers(document, start, end, names) and all(is_speaker(document, name, following) for name in names):
            yield from ((*name, "speaker") for name in names)


def is_speaker(document, name, following):
    first, end = name
    token = document.tokens[first]
    if document.is_first_name(first) or token.lower in TITLES or token.word.capitalize() in first_names():
        return True
    if token.is_uncased:
        return token.word not in UNCASED_LABELS and end - first <= 2
    if any(each.lower in document.lower_words for each in document.tokens[first:end]) or document.is_blocked(*name):
        return False
    is_talk = is_sentence(following)
    if end - first == 1:
        return is_talk and not document.is_doubtful(*name)
    return is_talk and document.text[: token.start].strip() != "" and not document.is_doubtful(*name)


def is_sentence(text):
    """Return whether the text behind a colon is what somebody may have said, rather than a value."""
    text = text.strip(" \t*_")
    return text[:1] in QUOTE_MARKS | {"("} or text[-1:] in set(".?!…”\"'»)") or len(text[:200].split()) > 3


def find_attendees(document):
    for pattern in (ATTENDEES, INLINE_ATTENDEES):
        for found in pattern.finditer(document.text):
            start, end = found.span("list")
            if not document.text[start:end].strip(" \t*_:|"):
                if ":" not in found.group() and found["label"].casefold() in UNCERTAIN_LABELS:
                    continue
                end = end_of_list(document.text, end)
            for name in names_between(document, start, end, is_loose=True, is_list=True):
                if is_attendee(document, name):
                    yield (*name, "attendee")
    for found in SIGNED.finditer(document.text):
        yield from ((*name, "after words") for name in names_between(document, *found.span("name")))


def end_of_list(text, start):
    """Return the end of the lines of at most five words that follow, up to an empty line."""
    lines, end = text[start + 1 : start + 4000].split("\n"), start + 1
    if lines and not lines[0].strip():
        lines, end = lines[1:], end + len(lines[0]) + 1
    for line in lines[:60]:
        if not line.strip() or len(line.split()) > 5 or line.rstrip().endswith((":", "?")):
            break
        end += len(line) + 1
    return min(end, len(text))


def is_attendee(document, name):
    first = name[0]
    before = document.tokens[first].gap
    is_separate = bool(SEPARATOR.search(before)) or document.tokens[first - 1].lower in {
        *JOINERS,
        "were",
        "was",
        "waren",
    }
    token = document.tokens[first]
    return (is_separate or document.is_first_name(first)) and (
        token.is_capital
        or token.is_uncased
        or document.is_first_name(first)
        or token.word.capitalize() in first_names()
    )


def find_scores(document):
    matches = list(SCORED.finditer(document.text))
    for number, found in enumerate(matches):
        names = list(names_between(document, *found.span("name")))
        if not covers(document, *found.span("name"), names):
            continue
        neighbours = matches[max(0, number - 1) : number] + matches[number + 1 : number + 2]
        is_in_list = any(abs(found.start() - each.start()) < SCORE_DISTANCE for each in neighbours)
        for name in names:
            words = document.tokens[name[0] : name[1]]
            is_unknown = any(each.lower in document.lower_words for each in words) or not is_in_list
            if document.is_first_name(name[0]) or not (is_unknown and found["score"].isdecimal()):
                yield (*name, "score")
    yield from find_in_tables(document)


def find_in_tables(document):
    """Yield the first cell of each row below a head such as “Reader | Stars”."""
    at, is_people = 0, False
    for line in document.text.split("\n"):
        cells = [cell.strip() for cell in line.strip(" |\t").replace("\t", "|").split("|")]
        if len(cells) < 2:
            is_people = False
        elif cells[0].strip("*_ ").casefold() in TABLE_HEADS:
            is_people = True
        elif is_people:
            start = at + line.find(cells[0])
            yield from (
                (*name, "score") for name in names_between(document, start, start + len(cells[0]), is_loose=True)
            )
        at += len(line) + 1


def find_behind(document):
    """Yield names behind a remark, “We should write more – Nadia”, and known first names before one, “[Nick] Yes”.

    An unknown name counts behind an item of a list, or where it stands behind two lines.
    """
    start, repeated = 0, defaultdict(list)
    for line in document.text.split("\n"):
        is_item = bool(LIST_ITEM.match(line))
        tail = max(0, len(line) - LINE_END)
        for found in (BEHIND.search(line, tail), IN_BRACKETS.search(line, tail)):
            for name in read_names(document, found, start, is_loose=is_item):
                if is_known_name(document, name) or (is_item and is_name_word(document, name)):
                    yield (*name, "after words")
                elif is_name_word(document, name):
                    repeated[tuple(token.lower for token in document.tokens[slice(*name)])].append(name)
        for found in (BRACKETS_FIRST.match(line), DASH_AFTER.match(line)):
            for name in read_names(document, found, start, is_loose=is_item):
                if is_known_name(document, name):
                    yield (*name, "after words")
        start += len(line) + 1
    for ranges in repeated.values():
        if len(ranges) > 1:
            yield from ((*name, "after words") for name in ranges)


def read_names(document, found, line_start, *, is_loose):
    """Return the names in the group “name” of a match, if it holds nothing else."""
    if found is None or found.string.lstrip().startswith("#"):
        return []
    start, end = line_start + found.start("name"), line_start + found.end("name")
    names = list(names_between(document, start, end, is_loose=is_loose))
    return names if covers(document, start, end, names) else []


def is_known_name(document, name):
    return document.is_first_name(name[0]) and not document.is_blocked(*name)


def is_name_word(document, name):
    words = document.tokens[name[0] : name[1]]
    if document.is_blocked(*name):
        return False
    return not any(
        each.lower in document.lower_words for each in words if each.is_capital
    ) and not document.is_doubtful(*name)


def end_of_line(text, start):
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def names_between(document, start, end, *, is_loose=False, is_list=False):
    """Yield the token ranges of the names in a part of the text that should hold nothing else."""
    at, stop = document.index.between(start, end)
    while at < stop:
        name_end = document.read_name(at, is_loose=is_loose, is_list=is_list)
        if name_end is None:
            at += 1
            continue
        name_end = min(name_end, stop)
        yield at, name_end
        at = name_end


def covers(document, start, end, names):
    """Return whether the part consists of these names and of words that join them."""
    first, stop = document.index.between(start, end)
    inside = {at for name in names for at in range(*name)}
    rest = [document.tokens[at] for at in range(first, stop) if at not in inside]
    has_other_signs = re.search(r"[\d@#=<>{}]", document.text[start:end])
    is_body = any(document.tokens[at].lower in BODIES for at in range(first, stop))
    return bool(names) and not has_other_signs and not is_body and all(token.lower in JOINERS for token in rest)
