"""Parse text in quotation marks, and what stands around it: "p. 4: “…”", "“…” (Chapter 20)", "“…” – Anna Lee, p. 3"."""

import re
from dataclasses import dataclass

from meetups.paste.parser.names import is_first_name, is_name
from meetups.paste.parser.places import is_place, part_place, strict_place

CLOSING = {
    "“": "”", '"': '"', "‘": "’", "'": "'", "«": "»", "„": "“”", "”": "”", "»": "«", "‹": "›", "›": "‹", "‚": "‘’",
    "「": "」", "『": "』", "《": "》", "〈": "〉", "〝": "〟",
}  # fmt: skip
OPENING = ("“", '"', "«", "„", "»")
SINGLE = ("‘", "'")
IN_BRACKETS = re.compile(r"\s*[(\[](?P<inner>[^()\[\]]{1,60}(?:\([^()]{1,40}\)[^()\[\]]{0,40})?)[)\]]")
AFTER_DASH = re.compile(r"\s*(?:[–—~-]{1,2}|\bby\s)\s*(?P<inner>[^\s–—~-].{0,119})$")
BEFORE = re.compile(r"[(\[]?(?P<place>[^“\"„«»‘「『()\[\]]{1,40}?)[)\]]?\s*[:,–—-]?\s+(?=[“\"„«»‘'「『])")
BARE_BEFORE = re.compile(r"(?P<place>[0-9]{1,4})\s*:\s+(?=\S)")
MAX_TAIL_LENGTH = 120


@dataclass(frozen=True)
class Quotation:
    text: str  # without the outer marks
    place: str = ""
    who: str = ""


def read_quotation(text: str) -> Quotation | None:
    """Return the quotation if the whole text is one, else None: `“Yes,” she said, “no”` is not."""
    before = BEFORE.match(text)
    place = before["place"].strip() if before and is_place(before["place"], bare=True) else ""
    start = before.end() if place else 0
    end = closing_index(text[start:]) + start
    if end <= start + 1 or not text[start + 1 : end].strip():
        return None
    tail = read_tail(text[end + 1 :])
    if not tail or (tail[0] and place):
        return None
    words = text[start + 1 : end].strip()
    return Quotation(words, place or tail[0], tail[1]) if words else None


def opens_only(text: str) -> bool:
    """Return whether a quotation starts with the first character and is not closed in this text."""
    return text[:1] in CLOSING and text[0] not in (*SINGLE, "”", "»", "›", "‚") and closing_index(text) < 0


def closing_index(text: str) -> int:
    """Return the position of the mark that closes the first one, or -1."""
    opening = text[:1]
    if not opening or opening not in CLOSING:
        return -1
    closing = CLOSING[opening]
    if opening in SINGLE:
        return last_single(text, closing)
    if opening == "‚":
        return max(last_single("‘" + text[1:], mark) for mark in closing)
    if opening == closing:
        return text.find(opening, 1)
    depth = 0
    for index, character in enumerate(text):
        depth += (character == opening) - (character in closing)
        if depth == 0:
            return index
    return -1


def last_single(text: str, closing: str) -> int:
    """Return the position of the last ' that is not inside a word; -1 if another quotation starts before it."""
    ends = [match.start() for match in re.finditer(rf"(?<=\S){closing}(?!\w)", text)]
    openings = [match.start() for match in re.finditer(rf"\s{re.escape(text[0])}\w", text)]
    if not ends or (openings and ends[0] < openings[-1]):
        return -1
    return ends[-1]


def read_tail(tail: str) -> tuple[str, str] | None:
    """Return (place, who) after a closing mark, or None if anything else follows."""
    if len(tail) > MAX_TAIL_LENGTH:
        return None
    rest = tail.strip().lstrip(".,;").strip()
    if not rest:
        return "", ""
    if strict_place(rest.rstrip(".,;"), bare=True):
        return rest.rstrip(",;"), ""
    if len(rest.split()) <= 3 and is_name(rest) and is_first_name(rest.split()[0]):
        return "", rest
    place = who = ""
    bracket = IN_BRACKETS.match(rest)
    if bracket:
        who, place = read_bracket(bracket["inner"].strip())
        rest = rest[bracket.end() :].lstrip(",;")
    dash = AFTER_DASH.match(rest)
    if dash:
        credit, further = part_place(dash["inner"].strip(), bare=True)
        if (place and further) or (who and credit):
            return None
        who, place, rest = who or credit, place or further, ""
    if place and is_title_of_work(who):
        who, place = "", f"{who}, {place}"
    return None if rest.strip(" .,;") else (place, who)


def is_title_of_work(text: str) -> bool:
    """Return whether what stands in front of a page is a title, "The Tall Table, p. 2", and not somebody's name."""
    words = text.split()
    return bool(words) and (
        words[0] in {"The", "A", "An"} or (len(words) == 1 and not is_first_name(words[0]) and text.isalpha())
    )


def read_bracket(inner: str) -> tuple[str, str]:
    """Return (who, place) of what stands in brackets; a bracket that is neither is taken for the place."""
    who, place = part_place(inner, bare=True)
    if not place and is_name(inner) and len(inner.split()) <= 3:
        return inner, ""
    return (who, place) if place else ("", inner)


def read_unmarked(text: str) -> Quotation:
    """Part a quote without quotation marks from its place and source: `words (p. 12)`, `words, p. 310`, `12: words`.

    A dash within the quote stays.
    """
    before = BARE_BEFORE.match(text) or re.match(r"(?P<place>.{1,30}?)\s*:\s+(?=\S)", text)
    if before and strict_place(before["place"], bare=True):
        return Quotation(text[before.end() :], before["place"])
    start = max(0, len(text) - MAX_TAIL_LENGTH)
    bracket = re.search(r"\s*[(\[](?P<inner>[^()\[\]]{1,60})[)\]]\s*\.?$", text[start:])
    if bracket:
        who, place = part_place(bracket["inner"], bare=True)
        if place and (not who or is_name(who)):
            return Quotation(text[: start + bracket.start()], place, who)
    dash = re.search(r"\s+[–—~-]{1,2}\s*(?P<credit>[^–—~]{1,90})$", text[start:])
    if dash:
        who, place = part_place(dash["credit"], bare=False)
        if place or is_name(who):
            return Quotation(text[: start + dash.start()], place, who)
    for match in re.finditer(r"[,.;!?…]?\s+(?=\S)", text[start:]):
        place = text[start + match.end() :]
        keeps = match[0][0] if match[0][0] in ".!?…" else ""
        if strict_place(place, bare=bool(keeps)) and (
            match[0][0] in ",.;!?…" or not place[0].isalpha() or "." in place
        ):
            return Quotation(text[: start + match.start()] + keeps, place)
    return Quotation(text)
