"""Parse labelled lines: "Book: …", "Venue: …", "Present: …", in seven languages."""

import re
from dataclasses import replace

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.bylines import MEETING, add_date
from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader
from meetups.paste.parser.dates import ask_date, find_date
from meetups.paste.parser.facts import LABELLED_SUM, NUMBERS, to_number
from meetups.paste.parser.headings import section_of, strip_symbols
from meetups.paste.parser.names import (
    is_first_name,
    is_known_person,
    is_name,
    read_people,
    split_author_and_title,
    split_title_and_people,
)
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.pieces import Fact, Kind
from meetups.paste.rich_text import join_rich

LABELS = {
    "met_on": r"met(?:\s+on)?|meetup|when|(?:meeting\s+)?date\s+of\s+meeting|meeting\s+date|treffen\s+am|wann|quand|cuándo|quando|wanneer",
    "date": r"date|datum|fecha|data",
    "venue": r"venue|where|location|place|meeting\s+place|ort|treffpunkt|lieu|lugar|luogo|plaats|local",
    "area": r"area",
    "room": r"room|raum|salle|sala|zaal",
    "headcount": r"came|headcount|attendance|number\s+(?:present|attending)|no\.?\s+present|teilnehmerzahl|participants",
    "present": (
        r"(?:members\s+|those\s+|also\s+)?present|attend(?:ees|ing|ed)|in\s+attendance|who\s+(?:came|was\s+there)|readers|anwesend(?:e)?|"
        r"teilnehmer(?:innen)?|présente?s?|étaient\s+présents|presentes|asistentes|asistieron|presenti|aanwezig(?:en)?|"
        r"in\s+the\s+room|who|around\s+the\s+table"
    ),
    "apologies": (
        r"(?:sent\s+)?apolog(?:y|ies)(?:\s+from|\s+received)?|absent|regrets|entschuldigt|abwesend|excusés?|absents?|ausentes|"
        r"disculparon|excusan?(?:\s+su\s+asistencia)?|(?:apologies|regrets)\s+for\s+absence|assenti|afwezig|afmeldingen|afgemeld|afwezig\s+met\s+\w+|verhindert|fehlt|es\s+fehlten"
    ),
    "standfirst": r"standfirst|subtitle|summary\s+line",
    "book": (
        r"(?:[\w’']+\s+){0,3}book(?:\s+\w+){0,3}|(?:das\s+|unser\s+)?buch|(?:le\s+|notre\s+)?livre|(?:el\s+|il\s+|nuestro\s+)?libro|(?:het\s+)?boek|"
        r"(?:o\s+)?livro|we\s+read|reading|text(?:\s+under\s+discussion)?|novel|roman|gelesen(?:\s+wurde)?"
    ),
    "title": r"title|titel|titre|título|titolo",
    "author": r"(?:book\s+)?authors?|autor(?:in)?|auteur|autrice|autora?|autor[ei]|schrijver",
    "others": r"translat(?:or|ors|ed\s+by)|editors?|edited\s+by|illustrat(?:or|ors|ed\s+by)|übersetz(?:ung|er|erin)|traduction|traducción|traduzione|vertaling|tradução",
}
LABEL = re.compile(
    "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in LABELS.items()) + r")\s*[:：]{1,2}\s*", re.IGNORECASE
)
FEWEST_NAMES = 3
MAX_NAME_WORDS, MAX_DATE_LENGTH, MAX_WEEKDAY_LENGTH = 6, 50, 16
OTHER_LABEL = re.compile(r"(?P<label>[^\W\d_][^:.!?“\"«„]{1,40}):\s+(?=\S)")
NEXT_WORD = re.compile(
    r"\b(?:next|n[aä]chst|prochain|próxim|prossim|volgend|also|other|further|last|previous)", re.IGNORECASE
)
QUOTED_TITLE = re.compile(r"[“\"«„»](?P<title>[^“”\"«»„]{2,120})[”\"»“«]")
POSTED = re.compile(r"post|publi|submit|typed|written|updat|creat|copied|veröff|erstellt", re.IGNORECASE)
TITLE_WITH_LABEL = re.compile(
    r"An?\s|The(?:\s+[A-Z][\w’']*)+\s+Book\b"
)  # "A Book: In Parts", "The Jungle Book: Stories"
PEOPLE_WORDS = (
    "members?|guests?|readers?|people|visitors?|children|adults|personen|personnes|personas|persone|mitglieder|gäste"
)
ROOM_WORD = re.compile(
    r"\b(?:room|hall|corner|floor|bar|snug|raum|\w*zimmer|\w*saal|salle|sala|\w*zaal|étage|stock)\b", re.IGNORECASE
)
IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
NOTHING = {"none", "keine", "aucune", "ninguna", "nessuna", "geen", "nenhuma", "-", "–"}
NEXT_BOOK = re.compile(r"(?:our\s+)?next|n[aä]chste|prochain|próxim|prossim|volgend", re.IGNORECASE)
ATTENDEES = re.compile(r"\s*[,;/&]\s*|\.\s+\w+:\s*|\s+(?:and|und|et|y|e|en)\s+|\n")


