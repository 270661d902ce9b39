"""Parse the top of a write-up, line by line: title, standfirst, author, date, where and when the club met."""

import re

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.book import add_contributors
from meetups.paste.parser.bylines import MEETING, POSTED_BY, byline_with_more, dated_line, posted_line
from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader
from meetups.paste.parser.dates import ask_date, find_date
from meetups.paste.parser.facts import NUMBER, find_venue, to_number
from meetups.paste.parser.facts import PEOPLE as PEOPLE_WORDS
from meetups.paste.parser.headings import section_of, strip_symbols
from meetups.paste.parser.labels import (
    as_line,
    label_book,
    labelled_line,
    match_label,
    read_facts,
    read_labelled_facts,
    sum_of,
)
from meetups.paste.parser.names import is_capital, is_name
from meetups.paste.pieces import Fact, Kind, Person

TITLE_WITH_BOOK = re.compile(
    r".*\s[–—-]\s(?P<title>[^–—]{2,80}?)\s+(?:\((?P<by>[^()]{3,60})\)|by\s+(?P<name>.{3,60}))$"
)
COUNTED = re.compile(rf"{NUMBER}\s+(?:of us|{PEOPLE_WORDS}|present|attended|came|there)(?:\s+present)?", re.IGNORECASE)
MAX_PARTS = 5
MAX_REMARK_LENGTH, MAX_STANDFIRST_LENGTH = 80, 300
BEHIND_DATE = re.compile(r"\s*[–—|·-]\s+(?P<place>[^\W\d_][^.!?]{2,80})")
PIN, CALENDAR, PEOPLE = "📍", ("📅", "🗓", "📆"), ("👥", "👪", "👧", "👦", "🧑", "👤", "🙋", "🧍", "👫", "🪑")
BOOKS = ("📖", "📚", "📕", "📗", "📘", "📙")
TIME = re.compile(
    r"(?:at\s+)?[0-9]{1,2}(?:[.:h][0-9]{2})?\s*(?:am|pm|uhr|o’clock|h)?\.?|ore\s+[0-9]{1,2}(?:[.:][0-9]{2})?|um\s+[0-9].*|à\s+[0-9].*",
    re.IGNORECASE,
)


def read_head(reader: Reader, block: Block) -> bool:
    """Take one line of the title block; return False at the first other line."""
    rules = (
        labelled_line,
        sign_line,
        credits_line,
        meeting_parts,
        byline_with_more,
        dated_line,
        where_and_when,
        meeting_line,
        posted_line,
        read_title,
        read_standfirst,
        above_title,
        head_remark,
    )
    if block.layout == Layout.ROW:
        return reader.has(Kind.TITLE) and read_head_row(reader, block)
    return any(rule(reader, block) for rule in rules)


def read_head_row(reader: Reader, block: Block) -> bool:
    """Take a row such as `Ort: | Pfarrheim` of a table in the head; a row with another label is kept as prose."""
    line, count = as_line(block), len(reader.pieces)
    if labelled_line(reader, line) or posted_line(reader, line):
        for number, piece in enumerate(reader.pieces[count:]):
            piece.source = "" if number else block.source
        return True
    if not block.cells or not block.cells[0].text.endswith(":"):
        return False
    reader.add(Kind.PROSE, line, likely=Kind.LEFT_OUT, source=block.source)
    return True


def head_remark(reader: Reader, block: Block) -> bool:
    """Keep a short line between title and date, such as the club's name, without ending the head."""
    below = reader.ahead()
    if is_standfirst(reader, block, below):
        reader.add(Kind.STANDFIRST, block, text=block.text, evidence="it stands between the title and who wrote this")
        return True
    is_short = len(block.text) <= MAX_REMARK_LENGTH and not block.text.endswith((".", "!", "?", ":", ","))
    if not is_short or block.is_item or not reader.has(Kind.TITLE) or below is None or not is_head_line(reader, below):
        return False
    doubt = "This line of the head is kept as prose."
    reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.STANDFIRST)
    return True


