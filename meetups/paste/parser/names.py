"""Parse the people who made a book, and judge whether a text is a name, in any script."""

import re

from meetups.paste.pieces import Person
from meetups.person_names.words import first_names

MAX_LINE_LENGTH = 300
LEADS = {
    "edt": (
        r"eds?\.(?:\s+by)?|edited\s+by|editors?\s*:|edited\s*:|hg\.(?:\s+von)?|hrsg\.(?:\s+von)?|herausgegeben\s+von|"
        r"édité\s+par|editado\s+por|a\s+cura\s+di|onder\s+redactie\s+van|organizado\s+por"
    ),
    "trl": (
        r"(?:re)?translat(?:ed|ion)(?:\s+from\s+(?:the\s+)?\w+)?\s+by|trans(?:l)?\.\s*(?:by)?|tr\.(?:\s+by)?|translators?\s*:|"
        r"translation\s*:|übersetzt\s+von|übersetzung\s*:|aus\s+dem\s+\w+\s+von|"
        r"übersetzer(?:in)?\s*:|traduit\s+(?:d[eu]\s+\S+\s+)?par|traduction\s*:|traducido\s+(?:del?\s+\w+\s+)?por|traducción\s*:|"
        r"tradotto\s+(?:dal\w*\s*\w+\s+)?da|traduzione\s*(?:di|:)|vertaald\s+(?:uit\s+het\s+\w+\s+)?door|vertaling\s*:|"
        r"traduzido\s+por|tradução\s*(?:de|:)"
    ),
    "ill": (
        r"illustrat(?:ed|ions)\s+by|illus\.\s*(?:by)?|ill\.|illustrat(?:ors?|ions)\s*:|illustriert\s+von|illustré\s+par|"
        r"ilustrado\s+por|illustrato\s+da|geïllustreerd\s+door|(?:pictures|drawings|art|artwork)\s+by|(?:met\s+)?tekeningen\s+van|(?:mit\s+)?zeichnungen\s+von|(?:avec\s+des\s+)?dessins\s+de|"
        r"(?:con\s+)?dibujos\s+de"
    ),
    "aut": (
        r"by|(?:written|words|text|story)\s+by|geschreven\s+door|écrit\s+par|escrito\s+por|scritto\s+da|authors?\s*:|von|geschrieben\s+von|autor(?:in)?\s*:|par|auteurs?\s*:|autrice\s*:|por|autora?\s*:|"
        r"autor(?:es|as)?\s*:|autor[ei]\s*:|door|schrijver\s*:|de(?=\s)|d[’'](?=\S)"
    ),
}
OPENS = re.compile("|".join(f"(?P<{role}>(?:{pattern}))" for role, pattern in LEADS.items()), re.IGNORECASE)
INSIDE = re.compile(
    "|".join(
        [*(pattern for role, pattern in LEADS.items() if role != "aut"), r"written\s+by", r"aut(?:h?or)(?:in)?\s*:"]
    ),
    re.IGNORECASE,
)
BEFORE_ROLE = re.compile(r"[\s,;.|·(\[/–—-]+(?:(?:and|und|et|y|e|en|with|mit|avec|con|met|com)\s+)?$", re.IGNORECASE)
TRAILING_ROLE = re.compile(
    r"[\s,]*[(\[](?P<role>eds?\.?|editors?|hg\.?|hrsg\.?|trans(?:l)?\.?|translators?|illus\.?|illustrators?)[)\]]$",
    re.IGNORECASE,
)
FULL_STOP = re.compile(r"(?<!\b[JS]r)\s*\.+$", re.IGNORECASE)
YEAR = re.compile(r"\s*[(\[][12][0-9]{3}[)\]]$|,\s*[12][0-9]{3}$")
BETWEEN = re.compile(
    r"\s*[,;、](?!\s*(?:jr|sr|phd|md)\b)\s*(?:(?:and|und|et|y|e|en)\s+|&\s*)?|\s+(?:and|&|und|et|en)\s+|\s+[·/|]\s+",
    re.IGNORECASE,
)
SPANISH_AND = re.compile(r"\s+[ye]\s+")
PARTICLE = re.compile(
    "de|del|della|der|den|des|di|da|do|dos|du|van|von|zu|zur|la|le|les|las|los|el|al|bin|ibn|ben|bint|y|e|of|the|for|wa|ní|ni|"
    "ó|ap|af|av|ten|ter|te|st|d’|d'|abu|umm|san|santa",
    re.IGNORECASE,
)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
NEVER_FIRST = {"the", "of", "for", "e", "y"}
BY = re.compile(r"(?:by|von|par|por|di|door|van)(?:\s|$)", re.IGNORECASE)
AUTHOR_FIRST = re.compile(r"(?P<by>(?:[A-Z]\.\s?)*[^,.:]{3,60}?)[,:]\s+(?P<rest>\S.*)", re.DOTALL)
NOT_IN_NAMES = re.compile(r"[?!:“”„\"()\[\]0-9@…]|[.](?=\s+[a-z])")


