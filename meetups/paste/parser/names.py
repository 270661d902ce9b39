"""Parse contributors from lines such as "Ed. A, B and C" or "By A, translated by B"."""

import re

from meetups.paste.parser.pieces import Person

MAX_LINE_LENGTH = 300
LEADS = {
    "edt": r"eds?\.|edited\s+by|editors?\s*:",
    "aut": r"by|written\s+by|authors?\s*:",
    "trl": r"translated\s+by|transl?\.\s*(?:by)?|tr\.|translators?\s*:",
    "ill": r"illustrated\s+by|illustrations\s+by|illus\.\s*(?:by)?|ill\.|illustrators?\s*:",
}
LEAD = re.compile("|".join(f"(?P<{role}>(?:{pattern}))" for role, pattern in LEADS.items()), re.IGNORECASE)
NEXT_ROLE = re.compile(r"[,;.|·]?\s+(?:and\s+)?(?=(?:edited|translated|illustrated|written)\s+by\s)", re.IGNORECASE)
TRAILING_ROLE = re.compile(
    r"\s*\((?P<role>eds?\.?|editors?|trans\.?|translators?|illus\.?|illustrators?)\)$", re.IGNORECASE
)
BETWEEN = re.compile(r"\s*[,;](?!\s*(?:jr|sr|phd|md)\b)\s*(?:and\s+|&\s*)?|\s+(?:and|&)\s+", re.IGNORECASE)
PARTICLE = re.compile(
    "de|del|della|der|den|des|di|da|do|dos|du|van|von|zu|la|le|les|el|al|bin|ibn|ben|y|e|of|the|for", re.IGNORECASE
)


def read_people(text: str) -> list[Person]:
    """Return the people of a contributors line in order, or [] if the text is not one."""
    if len(text) > MAX_LINE_LENGTH:
        return []
    parts = [part.strip() for part in NEXT_ROLE.split(text.strip())]
    people = [read_part(part) for part in parts]
    return [person for part in people for person in part] if all(people) else []


def read_part(text: str) -> list[Person]:
    lead = LEAD.match(text)
    trailing = TRAILING_ROLE.search(text)
    if lead and text[lead.end() : lead.end() + 1].isspace():
        return parse_names(text[lead.end() :], lead.lastgroup)
    if trailing:
        return parse_names(text[: trailing.start()], role_of(trailing["role"]))
    return []


def role_of(word: str) -> str:
    return {"e": "edt", "t": "trl", "i": "ill"}[word[0].casefold()]


def parse_names(text: str, role: str) -> list[Person]:
    names = [name.strip() for name in BETWEEN.split(text.strip())]
    return [Person(name, role) for name in names] if all(map(is_name, names)) else []


def is_name(text: str) -> bool:
    """Return whether the text is up to seven words, each capitalised or a particle such as "de" or "van"."""
    words = text.split()
    capital = all(word[0].isupper() or PARTICLE.fullmatch(word) for word in words)
    return 0 < len(words) <= 7 and capital and words[0][0].isupper() and not re.search(r"[?!:“”\"()0-9]", text)
