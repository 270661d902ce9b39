"""Parse text in quotation marks, and what may follow it: "(Chapter 20)", "– Anna Lee"."""

import re
from dataclasses import dataclass

CLOSING = {"“": "”", '"': '"', "‘": "’", "'": "'", "«": "»", "„": "“", "”": "”"}
SINGLE = ("‘", "'")
MAX_LOCATOR_LENGTH = 60
LOCATOR = re.compile(
    r"(?:ch(?:apter|ap\.?|\.)?|pp?\.?|pages?|parts?|sections?|§|books?|acts?|letters?|vol(?:ume|\.)?|line|stanza|epilogue|"
    r"prologue|preface|introduction|afterword)(?:[\s.]|$)",
    re.IGNORECASE,
)
IN_BRACKETS = re.compile(r"\s*\((?P<inner>[^()]{1,60})\)")
AFTER_DASH = re.compile(r"\s*[–—-]{1,2}\s*(?P<inner>[^\s–—-].{0,79})$")


@dataclass(frozen=True)
class Quotation:
    text: str  # without the outer marks
    locator: str = ""
    attribution: str = ""


def read_quotation(text: str) -> Quotation | None:
    """Return the quotation if the whole text is one, else None: `“Yes,” she said, “no”` is not."""
    end = closing_index(text)
    if end <= 1 or not text[1:end].strip():
        return None
    tail = read_tail(text[end + 1 :])
    return Quotation(text[1:end].strip(), *tail) if tail else None


def opens_only(text: str) -> bool:
    """Return whether a quotation starts with the first character and is not closed in this text."""
    return text[:1] in CLOSING and text[0] not in (*SINGLE, "”") and closing_index(text) < 0


def closing_index(text: str) -> int:
    """Return the position of the mark that closes the first one, or -1."""
    opening = text[:1]
    if opening not in CLOSING:
        return -1
    if opening in SINGLE:
        return last_single(text, CLOSING[opening])
    if opening == CLOSING[opening]:
        return text.find(opening, 1)
    depth = 0
    for index, character in enumerate(text):
        depth += (character == opening) - (character == CLOSING[opening])
        if depth == 0:
            return index
    return -1


def last_single(text: str, closing: str) -> int:
    """Return the position of the last ' that is not inside a word; -1 if another quotation starts before it."""
    ends = [match.start() for match in re.finditer(rf"(?<=\S){closing}(?!\w)", text)]
    openings = [match.start() for match in re.finditer(rf"\s{text[0]}\w", text)]
    if not ends or (openings and ends[0] < openings[-1]):
        return -1
    return ends[-1]


def read_tail(tail: str) -> tuple[str, str] | None:
    """Return (locator, attribution) after a closing mark, or None if anything else follows."""
    rest = tail.strip().lstrip(".,;")
    locator = attribution = ""
    bracket = IN_BRACKETS.match(rest)
    if bracket:
        locator, rest = bracket["inner"].strip(), rest[bracket.end() :]
    dash = AFTER_DASH.match(rest)
    if dash:
        attribution, place = part_locator(dash["inner"].strip())
        locator, rest = (locator or place, "") if not (locator and place) else (locator, rest)
    return None if rest.strip(" .,;") else (locator, attribution)


def part_locator(credit: str) -> tuple[str, str]:
    """Return (who, locator) of `Anna Lee, p. 12`, `Anna Lee (p. 12)`, `Chapter 3`, `Anna Lee`."""
    if LOCATOR.match(credit) and len(credit) <= MAX_LOCATOR_LENGTH:
        return "", credit
    match = re.fullmatch(r"(?P<who>.+?)(?:,\s+(?P<place>[^,()]{1,60})|\s+\((?P<inner>[^()]{1,60})\))", credit)
    place = match and (match["place"] or match["inner"])
    if place and LOCATOR.match(place):
        return match["who"], place
    return credit, ""
