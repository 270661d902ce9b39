"""Recognise a quote's page or chapter: "p. 12", "[p23]", "S. 101 f.", "ch. 3", "41%", "Location 1204-1206"."""

import re

NUMBER = r"[0-9ivxlcIVXLC]{1,6}[a-z]?"
RANGE = rf"{NUMBER}(?:(?:\s?[/–—-]\s?|,\s?|\s(?:&|and|und|et|y|e|en)\s){NUMBER})*(?:\s?ff?\b\.?)?"
# Page in English, German, Spanish, Portuguese, Dutch, Russian, Hebrew.
PAGE = rf"(?:pp?|pgs?|pages?|S|Seiten?|págs?|páginas?|blz|pag|pagina|с|стр|עמ[׳'’]?)(?:\.\s?|\s)?{RANGE}"
PART = (
    r"(?:ch(?:apter|ap|s)?|kap(?:itel)?|chapitre|capítulo|capitolo|hoofdstuk|part|section|§|book|act|scene|letter|"
    rf"vol(?:ume)?|lines?|ll?|stanza|verse|canto|track|disc|glava|глава)(?:\.\s?|\s)(?:{RANGE}|[\w-]{{1,20}})"
)
NUMBERED = r"no\.?\s?[0-9]{1,4}"
LOCATION = r"(?:kindle\s+)?(?:loc(?:ation)?|position|pos)(?:\.\s?|\s)[0-9]{1,6}(?:\s?[–—-]\s?[0-9]{1,6})?"
SHARE = r"[0-9]{1,3}(?:[.,][0-9])?\s?%"
NAMED = (
    r"(?:the\s+)?(?:epilogue|prologue|preface|introduction|afterword|foreword|epigraph|postscript|appendix(?:\s\w)?)"
)
ON_PAGE = r"(?:(?:near\s+|at\s+)?(?:the\s+)?(?:very\s+)?(?:top|middle|bottom|foot|end|start|beginning)|oben|unten|en\s+haut|en\s+bas)"
LAST = r"(?:the\s+)?(?:very\s+)?(?:first|last|opening|closing|final|letzte|dernière|última)\s+(?:page|line|sentence|chapter|paragraph|seite)"
ONE = rf"(?:{PAGE}|{PART}|{NUMBERED}|{LOCATION}|{SHARE}|{NAMED}|{LAST})"
PLACE = re.compile(rf"{ONE}(?:\s*,\s*(?:{ONE}|{ON_PAGE}|“[^”]{{1,40}}”))*\.?", re.IGNORECASE)
STARTS_LIKE = re.compile(
    r"(?:ch(?:apter|ap\.?|\.)?|pp?\.?|pages?|parts?|sections?|§|books?|acts?|letters?|vol(?:ume|\.)?|line|stanza|epilogue|"
    r"prologue|preface|introduction|afterword)(?:[\s.]|$)",
    re.IGNORECASE,
)
BARE = re.compile(r"[0-9]{1,4}(?:\s?[/–—-]\s?[0-9]{1,4})?")
MAX_LENGTH = 60


def is_place(text: str, *, bare: bool = False) -> bool:
    """Return whether the text is a page or chapter; with `bare`, a number without a word counts."""
    text = text.strip()
    if len(text) > MAX_LENGTH or not text:
        return False
    return bool(PLACE.fullmatch(text) or (bare and BARE.fullmatch(text)) or STARTS_LIKE.match(text))


def strict_place(text: str, *, bare: bool = False) -> bool:
    """As `is_place`, for text that may as well be words of the quote."""
    text = text.strip()
    return len(text) <= MAX_LENGTH and bool(PLACE.fullmatch(text) or (bare and BARE.fullmatch(text)))


def part_place(credit: str, *, bare: bool = False) -> tuple[str, str]:
    """Return (who, place) of `Anna Lee, p. 12`, `Anna Lee (p. 12)`, `Chapter 3`, `Nell, ch. 3`, `Anna Lee`."""
    credit = credit.strip()
    if is_place(credit, bare=bare):
        return "", credit
    bracketed = re.fullmatch(r"(?P<who>.+?)\s+[(\[](?P<place>[^()\[\]]{1,60})[)\]]", credit)
    if bracketed and is_place(bracketed["place"], bare=True):
        return bracketed["who"].rstrip(","), bracketed["place"]
    for match in re.finditer(r",\s+", credit):
        who, place = credit[: match.start()], credit[match.end() :]
        if is_place(place, bare=bare):
            return who, place
    return credit, ""