def is_standfirst(reader: Reader, block: Block, below: Block | None) -> bool:
    """Return whether a sentence stands between the title and the line of its author."""
    is_free = reader.last_kind == Kind.TITLE and block.is_paragraph and not reader.has(Kind.POSTED_BY, Kind.STANDFIRST)
    if not is_free or below is None or not MAX_REMARK_LENGTH < len(block.text) <= MAX_STANDFIRST_LENGTH:
        return False
    lead = POSTED_BY.match(below.text) if len(below.text) <= MAX_REMARK_LENGTH else None
    return bool(lead) and is_name(below.text[lead.end() :].strip(" ."))


def above_title(reader: Reader, block: Block) -> bool:
    """Leave out what stands above the title and is none of its lines: an old site's name and menu."""
    if not reader.is_title_ahead:
        return False
    doubt = f"“{block.text}” stands above the title; it is left out."
    reader.leave_out(block, "it stands above the title", doubt=doubt, likely=Kind.PROSE)
    return True


def read_title(reader: Reader, block: Block) -> bool:
    if reader.has(Kind.TITLE, Kind.PROSE) or len(block.source) > MAX_TITLE_LENGTH or block.is_item:
        return False
    if reader.is_title_ahead:
        return False
    below = reader.ahead()
    is_styled = block.layout == Layout.HEADING or block.is_bold
    evidence = "it has the look of a title" if is_styled else "it is the first line, above other lines of the head"
    is_followed = below is not None and (is_head_line(reader, below) or below.after_gap)
    reader.add(Kind.TITLE, block, text=block.text, evidence=evidence if is_styled or is_followed else "")
    read_title_facts(reader, block)
    return True


def is_head_line(reader: Reader, block: Block) -> bool:
    text = strip_symbols(block.text)
    return bool(
        match_label(text)
        or POSTED_BY.match(text)
        or find_date(text[:MAX_TITLE_LENGTH], month_first=reader.options.month_first)
    )


def read_title_facts(reader: Reader, block: Block) -> None:
    """Find a date and a book that the title names: "Book group 11/3/25 – The Paper Tide (Ros Calloway)"."""
    text, line = block.text, block.first_line
    if found := find_date(text, month_first=reader.options.month_first):
        reader.facts.append(Fact("met_on", found.value, line, ask_date(found, text)))
    match = TITLE_WITH_BOOK.fullmatch(text)
    name = match and (match["by"] or match["name"])
    if match and is_name(name) and len(name.split()) > 1:
        doubt = f"“{match['title']}” by {name} is taken for the book, from the title."
        reader.facts.append(Fact("book", match["title"], line, doubt))
        reader.facts.append(Fact("contributors", (Person(name, "aut"),), line))
        return
    known = [title for title in reader.options.books if len(title) > 3 and title.casefold() in text.casefold()]
    if known:
        doubt = f"The title names “{known[0]}”, which is here already: it is taken for the book."
        reader.facts.append(Fact("book", known[0], line, doubt))


def read_standfirst(reader: Reader, block: Block) -> bool:
    """Take a line below the title that is laid out as a subtitle or is wholly in italics."""
    below = reader.ahead()
    is_heading = block.layout == Layout.HEADING and reader.last_kind == Kind.TITLE and below is not None
    is_above_byline = is_heading and (is_head_line(reader, below) or (is_name(below.text) and len(below.text) < 40))
    is_styled = block.layout == Layout.SUBTITLE or is_above_byline or (block.is_paragraph and block.rich.is_all("em"))
    if not is_styled or not reader.has(Kind.TITLE) or reader.has(Kind.STANDFIRST, Kind.PROSE):
        return False
    reader.add(Kind.STANDFIRST, block, text=block.text, evidence="it is laid out as a line below the title")
    return True


def sign_line(reader: Reader, block: Block) -> bool:
    """Take a line whose label is an emoji: a calendar, a pin, people."""
    text = strip_symbols(block.text)
    if not reader.has_title or text == block.text or len(text) > MAX_TITLE_LENGTH:
        return False
    month_first, line = reader.options.month_first, block.first_line
    facts: list[Fact] = []
    if block.text.startswith(BOOKS) and not section_of(text):
        return label_book(reader, block, "book", text, block.text.find(text))
    if block.text.startswith(PIN):
        facts = read_labelled_facts("venue", text, line)
    elif block.text.startswith(CALENDAR):
        facts = read_labelled_facts("met_on", text, line, month_first=month_first)
    elif block.text.startswith(PEOPLE):
        count = sum_of(text)
        facts = [Fact("headcount", count, line, f"“{text}” is {count} people: is it?")] if count else []
    if facts:
        reader.facts += facts
        reader.add(Kind.FACT, block, text=block.text, evidence="its sign says what it is")
    return bool(facts)


