"""The block of fields at the top of a Markdown file: title, author and date, and others that are left out."""

import re
from typing import NamedTuple

from meetups.paste.sources.dates import read_date

REASON = "a field of the file, from the program that wrote it"
MAX_LINES = 80
KEY = re.compile(r"^([A-Za-z_][\w .-]{0,40}?)\s*[:=](?:\s+(.*)|(.*))?$")
FENCES = {"---": ("---", "..."), "+++": ("+++",)}
NAMES = {
    "title": {"title", "titel", "titre", "título", "titolo"},
    "author": {"author", "authors", "autor", "auteur", "autore", "by", "posted_by"},
    "date": {"date", "datum", "fecha", "data", "published", "publishdate", "created"},
}


class FrontMatter(NamedTuple):
    head: dict[str, str]
    left_out: tuple[tuple[str, str], ...]
    rest: str


def split_front_matter(text: str) -> FrontMatter | None:
    """Return None for text that begins with no such block."""
    lines = text.lstrip("\n").split("\n")
    closings = FENCES.get(lines[0].strip())
    if closings is None:
        return None
    end = next((at for at, line in enumerate(lines[1:MAX_LINES], 1) if line.strip() in closings), 0)
    inside = lines[1:end]
    if not any(KEY.match(line) for line in inside) or not all(is_field(line) for line in inside):
        return None
    head: dict[str, str] = {}
    left_out = []
    for key, value, source in read_fields(inside):
        name = next((name for name, words in NAMES.items() if key.casefold() in words), "")
        value = read_date(value) if name == "date" else value
        if name and value and name not in head:
            head[name] = value
        else:
            left_out.append((source, REASON))
    return FrontMatter(head, tuple(left_out), "\n".join(lines[end + 1 :]))


def is_field(line: str) -> bool:
    """Return whether the line is a key with its value, a further line of it, a comment, or empty."""
    return bool(not line.strip() or line[:1] in " \t-#[]" or KEY.match(line))


def read_fields(lines: list[str]):
    """Yield key, value on one line, and source of each field."""
    fields: list[tuple[str, list[str], list[str]]] = []
    for line in filter(str.strip, lines):
        found = KEY.match(line) if line[:1] not in " \t-#" else None
        if found:
            fields.append((found[1], [found[2] or found[3] or ""], [line]))
        elif fields:
            fields[-1][1].append(line)
            fields[-1][2].append(line)
        else:
            fields.append(("", [line], [line]))
    for key, values, source in fields:
        yield key, clean_value(values), "\n".join(line.rstrip() for line in source)


def clean_value(values: list[str]) -> str:
    """Return a scalar, or the items of a list with commas between."""
    items = [re.sub(r"^\s*-\s+|^\s*(?:name)\s*:\s*", "", value).strip() for value in values]
    if items and items[0] in {"|", ">", "|-", ">-"}:
        return " ".join(items[1:])
    joined = ", ".join(filter(None, items))
    if joined[:1] == "[" and joined[-1:] == "]":
        joined = ", ".join(part.strip().strip("\"'") for part in joined[1:-1].split(","))
    quoted = re.fullmatch(r"""(["'])(.*)\1""", joined)
    return quoted[2].replace('\\"', '"') if quoted else joined
