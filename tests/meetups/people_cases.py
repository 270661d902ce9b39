"""The write-ups of `tests/fixtures/paste`, as the texts that readers would see, with the names of people in them."""

import json
from pathlib import Path

from meetups.proofreading import LINE, PROSE, QUOTE, Place, Text, find_names_in_texts

FIXTURES = Path(__file__).parents[1] / "fixtures/paste"
PARAGRAPHS = {"prose", "note", "term"}


def case_files(folder="cases"):
    return sorted((FIXTURES / folder).glob("[wu]*.json"))


def read_case(path):
    return json.loads(path.read_text("utf-8"))


def as_list(value):
    """Return the right values of a key; None is one where nothing is right, too."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if each]


def public_texts(case):
    """Return the Text of each expected piece that is shown; of several right kinds the first that is."""
    texts = []
    for number, piece in enumerate(case["pieces"]):
        kinds = [kind for kind in as_list(piece["kind"]) if kind not in {"left out", "label", "fact"}]
        if not kinds:
            continue
        kind = PROSE if kinds[0] in PARAGRAPHS else QUOTE if kinds[0] == "quote" else LINE
        model = "meetups.sessionnote" if kinds[0] == "session note" else "meetups.writeup"
        words = "\n\n".join(part for part in (piece.get("heading"), piece["text"]) if part)
        texts.append(Text(Place(model, number, "text", f"piece {number}"), words, kind))
    return texts


def speakers(case):
    """Return who said a session note. Their names stand in fields of their own, hidden from readers."""
    return [piece["who"] for piece in case["pieces"] if "who" in piece and "session note" in as_list(piece["kind"])]


def names_pointed_out(case):
    """Return the names that the proof-reader would point out in the texts, each once."""
    author = case.get("posted_by", "")
    contributors = [name for name, _ in case.get("contributors", [])]
    not_people = [
        *as_list(case.get("title")),
        *as_list(case.get("book")),
        *contributors,
        author if " " in author else "",
    ]
    people = find_names_in_texts(public_texts(case), known=speakers(case), not_people=not_people)
    return list(dict.fromkeys(person.name for found in people.values() for person in found))


def expected_names(case):
    """Return the people without the author's full name, which the page shows in the author's box."""
    return [name for name in case.get("people", []) if " " not in name or name != case.get("posted_by")]


def is_among(name, names):
    """Return whether a name, or the first name of one, is among `names`: “Chioma” for “Dr. Chioma Obi”."""
    words = {word.casefold() for each in names for word in (each, *each.replace(" and ", " ").split())}
    return name.casefold() in words or all(word.casefold() in words for word in name.split())
