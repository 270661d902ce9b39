"""Parse the top of a write-up: title, author, date, labelled facts."""

import re

from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader
from meetups.paste.parser.dates import Found, find_date
from meetups.paste.parser.facts import read_labelled_facts
from meetups.paste.parser.lines import Paragraph
from meetups.paste.parser.names import is_name, read_people
from meetups.paste.parser.pieces import Fact, Kind

POSTED_BY = re.compile(r"(?:posted\s+by|written\s+by|words\s+by|author\s*:|by)(?:\s*:)?(?:\s+|$)", re.IGNORECASE)
BEFORE_DATE = re.compile(r"(?:(?:posted|published|written|date)\b)?(?:\s+on\b|\s*:|on\b)?\s*", re.IGNORECASE)
BY_NAME = re.compile(r"\s*(?:by|[|·–—-])\s+", re.IGNORECASE)
BETWEEN = re.compile(r"[\s,|·–—-]*(?:\bon\s*)?$", re.IGNORECASE)
LABELS = {
    "met_on": r"met(?:\s+on)?|meetup|when",
    "venue": r"venue|where",
    "area": r"area",
    "room": r"room",
    "headcount": r"came|headcount|attendance",
    "standfirst": r"standfirst",
    "book": r"book",
}
LABEL = re.compile(
    "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in LABELS.items()) + r")\s*:\s*", re.IGNORECASE
)


def read_head(reader: Reader, paragraph: Paragraph) -> bool:
    """Take one line of the title block; return False at the first other line."""
    return any(rule(reader, paragraph) for rule in (labelled_line, dated_line, credits_line, posted_line, read_title))


def read_title(reader: Reader, paragraph: Paragraph) -> bool:
    if reader.has(Kind.TITLE, Kind.PROSE) or len(paragraph.source) > MAX_TITLE_LENGTH:
        return False
    reader.add(Kind.TITLE, paragraph, text=paragraph.source)
    return True


def labelled_line(reader: Reader, paragraph: Paragraph) -> bool:
    match = LABEL.match(paragraph.source)
    value = match and paragraph.source[match.end() :]
    if not value or not reader.has(Kind.TITLE):
        return False
    kind = {"standfirst": Kind.STANDFIRST, "book": Kind.BOOK}.get(match.lastgroup, Kind.FACT)
    said = any(fact.name == match.lastgroup for fact in reader.facts)
    if said or (kind != Kind.FACT and reader.has(kind)):
        reader.leave_out(
            paragraph, "said before, on a line above", doubt=f"“{paragraph.source}” is not the first of its kind."
        )
        return True
    if kind != Kind.FACT:
        reader.add(kind, paragraph, text=value)
        return True
    add_facts(reader, paragraph, read_labelled_facts(match.lastgroup, value, paragraph.first_line), value)
    return True


def add_facts(reader: Reader, paragraph: Paragraph, facts: list[Fact], value: str) -> None:
    reader.facts += facts
    if facts:
        reader.add(Kind.FACT, paragraph, text=value)
    else:
        doubt = f"“{value}” is neither a date nor a number that can be read."
        reader.leave_out(paragraph, "its value can't be read", doubt=doubt)


def dated_line(reader: Reader, paragraph: Paragraph) -> bool:
    """Take a line that is a date, alone or with the author's name before or after it."""
    found = find_date(paragraph.source) if len(paragraph.source) <= MAX_TITLE_LENGTH else None
    if not found or reader.has(Kind.POSTED_ON, Kind.PROSE):
        return False
    before, after = paragraph.source[: found.start], paragraph.source[found.end :]
    if BEFORE_DATE.fullmatch(before) and not after.strip(" ."):
        add_date(reader, paragraph)
        return True
    name = BY_NAME.match(after)
    if BEFORE_DATE.fullmatch(before) and name and names_author(reader, after[name.end() :]):
        add_date(reader, paragraph.part(0, found.end))
        reader.add(Kind.POSTED_BY, paragraph.part(found.end), text=after[name.end() :])
        return True
    return name_and_date(reader, paragraph, found)


def name_and_date(reader: Reader, paragraph: Paragraph, found: Found) -> bool:
    lead, gap = POSTED_BY.match(paragraph.source), BETWEEN.search(paragraph.source, 0, found.start)
    name = paragraph.source[lead.end() : gap.start()] if lead and gap else ""
    if paragraph.source[found.end :].strip(" .") or not names_author(reader, name):
        return False
    reader.add(Kind.POSTED_BY, paragraph.part(0, gap.start()), text=name)
    add_date(reader, paragraph.part(gap.start()))
    return True


def names_author(reader: Reader, text: str) -> bool:
    return is_name(text) and not reader.has(Kind.POSTED_BY)


def add_date(reader: Reader, paragraph: Paragraph) -> None:
    found = find_date(paragraph.source)
    reader.add(Kind.POSTED_ON, paragraph, text=paragraph.source[found.start : found.end], value=found.value)


def credits_line(reader: Reader, paragraph: Paragraph) -> bool:
    """Take the contributors below a line such as `Book: Against Maps`."""
    people = read_people(paragraph.source) if reader.has(Kind.BOOK) else []
    if people:
        reader.add(Kind.CONTRIBUTORS, paragraph, people=people)
    return bool(people)


def posted_line(reader: Reader, paragraph: Paragraph) -> bool:
    lead = POSTED_BY.match(paragraph.source)
    if not lead or reader.has(Kind.POSTED_BY, Kind.PROSE):
        return False
    name, following = paragraph.source[lead.end() :], reader.ahead()
    if is_name(name):
        reader.add(Kind.POSTED_BY, paragraph, text=name)
        return True
    if not name and following and is_name(following.source):
        reader.add(Kind.POSTED_BY, paragraph, reader.take(), text=following.source)
        return True
    return False