def meeting_parts(reader: Reader, block: Block) -> bool:
    """Take "Tuesday 14 October 2025 · Guildhall, Upper Room · 21 present": date, place and headcount with signs between."""
    parts = [part.strip() for part in re.split(r"\s*[|·•]\s*|\s+[/–—]\s+", block.text) if part.strip()]
    if not 2 <= len(parts) <= MAX_PARTS or len(block.text) > MAX_STANDFIRST_LENGTH or not reader.has_title:
        return False
    counts = [count for part in parts if (match := COUNTED.fullmatch(part)) and (count := to_number(match["number"]))]
    found = find_date(block.text, month_first=reader.options.month_first)
    if not counts or not found or reader.has_fact("headcount"):
        return False
    line = block.first_line
    places = [
        part for part in parts if not COUNTED.fullmatch(part) and not find_date(part) and not TIME.fullmatch(part)
    ]
    reader.facts.append(Fact("headcount", counts[0], line, is_labelled=True))
    if not reader.has_fact("met_on"):
        reader.facts.append(Fact("met_on", found.value, line, ask_date(found, block.text), is_labelled=True))
    if len(places) == 1:
        reader.facts += read_labelled_facts("venue", places[0], line)
    reader.add(Kind.FACT, block, text=block.text, evidence="it tells when the meeting was, and how many came")
    return True


def where_and_when(reader: Reader, block: Block) -> bool:
    """Take "Sabato 22 novembre 2025, ore 17, Libreria Calamaio, Montesereno": a date, perhaps a time, a venue."""
    found = find_date(block.text, month_first=reader.options.month_first) if len(block.text) <= 160 else None
    if not found or not reader.has_title or block.text.endswith((".", "!", "?")) or reader.has_fact("venue"):
        return False
    before = block.text[: found.start].strip(" ,")
    parts = [part.strip() for part in block.text[found.end :].split(",") if part.strip()]
    places = [part for part in parts if not TIME.fullmatch(part)]
    if (
        len(before.split()) > 1
        or not places
        or len(places) > 3
        or not all(is_capital(part.split()[0]) for part in places)
    ):
        return False
    if len(parts) < 2 and not MEETING.search(block.text):
        return False
    reader.facts.append(Fact("met_on", found.value, block.first_line, ask_date(found, block.text), is_labelled=True))
    reader.facts += read_labelled_facts("venue", ", ".join(places), block.first_line)
    reader.add(Kind.FACT, block, text=block.text, evidence="it tells when and where the meeting was")
    return True


def meeting_line(reader: Reader, block: Block) -> bool:
    """Take a line such as "Minutes of the meeting held on 4 March 2025"."""
    text = block.text
    is_line = len(text) <= 120 and not text.endswith((".", "!", "?", ",")) and reader.has(Kind.TITLE)
    if not is_line or not MEETING.search(text) or reader.has_fact("met_on"):
        return False
    facts = read_facts(text, block.first_line, month_first=reader.options.month_first)
    if facts:
        found = find_date(text, month_first=reader.options.month_first)
        behind = BEHIND_DATE.fullmatch(text[found.end :]) if found else None
        places = read_labelled_facts("venue", behind["place"], block.first_line) if behind else []
        reader.facts += [*facts, *(places or find_venue([(block.first_line, text)], in_the=True))]
        reader.add(Kind.FACT, block, text=text, evidence="it tells when the meeting was")
    return bool(facts)


def credits_line(reader: Reader, block: Block) -> bool:
    """Take the contributors below a line such as `Book: Against Maps`."""
    is_possible = reader.has(Kind.BOOK) or reader.last_kind == Kind.CONTRIBUTORS
    return is_possible and add_contributors(reader, block)