def read_people(text: str, *, trusted: bool = False) -> list[Person]:
    """Return the people of a contributors line in order, or [] if the text is not one.

    With `trusted` (below a title, or after a label), a line that starts with a role is one, however odd its names look.
    """
    people, is_odd = read_credits(text)
    return people if trusted or not is_odd else []


def read_credits(text: str) -> tuple[list[Person], bool]:
    """Return the people, and whether one of the names is unusual."""
    text = FULL_STOP.sub("", text.strip())
    if len(text) > MAX_LINE_LENGTH:
        return [], False
    people, is_odd = [], False
    for part in parts_by_role(text):
        found, odd = read_part(part)
        if not found:
            return [], False
        people += found
        is_odd = is_odd or odd
    return people, is_odd


def parts_by_role(text: str) -> list[str]:
    """Split before each role in the middle of the line: ", translated by", "; Translator:", "(trans. "."""
    parts, start = [], 0
    for match in INSIDE.finditer(text):
        before = BEFORE_ROLE.search(text, start, match.start())
        if before and match.start() > start:
            parts.append(text[start : before.start()])
            start = match.start()
    parts.append(text[start:])
    return [part.strip(" ()[],;") for part in parts if part.strip(" ()[],;")]


def read_part(text: str) -> tuple[list[Person], bool]:
    trailing = TRAILING_ROLE.search(text + ")" if text.count("(") > text.count(")") else text)
    lead = OPENS.match(text)
    if lead and (text[lead.end() : lead.end() + 1].isspace() or lead[0].endswith((":", ".", "’", "'"))):
        return parse_names(text[lead.end() :], lead.lastgroup)
    if trailing:
        return parse_names(text[: trailing.start()], role_of(trailing["role"]))
    return [], False


def role_of(word: str) -> str:
    return {"e": "edt", "h": "edt", "t": "trl", "i": "ill"}[word[0].casefold()]


def parse_names(text: str, role: str) -> tuple[list[Person], bool]:
    names = [name for name in map(clean_name, split_names(text)) if name]
    if not names or any(NOT_IN_NAMES.search(name) or len(name.split()) > 8 for name in names):
        return [], False
    odd = not all(is_name(name) for name in names)
    return [Person(name, role) for name in names], odd


def split_names(text: str) -> list[str]:
    names = []
    for part in BETWEEN.split(YEAR.sub("", text.strip())):
        halves = SPANISH_AND.split(part)
        both_long = len(halves) == 2 and all(len(half.split()) > 1 for half in halves)
        names += halves if both_long else [part]
    return names


def clean_name(text: str) -> str:
    text = INVISIBLE.sub("", text)
    return (
        YEAR.sub("", text.strip(" \t.,;()[]*_"))
        if not re.search(r"\b(?:jr|sr)\.$", text, re.IGNORECASE)
        else text.strip(" \t,;")
    )


