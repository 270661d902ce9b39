"""Read the clippings file of a reading device: highlights, notes and bookmarks of several books."""

import re
from dataclasses import dataclass

from meetups.paste.sources.inverted_names import turn_name

SEPARATOR = re.compile(r"(?m)^={8,}[ \t\r]*$")
HIGHLIGHT, NOTE, BOOKMARK = "highlight", "note", "bookmark"
KINDS = {
    HIGHLIGHT: r"highlight|markierung|surlignement|passage surligné|subrayado|resaltado|evidenziazione|markering|destaque",
    NOTE: r"note|notiz|nota|notitie|aantekening",
    BOOKMARK: r"bookmark|lesezeichen|signet|marque-page|marcador|segnalibro|bladwijzer",
}
PAGE = re.compile(
    r"\b(?:page|seite|s\.|página|pagina|pág\.|p\.)\s*([0-9]+(?:-[0-9]+)?|[ivxlcdm]+(?:-[ivxlcdm]+)?)\b", re.IGNORECASE
)
LOCATION = re.compile(
    r"\b(?:location|loc\.|position|pos\.|emplacement|posición|posizione|posição|locatie)\s*([0-9]+(?:-[0-9]+)?)",
    re.IGNORECASE,
)
TITLE = re.compile(r"^(.*?)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)$")
INVISIBLE = "\ufeff\u200b\u200e"
MAX_LINE = 400


@dataclass(frozen=True)
class Clipping:
    title: str
    author: str
    kind: str  # HIGHLIGHT, NOTE, BOOKMARK
    place: str  # "p. 12", "location 174-175" or ""
    text: str  # "" for a bookmark


def is_clippings(text: str) -> bool:
    return bool(SEPARATOR.search(text)) and bool(read_clippings(text))


def read_clippings(text: str) -> list[Clipping]:
    """Return the clippings in the order of the file; parts that are none are not among them."""
    parts = SEPARATOR.split(text.replace("\r\n", "\n"))
    return [clipping for clipping in map(read_clipping, parts) if clipping]


def read_clipping(part: str) -> Clipping | None:
    lines = [line.strip(INVISIBLE + " \t") for line in part.strip("\n").split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    if len(lines) < 2 or not lines[1].startswith("-"):
        return None
    details = lines[1][:MAX_LINE]
    kind = find_kind(details)
    if not kind:
        return None
    title, author = split_author(lines[0])
    return Clipping(title, author, kind, find_place(details), "\n".join(lines[2:]).strip())


def find_kind(details: str) -> str:
    """Return the kind whose word comes first: the rest of the line holds the date."""
    found = {kind: re.search(rf"\b(?:{words})", details, re.IGNORECASE) for kind, words in KINDS.items()}
    places = {kind: match.start() for kind, match in found.items() if match}
    return min(places, key=places.get) if places else ""


def find_place(details: str) -> str:
    head = details.split("|")[:2]
    page, location = PAGE.search(head[0]), LOCATION.search(" ".join(head))
    if page:
        return f"{'pp.' if '-' in page[1] else 'p.'} {page[1]}"
    return f"location {location[1]}" if location else ""


def split_author(line: str) -> tuple[str, str]:
    """Split "Title (Series) (Farrow, Imogen)"; an inverted name is turned round, several are joined by commas."""
    found = TITLE.match(line) if len(line) < MAX_LINE else None
    if not found:
        return line, ""
    authors = [turn_name(name) for name in found[2].split(";")]
    return found[1], ", ".join(filter(None, authors))
