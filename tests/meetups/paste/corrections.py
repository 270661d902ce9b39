"""Count the corrections by hand that a pasted document needs, against what was written down beside it."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.meetups.paste.reading import Entry, Read, read_with_parser

FIXTURES = Path(__file__).parents[2] / "fixtures/paste"
CASES, PRACTICE, UNSEEN = FIXTURES / "cases", FIXTURES / "practice", FIXTURES / "unseen"
FACTS = ("title", "posted_by", "posted_on", "met_on", "headcount", "venue", "area", "room", "book", "contributors")
FLAT = {"prose", "note", "left out", "author's bio"}  # kinds whose lines are compared one by one
MARK = re.compile(
    r"^(?:\W*(?:[•‣◦▪·●○⁃∙➢➤✓✔*–—+-]|\[[ xX]?\]|\(?[0-9]{1,3}(?:\.[0-9]{1,2})?[.):]?-?|TOP [0-9]+|[IVX]{1,5}\.|\(?[a-hivx]{1,4}[.)]|[A-H]\."
    r"|(?:Q|Question )[0-9]+[.:]|[0-9] -)(?=\s|$)\s*)+"
)


@dataclass(frozen=True)
class Correction:
    words: str
    is_sure: bool = False  # the review had called the piece “Sure”


@dataclass(frozen=True)
class Wanted:
    kinds: frozenset
    words: str
    who: tuple = ()  # each of several is right
    where: tuple = ()


def written_expectations(folder):
    return sorted(folder.glob("*.json"))


def document_of(path):
    return next(one for one in path.parent.glob(f"{path.stem}.*") if one.suffix != ".json")


def count_corrections(path) -> list[Correction]:
    wanted = json.loads(path.read_text("utf-8"))
    read = read_with_parser(document_of(path))
    return compare_facts(wanted, read) + compare_pieces(wanted, read)


def compare_facts(wanted, read: Read) -> list[Correction]:
    found = []
    for name in FACTS:
        values = wanted.get(name)
        allowed = values if isinstance(values, list) and name != "contributors" else [values]
        actual = read.facts.get(name)
        if name == "contributors":
            actual = [list(person) for person in actual or []] or None
        if isinstance(actual, dt.date):
            actual = actual.isoformat()
        if not any(is_same_fact(one, actual) for one in allowed):
            found.append(Correction(f"{name}: {actual!r}, not {values!r}"))
    return found


def is_same_fact(one, two):
    if isinstance(one, str) and isinstance(two, str):
        return bare(one) == bare(two)
    return (one or None) == (two or None)


def compare_pieces(wanted, read: Read) -> list[Correction]:
    """Align the wanted and the actual lines by their words; a run of lines with the same fault is one correction."""
    left_out = {bare(line) for entry in read.entries if entry.kind == "left out" for line in entry.text.split("\n")}
    expected = [one for piece in wanted["pieces"] for one in wanted_entries(piece) if not is_among(one, left_out)]
    optional = {one.words for piece in wanted["pieces"] for one in wanted_entries(piece) if "left out" in one.kinds}
    wanted_words = {one.words for one in expected}
    said = {bare(one.text) for entry in read.entries for one in flat(entry)}
    expected = [one for one in expected if "fact" not in one.kinds or one.words in said]
    actual = [
        one
        for entry in read.entries
        for one in flat(entry)
        if one.kind != "left out" or (bare(one.text) in wanted_words and bare(one.text) not in optional)
    ]
    matcher = SequenceMatcher(None, [one.words for one in expected], [bare(one.text) for one in actual], autojunk=False)
    found, last = [], None
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        pairs = (
            list(zip(expected[a1:a2], actual[b1:b2], strict=True))
            if tag == "equal"
            else pad(expected[a1:a2], actual[b1:b2])
        )
        for one, two in pairs:
            fault = fault_of(one, two)
            is_run = fault and fault == last and fault[0] in {"kind", "text"} and is_flat(one, two)
            if fault and not is_run:
                found.append(Correction(describe(one, two, fault), bool(two and two.is_sure)))
            last = fault
    return found


def is_among(one: Wanted, left_out):
    return "left out" in one.kinds and one.words in left_out


def pad(expected, actual):
    length = max(len(expected), len(actual))
    return list(
        zip(expected + [None] * (length - len(expected)), actual + [None] * (length - len(actual)), strict=True)
    )


def is_flat(one, two):
    return (one is None or one.kinds <= FLAT) and (two is None or two.kind in FLAT)


def fault_of(one: Wanted | None, two: Entry | None):
    if one is None or two is None or one.words != bare(two.text):
        return ("text", one and tuple(sorted(one.kinds)), two and two.kind)
    if two.kind not in one.kinds:
        return ("kind", tuple(sorted(one.kinds)), two.kind)
    if one.who and bare(two.who) not in one.who:
        return ("who", one.who, two.who)
    if one.where and bare(two.where) not in one.where:
        return ("where", one.where, two.where)
    if not one.who and two.who:
        return ("who", "", two.who)
    return None


def describe(one, two, fault):
    wanted = f"{'/'.join(sorted(one.kinds))} {one.words[:60]!r} {one.who}{one.where}" if one else "nothing"
    actual = f"{two.kind} {two.text[:60]!r} ({two.who}, {two.where})" if two else "nothing"
    return f"{fault[0]}: {wanted} <- {actual}"


def wanted_entries(piece) -> list[Wanted]:
    kinds = frozenset(piece["kind"] if isinstance(piece["kind"], list) else [piece["kind"]])
    if kinds & {"fact", "left out"}:  # neither is shown to readers
        kinds |= {"fact", "left out"}
    who, where = alternatives(piece, "who"), alternatives(piece, "where")
    lines = piece["text"].split("\n") if kinds & FLAT else [piece["text"]]
    entries = [Wanted(kinds, bare(line), who, where) for line in lines if bare(line)]
    if piece.get("heading") and kinds & {"note", "prose", "term"}:
        entries.insert(0, Wanted(kinds, bare(piece["heading"])))
    return entries


def alternatives(piece, name):
    value = piece.get(name)
    return tuple(bare(one) for one in (value if isinstance(value, list) else [value])) if value else ()


def flat(entry: Entry) -> list[Entry]:
    """Return an entry a line for kinds whose lines are compared one by one, with the heading first."""
    lines = entry.text.split("\n") if entry.kind in FLAT or entry.kind == "label" else [entry.text]
    entries = [Entry(entry.kind, line, entry.who, entry.where, entry.is_sure) for line in lines if bare(line)]
    if entry.heading and entry.kind in {"note", "prose", "term"}:
        entries.insert(0, Entry(entry.kind, entry.heading, "", "", entry.is_sure))
    return entries


def bare(text) -> str:
    """Return the letters and figures of a text, without list marks."""
    lines = [MARK.sub("", line) for line in str(text or "").split("\n")]
    return "".join(letter for letter in "".join(lines).casefold() if letter.isalnum())