def split_title_and_people(text: str) -> tuple[str, str]:
    """Return (title, "by …") of `The Salt Ledger by Imogen Farrow`, or (text, "")."""
    behind = re.fullmatch(r"(?P<title>.+?)\s+\((?P<by>[^()]{3,120})\)", text)
    if behind and len(people := read_people(f"by {behind['by']}")) > 1:
        return behind["title"], f"by {behind['by']}" if not people else f"({behind['by']})"
    for match in re.finditer(
        r"[\s,;–—-]+(?=(?:by|written\s+by|von|par|por|door|geschreven\s+door|geschrieben\s+von|écrit\s+par|escrito\s+por|scritto\s+da)\s)",
        text,
        re.IGNORECASE,
    ):
        title, credit = text[: match.start()], text[match.end() :]
        if title and read_people(credit):
            return title.strip(" ,;–—-"), credit
    romance = re.fullmatch(r"(?P<title>.+?),\s+(?P<credit>(?:d[ei]\s+|d[’'])(?P<by>[^,]{3,80}))", text)
    if romance and is_name(romance["by"]) and len(romance["by"].split()) > 1:
        return romance["title"], romance["credit"]
    dashed = re.fullmatch(r"(?P<title>.+?)\s+[–—-]{1,2}\s+(?P<by>[^–—()]{3,60}?)\.?", text)
    if dashed and (is_known_person(dashed["by"]) or is_behind_title(dashed["by"], dashed["title"])):
        return dashed["title"], f"by {dashed['by']}"
    commaed = re.fullmatch(r"(?P<title>.+),\s+(?P<by>[^,()]{3,80}?)\.?", text)
    if commaed and (is_known_person(commaed["by"]) or is_behind_title(commaed["by"], commaed["title"])):
        return commaed["title"], f"by {commaed['by']}"
    bracketed = re.fullmatch(r"(?P<title>.+?)\s+\((?P<by>[^()]{3,80})\)", text)
    if bracketed and is_name(bracketed["by"]) and len(bracketed["by"].split()) > 1:
        return bracketed["title"], f"({bracketed['by']})"
    return text, ""


def is_behind_title(name: str, title: str) -> bool:
    return is_name(name) and 2 <= len(name.split()) <= 3 and not is_name(title)


def split_author_and_title(text: str) -> tuple[str, str]:
    """Return (author, what follows) of `Imogen Farrow, The Salt Ledger`, or ("", text)."""
    match = AUTHOR_FIRST.match(text)
    is_author = match and is_name(match["by"]) and len(match["by"].split()) > 1 and not BY.match(match["rest"])
    return (match["by"], match["rest"]) if is_author else ("", text)


def is_name(text: str) -> bool:
    """Return whether the text is up to seven words, each capitalised, of a script without cases, or such as "van"."""
    words = text.split()
    if not 0 < len(words) <= 7 or NOT_IN_NAMES.search(text) or text.endswith(","):
        return False
    strong = [word for word in words if len(words) == 1 or not PARTICLE.fullmatch(word)]
    first = words[0]
    starts = first.casefold() not in NEVER_FIRST and (
        is_capital(first) or bool(len(words) > 1 and PARTICLE.fullmatch(first))
    )
    ends = len(words) == 1 or not PARTICLE.fullmatch(words[-1])
    return starts and ends and bool(strong) and all(map(is_capital, strong))


def is_known_person(text: str) -> bool:
    """Return whether a name has a known first name, or initials: "Seven Bells" is none."""
    words = text.split()
    return is_name(text) and len(words) > 1 and any(is_first_name(word) for word in words[:-1])


def is_first_name(word: str) -> bool:
    return bool(re.fullmatch(r"(?:[A-Z]\.-?){1,3}", word)) or bool(first_names().intersection(re.split("[-’']", word)))


def is_capital(word: str) -> bool:
    """Return whether the word starts with a capital, or with a letter of a script that has none."""
    letters = word.lstrip("’'‘-")
    return bool(letters) and letters[0].isalpha() and not letters[0].islower()