def match_label(text: str) -> re.Match | None:
    """Return the match of a label at the start of the text; a title may have a colon behind "Book", too."""
    match = LABEL.match(text)
    return None if match and match.lastgroup == "book" and TITLE_WITH_LABEL.match(text) else match


def labelled_line(reader: Reader, block: Block) -> bool:
    """Take `Label: value`, anywhere above the first section."""
    if not (block.is_paragraph or block.is_item) or len(block.text) > 2 * MAX_TITLE_LENGTH:
        return False
    bare = strip_symbols(block.text)
    start = block.text.find(bare)
    match = match_label(bare)
    value = match and bare[match.end() :].strip()
    if match is None and reader.has_title:
        return told_by_value(reader, block)
    if not value or not reader.has_title:
        return bool(match and match.lastgroup == "title" and value) and label_title(reader, block, value)
    name, where = match.lastgroup, start + match.end()
    return LABEL_READERS[name](reader, block, name, value, where)


def told_by_value(reader: Reader, block: Block) -> bool:
    """Take a line with an unknown label by its value: a title with its author is the book, a date is the meeting's."""
    other = OTHER_LABEL.match(block.text)
    if not other or NEXT_WORD.search(other["label"]):
        return False
    value = block.text[other.end() :].strip()
    if lists_first_names(value) and not reader.has_fact("headcount"):
        return label_present(reader, block, "present", value, other.end())
    title, credit = split_title_and_people(value)
    if not reader.has_book and credit and not title[:1].isdigit() and not credit.startswith("("):
        return label_book_by_value(reader, block, value, other.end())
    found = find_date(value, month_first=reader.options.month_first) if len(value) <= MAX_DATE_LENGTH else None
    if not found or found.start > MAX_WEEKDAY_LENGTH or block.is_item:
        return False
    if POSTED.search(other["label"]):
        return not reader.has(Kind.POSTED_ON) and add_date(reader, block) is None
    if reader.has_fact("met_on"):
        return False
    return label_fact(reader, block, "met_on", value, other.end())


def label_book_by_value(reader: Reader, block: Block, value: str, end: int) -> bool:
    """Take the book behind an unknown label, which is left out; leave no piece behind where it is none."""
    place, label = len(reader.pieces), block.text[:end].strip(" :")
    if section_of(label) or not label_book(reader, block.part(end), "book", value, 0):
        return False
    doubt = f"“{label}” is taken for a label of the book."
    reader.leave_out(block.part(0, end), "a label in front of the book", doubt=doubt, likely=Kind.PROSE)
    reader.pieces.insert(place, reader.pieces.pop())
    return True


def label_title(reader: Reader, block: Block, value: str) -> bool:
    reader.add(Kind.TITLE, block, text=value, evidence="it is labelled so")
    return True


