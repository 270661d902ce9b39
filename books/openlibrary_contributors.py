"""Read who made a book from an edition of Open Library: names as in a catalogue, with roles in many spellings."""

import re

from bookclub.core.text import fold_accents

NAME_AND_ROLE = re.compile(r"^(?P<name>[^()]+?)\s*\((?P<role>[^()]+)\)$")
ROLE_AND_NAME = re.compile(r"^(?P<role>.+?)\s+by\s+(?P<name>\S.*)$", re.IGNORECASE)
# First letters of a role as volunteers type it at Open Library, and its MARC relator code (Contribution.Role).
ROLES = {
    "author": "aut", "writer": "aut", "written": "aut", "novel": "aut", "text": "aut", "stories": "aut", "poems": "aut",
    "edit": "edt", "translat": "trl", "illustrat": "ill", "drawings": "ill", "pictures": "ill",
    "introduc": "aui", "foreword": "aui", "preface": "aui", "narrat": "nrt", "reader": "nrt", "read": "nrt",
}  # fmt: skip
ROLE_ABBREVIATIONS = {
    "aut": "aut", "ed": "edt", "eds": "edt", "edt": "edt", "trans": "trl", "transl": "trl", "tr": "trl", "trl": "trl",
    "ill": "ill", "illus": "ill", "intro": "aui", "aui": "aui", "narr": "nrt", "nrt": "nrt",
}  # fmt: skip
YEARS_OF_LIFE = re.compile(r"(?:b\.|d\.|ca\.|fl\.)?\s*\d{3,4}\??\s*(?:[-–]\s*(?:\d{3,4}\??)?)?\.?", re.IGNORECASE)
NAME_SUFFIX = re.compile(r"(?:jr|sr|i{1,3}|iv|ph\.?d|m\.?d)\.?", re.IGNORECASE)
NO_PERSON = re.compile(r"\d|&|\b(?:and|of|for|the|inc|ltd|llc|gmbh|press|university|staff)\b", re.IGNORECASE)


def parse_contributors(edition: dict, authors: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return [(name, MARC relator code), …], and as typed those whose role is missing or not one of ours.

    `edition` has "by_statement", and "contributors" and "contributions" as lists of the right type. A role that is
    given with a name wins over the list of authors.
    """
    known, apart = {}, {}
    for typed, words in [*read_authors(edition, authors), *read_contributors(edition)]:
        name = read_name(NAME_AND_ROLE.sub(r"\g<name>", typed))
        key, role = fold_accents(name), parse_role(words)
        if role:
            known[key] = known.get(key, (name,))[0], role
        elif key not in known:
            apart.setdefault(key, f"{typed} ({words})" if words and words not in typed else typed)
    return list(known.values()), [typed for key, typed in apart.items() if key not in known]


def read_authors(edition, authors):
    """Yield (name as typed, words for the role) of each author: from brackets, else from the title page's statement."""
    statement = fold_accents(edition.get("by_statement", "")).split()
    for typed in authors:
        found = NAME_AND_ROLE.match(typed)
        if found and not is_full_name(found["name"], found["role"]):
            yield typed, found["role"]
        else:
            yield typed, find_role(statement, read_name(NAME_AND_ROLE.sub(r"\g<name>", typed)))


def read_contributors(edition):
    for person in edition.get("contributors", []):
        found = NAME_AND_ROLE.match(person["name"])
        yield person["name"], person["role"] or (found["role"] if found else "")
    for line in edition.get("contributions", []):
        if found := NAME_AND_ROLE.match(line):
            yield line, found["role"]
        elif (found := ROLE_AND_NAME.match(line)) and parse_role(found["role"]):
            yield found["name"], found["role"]
        else:
            yield line, ""


def parse_role(words: str) -> str | None:
    """Return the MARC relator code of “Translator”, “ed.” or “with a new foreword”; of several the first."""
    for word in fold_accents(words).split():
        if code := ROLE_ABBREVIATIONS.get(word) or next(
            (ROLES[start] for start in ROLES if word.startswith(start)), None
        ):
            return code
    return None


def find_role(statement: list[str], name: str) -> str:
    """Return the words for the role of `name` in “edited by A and B; with a foreword by C”, in folded words.

    A name that the statement doesn't have is taken for one of those at its start.
    """
    place = find_words(statement, fold_accents(name).split())
    before = statement[:place] if place else []
    if place is None and statement[1:2] == ["by"]:
        before = statement[:2]
    if "by" not in before:
        return "author"
    last = len(before) - 1 - before[::-1].index("by")
    words = before[:last]
    if "by" in words:  # the names of the role before are no words of this one
        words = words[len(words) - words[::-1].index("by") :]
    return " ".join(find_role_words(words)) or "author"


def find_role_words(words):
    """Return the words that say what somebody did: from the last known role on, else the last word."""
    for place in range(len(words) - 1, -1, -1):
        if parse_role(words[place]) or words[place] in {"with", "a", "an"}:
            return words[place:]
    return words[-1:]


def find_words(words, wanted):
    """Return the place of the words `wanted`, or of the last of them alone (“S. Marvin”); None without either."""
    for part in (wanted, wanted[-1:]):
        for place in range(len(words) - len(part) + 1) if part else ():
            if words[place : place + len(part)] == part:
                return place
    return None


def read_name(typed: str) -> str:
    """Return “Imogen Farrow” for the catalogue's “Farrow, Imogen, 1970-”; other names as typed."""
    parts = [part for part in map(str.strip, typed.split(",")) if part]
    while len(parts) > 1 and YEARS_OF_LIFE.fullmatch(parts[-1]):
        parts.pop()
    suffixes = [part for part in parts[1:] if NAME_SUFFIX.fullmatch(part)]
    names = [part for part in parts if part not in suffixes]
    if len(names) != 2 or any(NO_PERSON.search(name) for name in names):
        return ", ".join(parts)
    last, first = names
    return ", ".join([f"{first} {last}", *suffixes])


def is_full_name(name: str, words: str) -> bool:
    """Return whether `words` spell out the initials of `name`: “Lewis, C. S. (Clive Staples)”."""
    initials = [part[0] for part in fold_accents(name).split() if len(part) == 1]
    return bool(initials) and [word[0] for word in fold_accents(words).split()][: len(initials)] == initials