def label_book(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    if reader.has(Kind.BOOK):
        known = reader.first_text(Kind.BOOK).casefold()
        return known in value.casefold() and said_before(reader, block)
    if value.casefold() in NOTHING or is_known_person(value) or NEXT_BOOK.match(block.text):
        return False
    author, title = split_author_and_title(value)
    if author:
        at, evidence = block.text.find(title, where), "it stands before the book's title"
        reader.add(Kind.CONTRIBUTORS, block.part(0, at), text=f"by {author}", evidence=evidence)
        reader.add(Kind.BOOK, block.part(at), text=unquoted(title), evidence="it is labelled so")
        return True
    title, credit = split_title_and_people(value)
    quoted = QUOTED_TITLE.match(title)
    title = quoted["title"] if quoted else unquoted(title)
    if not add_book_and_people(reader, block, title, credit, evidence="it is labelled so"):
        reader.add(Kind.BOOK, block, text=unquoted(value), evidence="it is labelled so")
    return True


def add_book_and_people(reader: Reader, block: Block, title: str, credit: str, *, evidence: str) -> bool:
    """Part a line before the people whom it names behind the title; return False if there are none."""
    name = credit if credit in block.text else credit.removeprefix("by ")
    at = block.text.rfind(name) if name else 0
    if at <= 0:
        return False
    end = block.text.find(title) + len(title) + 1
    if between := re.search(r"\w.*\w", block.text[end:at]) if end < at else None:  # “The Oxbow”, short story by Ada
        reader.add(Kind.BOOK, block.part(0, end), text=title, evidence=evidence)
        reader.leave_out(block.part(end, at), f"“{between[0]}” stands between the title and who made the book")
    else:
        reader.add(Kind.BOOK, block.part(0, at), text=title, evidence=evidence)
    reader.add(Kind.CONTRIBUTORS, block.part(at), text=credit, evidence=evidence)
    return True


def unquoted(title: str) -> str:
    quotation = read_quotation(title)
    return quotation.text if quotation and not (quotation.who or quotation.place) else title


def label_person(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    """Take "Author: X" below a title: who made the book where a book is named, else who wrote this."""
    is_of_meeting = any(is_attendance(one) for one in [*reader.blocks[: reader.position], *reader.upcoming(6)])
    if name == "author" and not reader.has_book and not reader.has(Kind.POSTED_BY) and not is_of_meeting:
        return False
    people = read_people(block.text, trusted=True)
    if people:
        reader.add(Kind.CONTRIBUTORS, block, evidence="it is labelled so")
    return bool(people)


def label_standfirst(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    if reader.has(Kind.STANDFIRST):
        return said_before(reader, block)
    reader.add(Kind.STANDFIRST, block, text=value, evidence="it is labelled so")
    return True


def label_present(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    """Take those present: the headcount is stored, the names stay out of the public text."""
    if count := count_of(value):
        reader.facts.append(Fact("headcount", count, block.first_line, is_labelled=True))
        reader.add(Kind.FACT, block, text=block.text, evidence="it is labelled so")
        return True
    is_sum = re.search(rf"\b(?:{PEOPLE_WORDS})\b", value, re.IGNORECASE) or not lists_names(value)
    summed = sum_of(value) if is_sum else None
    if summed:
        add_headcount(reader, summed, block.first_line)
        reader.add(Kind.FACT, block, text=block.text, evidence="it is labelled so")
        return True
    more = reader.take_while(names_one_present)
    names = [part for part in ATTENDEES.split(re.sub(r"\([^()]*\)", "", value)) if part.strip()]
    names += [one.text for one in more]
    add_headcount(reader, len(names), block.first_line)
    reader.add(
        Kind.LEFT_OUT, block, *more,
        reason=f"names of those who came stay out of the public text; the headcount is {len(names)}",
        doubt="These names are left out of what readers see. Choose another kind to show them.", likely=Kind.PROSE,
    )  # fmt: skip
    return True


def lists_names(value: str) -> bool:
    """Return whether a value is a list of people, and not a sentence on them."""
    parts = [part.strip(" .") for part in ATTENDEES.split(re.sub(r"\([^()]*\)", "", value)) if part.strip(" .")]
    return len(parts) > 1 and sum(map(is_name, parts)) >= len(parts) * 0.75


def lists_first_names(value: str) -> bool:
    names = [part.strip(" .") for part in ATTENDEES.split(value)]
    return len(names) >= FEWEST_NAMES and sum(
        is_name(name) and is_first_name(name.split()[0]) for name in names
    ) * 2 > len(names)


def names_one_present(block: Block) -> bool:
    text = block.text.strip(",;")
    is_short = len(text.split()) <= MAX_NAME_WORDS and not text.endswith((".", "?", "!"))
    return is_short if block.is_item else not block.after_gap and is_name(text)


def add_headcount(reader: Reader, count: int, line: int) -> None:
    known = next((fact for fact in reader.facts if fact.name == "headcount"), None)
    if known and known.value != count:
        reader.facts.append(Fact("headcount", count, line, f"{known.value} or {count}: how many came?"))
    elif not known:
        reader.facts.append(Fact("headcount", count, line, is_labelled=True))


def count_of(value: str) -> int | None:
    """Return the number of `9`, `nine people`, `9 (two of them new)`, `9 + 2`."""
    value = re.sub(r"\s*\([^()]*[a-z][^()]*\)\.?$", "", value, flags=re.IGNORECASE)
    if LABELLED_SUM.match(value):
        return sum(int(number) for number in re.findall("[0-9]+", value)[:2])
    return to_number(
        re.sub(
            r"\s*(?:of us|people|members|readers|guests|personen|personnes|personas|persone)?\.?$",
            "",
            value,
            flags=re.IGNORECASE,
        )
    )


def sum_of(text: str) -> int | None:
    """Return the sum of `12 children, 7 grown ups and 1 little brother`, `eleven members and two guests`."""
    words = "|".join(sorted(NUMBERS, key=len, reverse=True))
    text = re.sub(r"^([0-9]{1,3})\s*(?:\+|plus|and)\s+", r"\1 people and ", text)
    counts = [
        to_number(match[1]) for match in re.finditer(rf"\b([0-9]{{1,3}}|{words})\s+(?=[^\W\d])", text, re.IGNORECASE)
    ]
    return sum(count for count in counts if count) or None


def label_apologies(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    doubt = "The names of those who could not come are left out of what readers see."
    reader.leave_out(block, "apologies for absence", doubt=doubt, likely=Kind.PROSE)
    return True


def label_date(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    """Take "Date: …": the date of the meetup where the head tells who came, else the date of the write-up."""
    found = find_date(value, month_first=reader.options.month_first)
    if not found:
        return False
    is_minute = any(is_attendance(one) for one in [*reader.blocks[: reader.position], *reader.upcoming(6)])
    if is_minute and not reader.has_fact("met_on"):
        return label_fact(reader, block, "met_on", value, where)
    if reader.has(Kind.POSTED_ON):
        return False
    add_date(reader, block)
    return True


def as_line(block: Block) -> Block:
    """Return a row of a table as a paragraph: `Date: | | 14 January`, or `Date | 14 January`, becomes `Date: 14 January`."""
    if block.layout != Layout.ROW:
        return block
    cells = [cell for cell in block.cells if cell.text]
    is_pair = len(cells) == 2 and not cells[0].text.endswith(":")
    return replace(block, rich=join_rich(cells, ": " if is_pair else " "), cells=(), layout=Layout.PARAGRAPH)


def is_attendance(block: Block) -> bool:
    block = as_line(block)
    match = match_label(strip_symbols(block.text)) if len(block.text) < 2 * MAX_TITLE_LENGTH else None
    return bool(match) and match.lastgroup in {"present", "apologies", "headcount", "venue"}


def label_fact(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    if reader.has_fact(name) and any(fact.name == name and fact.is_labelled for fact in reader.facts):
        return said_before(reader, block)
    facts = read_labelled_facts(name, value, block.first_line, month_first=reader.options.month_first)
    if facts:
        reader.facts += facts
        reader.add(Kind.FACT, block, text=block.text, evidence="it is labelled so")
    else:
        doubt = f"“{value}” is neither a date nor a number that can be read."
        reader.leave_out(block, "its value can't be read", doubt=doubt, likely=Kind.PROSE)
    return True


def said_before(reader: Reader, block: Block) -> bool:
    doubt = f"“{block.source}” is not the first of its kind."
    reader.leave_out(block, "said before, on a line above", doubt=doubt, likely=Kind.PROSE)
    return True


LABEL_READERS = dict.fromkeys(("met_on", "venue", "area", "room", "headcount"), label_fact) | {
    "date": label_date, "present": label_present, "apologies": label_apologies, "standfirst": label_standfirst,
    "book": label_book, "title": label_book, "author": label_person, "others": label_person,
}  # fmt: skip


def read_labelled_facts(name: str, value: str, line: int, *, month_first: bool = False) -> list[Fact]:
    """Parse a line such as `Venue: The George, Southwark`; return no facts for an invalid value."""
    if name in {"met_on", "date"}:
        found = find_date(value, month_first=month_first)
        return [Fact("met_on", found.value, line, ask_date(found, value), is_labelled=True)] if found else []
    if name in {"headcount", "present"}:
        count = count_of(value)
        return [Fact("headcount", count, line, is_labelled=True)] if count is not None else []
    if name != "venue":
        return [Fact(name, value, line, is_labelled=True)]
    return [Fact(each, words, line, is_labelled=True) for each, words in split_venue(value).items()]


def split_venue(text: str) -> dict[str, str]:
    """Return venue, address, area and room, as far as the text has them: `The George (back room), 77 High St, London`."""
    found = {}
    room = next((match for match in IN_BRACKETS.finditer(text) if ROOM_WORD.search(match[1])), None)
    if room:
        found["room"] = room[1].strip()
        text = text[: room.start()] + text[room.end() :]
    place, *others = [part.strip() for part in text.rstrip(".").split(",") if part.strip()] or [text]
    rooms = [part for part in others if ROOM_WORD.search(part)]
    if rooms and not room:
        found["room"] = rooms[0]
        others.remove(rooms[0])
    if others:
        found["area"] = others.pop()
    if others:
        found["address"] = ", ".join(others)
    return {"venue": place} | found


def read_facts(text: str, line: int, *, month_first: bool = False) -> list[Fact]:
    """Return the facts of a corrected line: `Came: 9`, or a line that tells when the meeting was."""
    bare = strip_symbols(text)
    match = match_label(bare)
    if match and match.lastgroup in {"met_on", "date", "venue", "area", "room", "headcount", "present"}:
        return read_labelled_facts(match.lastgroup, bare[match.end() :], line, month_first=month_first)
    found = find_date(text, month_first=month_first) if MEETING.search(text) else None
    return [Fact("met_on", found.value, line, is_labelled=True)] if found else []
