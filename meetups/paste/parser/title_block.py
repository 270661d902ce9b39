"""Parse the top of a write-up: title, author, date, labelled facts, who was there."""

import re
from dataclasses import replace

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader, merge
from meetups.paste.parser.dates import Found, find_date
from meetups.paste.parser.facts import LABELLED_SUM, NUMBERS, find_venue, to_number
from meetups.paste.parser.headings import Section, strip_symbols
from meetups.paste.parser.names import is_capital, is_name, read_people, split_title_and_people
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.pieces import Fact, Kind, Person
from meetups.paste.rich_text import join_rich

POSTED_BY = re.compile(
    r"(?:(?:\w+\s+){0,3}(?:posted|written|words|notes|minutes|report|reported|recorded|review|reviewed|write-up|up|compiled|taken|typed|copied|"
    r"transcribed|submitted|edited|set\s+down|noted)(?:\s+(?:from|in|on|at)\s+(?:\w+\s+){1,3})?\s+by|author\s*:|"
    r"(?:rapporteur|created\s+by|scribe|secretary|minute[\s-]?taker|notulist|protokollführ\w*|schriftführ\w*|secrétaire|secretari[ao]|segretari[ao])\s*:|"
    r"(?:rédigé|écrit|notes\s+prises)\s+par|(?:geschrieben|verfasst|aufgezeichnet|protokoll(?:iert)?)\s+von|protokoll(?:führung|ant|antin)?\s*:|"
    r"(?:escrito|redactado|tomado)\s+por|scritto\s+da|(?:geschreven|verslag)\s+door|verslag\s*:|"
    r"by|von|par|por|door)(?:\s*:)?(?:\s+|$)",
    re.IGNORECASE,
)
PLAIN_BY = re.compile(r"(?:by|von|par|por|door)(?:\s|$)", re.IGNORECASE)
BEFORE_DATE = re.compile(
    r"(?:(?:(?:notes\s+)?(?:typed|written)\s+up|updated|posted|published|written|date|datum|fecha|data)\b)?(?:\s+on\b|\s*:|on\b|am\b|le\b|el\b)?\s*",
    re.IGNORECASE,
)
BY_NAME = re.compile(r"\s*(?:by|von|par|por|[,|·–—-])\s+", re.IGNORECASE)
BETWEEN = re.compile(r"[\s,|·–—-]*(?:\b(?:on|le|am|den|el|il)\s*)?$", re.IGNORECASE)
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
        r"in\s+the\s+room|around\s+the\s+table"
    ),
    "apologies": (
        r"(?:sent\s+)?apolog(?:y|ies)(?:\s+from|\s+received)?|absent|regrets|entschuldigt|abwesend|excusés?|absents?|ausentes|"
        r"disculparon|excusan?(?:\s+su\s+asistencia)?|(?:apologies|regrets)\s+for\s+absence|assenti|afwezig|afmeldingen|afgemeld|verhindert|fehlt|es\s+fehlten"
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
    "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in LABELS.items()) + r")\s*[:：]\s*", re.IGNORECASE
)
MAX_NAME_WORDS = 6
TITLE_WITH_LABEL = re.compile(
    r"An?\s|The(?:\s+[A-Z][\w’']*)+\s+Book\b"
)  # "A Book: In Parts", "The Jungle Book: Stories"
MEETING = re.compile(
    r"\b(?:minutes|meeting|met|session|evening|held|sitzung|treffen|séance|rencontre|réunion|reunión|incontro|bijeenkomst|reunião|protokoll|verslag)\b",
    re.IGNORECASE,
)
GUIDE = re.compile(
    r"(?:(?:reading|book|discussion|readers?[’']?)\s+)?(?:(?:group|club)\s+)?(?:guide|questions|notes|quotes|review|companion)\b[^:–—]{0,40}[:–—-]\s*"
    r"(?P<title>\S.*)|(?P<before>.+?)\s*[:–—-]\s*(?:an?\s+)?(?:reading|book|discussion)?\s*(?:group\s+)?guide",
    re.IGNORECASE,
)
TITLE_WITH_BOOK = re.compile(
    r".*\s[–—-]\s(?P<title>[^–—]{2,80}?)\s+(?:\((?P<by>[^()]{3,60})\)|by\s+(?P<name>.{3,60}))$"
)
PEOPLE_WORDS = (
    "members?|guests?|readers?|people|visitors?|children|adults|personen|personnes|personas|persone|mitglieder|gäste"
)
MAX_REMARK_LENGTH = 80
ROOM_WORD = re.compile(
    r"\b(?:room|hall|corner|floor|bar|snug|raum|\w*zimmer|\w*saal|salle|sala|\w*zaal|étage|stock)\b", re.IGNORECASE
)
NOTHING = {"none", "keine", "aucune", "ninguna", "nessuna", "geen", "nenhuma", "-", "–"}
NEXT_BOOK = re.compile(r"(?:our\s+)?next|n[aä]chste|prochain|próxim|prossim|volgend", re.IGNORECASE)
AUTHOR_FIRST = re.compile(r"(?P<by>(?:[A-Z]\.\s?)*[^,.:]{3,60}?)[,:]\s+(?P<title>\S.{1,150})")
PIN, CALENDAR, PEOPLE = "📍", ("📅", "🗓", "📆"), ("👥", "👪", "👧", "👦", "🧑", "👤")
TIME = re.compile(
    r"(?:at\s+)?[0-9]{1,2}(?:[.:h][0-9]{2})?\s*(?:am|pm|uhr|o’clock|h)?\.?|ore\s+[0-9]{1,2}(?:[.:][0-9]{2})?|um\s+[0-9].*|à\s+[0-9].*",
    re.IGNORECASE,
)
ATTENDEES = re.compile(r"\s*[,;/&]\s*|\s+(?:and|und|et|y|e|en)\s+|\n")


def read_head(reader: Reader, block: Block) -> bool:
    """Take one line of the title block; return False at the first other line."""
    rules = (
        labelled_line,
        sign_line,
        credits_line,
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
    line = as_line(block)
    if labelled_line(reader, line) or posted_line(reader, line):
        return True
    if not block.cells or not block.cells[0].text.endswith(":"):
        return False
    reader.add(Kind.PROSE, line, likely=Kind.LEFT_OUT)
    return True


def as_line(block: Block) -> Block:
    """Return a row of a table as a paragraph: `Date: | | 14 January` becomes `Date: 14 January`."""
    cells = [cell for cell in block.cells if cell.text]
    return replace(block, rich=join_rich(cells, " "), cells=(), layout=Layout.PARAGRAPH)


def has_title(reader: Reader) -> bool:
    """Return whether the title was read, or is a heading further below."""
    return reader.has(Kind.TITLE) or is_title_ahead(reader)


def is_title_ahead(reader: Reader) -> bool:
    title = reader.title_block
    return title is not None and not reader.has(Kind.TITLE) and any(block is title for block in reader.upcoming(12))


def head_remark(reader: Reader, block: Block) -> bool:
    """Keep a short line between title and date, such as the club's name, without ending the head."""
    below = reader.ahead()
    is_short = len(block.text) <= MAX_REMARK_LENGTH and not block.text.endswith((".", "!", "?", ":", ","))
    if not is_short or block.is_item or not reader.has(Kind.TITLE) or below is None or not is_head_line(reader, below):
        return False
    doubt = "This line of the head is kept as prose."
    reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.STANDFIRST)
    return True


def above_title(reader: Reader, block: Block) -> bool:
    """Leave out what stands above the title and is none of its lines: an old site's name and menu."""
    if not is_title_ahead(reader):
        return False
    doubt = f"“{block.text}” stands above the title; it is left out."
    reader.leave_out(block, "it stands above the title", doubt=doubt, likely=Kind.PROSE)
    return True


def read_title(reader: Reader, block: Block) -> bool:
    if reader.has(Kind.TITLE, Kind.PROSE) or len(block.source) > MAX_TITLE_LENGTH or block.is_item:
        return False
    if is_title_ahead(reader):
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


def match_label(text: str) -> re.Match | None:
    """Return the match of a label at the start of the text; a title may have a colon behind "Book", too."""
    match = LABEL.match(text)
    return None if match and match.lastgroup == "book" and TITLE_WITH_LABEL.match(text) else match


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


def ask_date(found: Found, text: str) -> str:
    day, words = found.value, text[found.start : found.end]
    return f"“{words}” is read as {day.day} {day:%B %Y}: is it?" if found.is_ambiguous else ""


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


def labelled_line(reader: Reader, block: Block) -> bool:
    """Take `Label: value`, anywhere above the first section."""
    if not (block.is_paragraph or block.is_item) or len(block.text) > 2 * MAX_TITLE_LENGTH:
        return False
    bare = strip_symbols(block.text)
    start = block.text.find(bare)
    match = match_label(bare)
    value = match and bare[match.end() :].strip()
    if not value or not has_title(reader):
        return bool(match and match.lastgroup == "title" and value) and label_title(reader, block, value)
    name, where = match.lastgroup, start + match.end()
    return LABEL_READERS[name](reader, block, name, value, where)


def sign_line(reader: Reader, block: Block) -> bool:
    """Take a line whose label is an emoji: a calendar, a pin, people."""
    text = strip_symbols(block.text)
    if not has_title(reader) or text == block.text or len(text) > MAX_TITLE_LENGTH:
        return False
    month_first, line = reader.options.month_first, block.first_line
    facts: list[Fact] = []
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


def sum_of(text: str) -> int | None:
    """Return the sum of `12 children, 7 grown ups and 1 little brother`, `eleven members and two guests`."""
    words = "|".join(sorted(NUMBERS, key=len, reverse=True))
    counts = [
        to_number(match[1]) for match in re.finditer(rf"\b([0-9]{{1,3}}|{words})\s+(?=[^\W\d])", text, re.IGNORECASE)
    ]
    return sum(count for count in counts if count) or None


def where_and_when(reader: Reader, block: Block) -> bool:
    """Take "Sabato 22 novembre 2025, ore 17, Libreria Calamaio, Montesereno": a date, perhaps a time, a venue."""
    found = find_date(block.text, month_first=reader.options.month_first) if len(block.text) <= 160 else None
    if not found or not has_title(reader) or block.text.endswith((".", "!", "?")) or reader.has_fact("venue"):
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


def label_title(reader: Reader, block: Block, value: str) -> bool:
    reader.add(Kind.TITLE, block, text=value, evidence="it is labelled so")
    return True


def label_book(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    if reader.has(Kind.BOOK):
        return said_before(reader, block)
    if value.casefold() in NOTHING or NEXT_BOOK.match(block.text):
        return False
    author_first = AUTHOR_FIRST.fullmatch(value)
    if (
        author_first
        and not PLAIN_BY.match(author_first["title"])
        and is_name(author_first["by"])
        and len(author_first["by"].split()) > 1
    ):
        at = block.text.find(author_first["title"], where)
        reader.add(
            Kind.CONTRIBUTORS,
            block.part(0, at),
            text=f"by {author_first['by']}",
            evidence="it stands before the book's title",
        )
        reader.add(Kind.BOOK, block.part(at), text=unquoted(author_first["title"]), evidence="it is labelled so")
        return True
    title, credit = split_title_and_people(value)
    title = unquoted(title)
    at = block.text.rfind(credit) if credit else 0
    if credit and at > where:
        reader.add(Kind.BOOK, block.part(0, at), text=title, evidence="it is labelled so")
        reader.add(Kind.CONTRIBUTORS, block.part(at), evidence="it stands behind the book's title")
    else:
        reader.add(Kind.BOOK, block, text=unquoted(value), evidence="it is labelled so")
    return True


def unquoted(title: str) -> str:
    quotation = read_quotation(title)
    return quotation.text if quotation and not (quotation.who or quotation.place) else title


def label_person(reader: Reader, block: Block, name: str, value: str, where: int) -> bool:
    """Take "Author: X" below a title: who made the book where a book is named, else who wrote this."""
    if name == "author" and not reader.has_book and not reader.has(Kind.POSTED_BY):
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
    summed = sum_of(value) if re.search(rf"\b(?:{PEOPLE_WORDS})\b", value, re.IGNORECASE) else None
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


def is_attendance(block: Block) -> bool:
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
    room = re.search(
        r"\s*\(([^()]*(?:room|hall|bar|floor|corner|raum|zimmer|saal|salle|sala|zaal)[^()]*)\)", value, re.IGNORECASE
    )
    if room:
        rest = value[: room.start()] + value[room.end() :]
        return [*read_labelled_facts(name, rest, line), Fact("room", room[1].strip(), line, is_labelled=True)]
    parts = [part.strip() for part in value.rstrip(".").split(",") if part.strip()]
    rooms = [part for part in parts[1:] if ROOM_WORD.search(part)]
    if rooms and not room:
        rest = ", ".join(part for part in parts if part not in rooms)
        return [*read_labelled_facts(name, rest, line), Fact("room", rooms[0], line, is_labelled=True)]
    place, *middle = [part.strip() for part in value.rstrip(".").split(",") if part.strip()] or [value]
    area = [Fact("area", middle.pop(), line, is_labelled=True)] if middle else []
    address = [Fact("address", ", ".join(middle), line, is_labelled=True)] if middle else []
    return [Fact("venue", place, line, is_labelled=True), *address, *area]


def read_facts(text: str, line: int, *, month_first: bool = False) -> list[Fact]:
    """Return the facts of a corrected line: `Came: 9`, or a line that tells when the meeting was."""
    bare = strip_symbols(text)
    match = match_label(bare)
    if match and match.lastgroup in {"met_on", "date", "venue", "area", "room", "headcount", "present"}:
        return read_labelled_facts(match.lastgroup, bare[match.end() :], line, month_first=month_first)
    found = find_date(text, month_first=month_first) if MEETING.search(text) else None
    return [Fact("met_on", found.value, line, is_labelled=True)] if found else []


def meeting_line(reader: Reader, block: Block) -> bool:
    """Take a line such as "Minutes of the meeting held on 4 March 2025"."""
    text = block.text
    is_line = len(text) <= 120 and not text.endswith((".", "!", "?", ",")) and reader.has(Kind.TITLE)
    if not is_line or not MEETING.search(text) or reader.has_fact("met_on"):
        return False
    facts = read_facts(text, block.first_line, month_first=reader.options.month_first)
    if facts:
        reader.facts += [*facts, *find_venue([(block.first_line, text)], in_the=True)]
        reader.add(Kind.FACT, block, text=text, evidence="it tells when the meeting was")
    return bool(facts)


def dated_line(reader: Reader, block: Block) -> bool:
    """Take a line that is a date, alone or with the author's name before or after it."""
    text = block.text
    short = len(text) <= MAX_TITLE_LENGTH
    found = find_date(text, month_first=reader.options.month_first) if short else None
    if not found or reader.has(Kind.POSTED_ON) or not has_title(reader):
        return False
    before, after = text[: found.start], text[found.end :]
    before = "" if BEFORE_DATE.fullmatch(strip_symbols(before)) else before
    if not before and not after.strip(" ."):
        add_date(reader, block)
        return True
    name = BY_NAME.match(after)
    if not before and name and names_author(reader, after[name.end() :].strip(" .")):
        add_date(reader, block.part(0, found.end))
        add_author(reader, block.part(found.end), after[name.end() :].strip(" ."))
        return True
    return name_and_date(reader, block, found)


def byline_with_more(reader: Reader, block: Block) -> bool:
    """Take "by Jess Ogunleye | 23 Sept 2025 | 6 min read": parts of a byline with signs between them."""
    pieces = list(re.finditer(r"[^|·•]+", block.text))
    if len(pieces) < 2 or len(block.text) > MAX_TITLE_LENGTH or not has_title(reader):
        return False
    kinds = [kind_of_part(reader, match[0].strip()) for match in pieces]
    if not any(kinds) or reader.has(Kind.POSTED_BY, Kind.POSTED_ON) or len(pieces) > 5:
        return False
    end = 0
    for match, kind in zip(pieces, kinds, strict=True):
        part, signs, count = block.part(match.start(), match.end()), block.text[end : match.start()], len(reader.pieces)
        if kind == Kind.POSTED_BY and not reader.has(Kind.POSTED_BY):
            lead = POSTED_BY.match(part.text)
            add_author(reader, part, part.text[lead.end() if lead else 0 :])
        elif kind == Kind.POSTED_ON and not reader.has(Kind.POSTED_ON):
            add_date(reader, part)
        elif part.text:
            reader.leave_out(part, "a part of the old site's byline")
        if len(reader.pieces) > count:
            first, end = reader.pieces[count], match.end()
            first.source = f"{signs.strip()} {first.source}".strip()
    reader.last.source += block.text[end:].rstrip()
    return True


def kind_of_part(reader: Reader, text: str) -> Kind | None:
    found = find_date(text, month_first=reader.options.month_first)
    if found and len(text) - (found.end - found.start) < 12:
        return Kind.POSTED_ON
    lead = POSTED_BY.match(text)
    return Kind.POSTED_BY if lead and is_name(text[lead.end() :]) else None


def name_and_date(reader: Reader, block: Block, found: Found) -> bool:
    text = block.text
    lead, gap = POSTED_BY.match(text), BETWEEN.search(text, 0, found.start)
    start = lead.end() if lead else 0
    name = text[start : gap.start()] if gap else ""
    if text[found.end :].strip(" .") or not names_author(reader, name) or (not lead and len(name.split()) < 2):
        return False
    add_author(reader, block.part(0, gap.start()), name)
    add_date(reader, block.part(gap.start()))
    return True


def names_author(reader: Reader, text: str) -> bool:
    return is_name(text) and not reader.has(Kind.POSTED_BY)


def add_author(reader: Reader, block: Block, name: str, **values) -> None:
    reader.add(Kind.POSTED_BY, block, text=name, **({"evidence": "it names somebody beside the date"} | values))


def add_date(reader: Reader, block: Block) -> None:
    found = find_date(block.text, month_first=reader.options.month_first)
    rest = block.text[found.end :].strip(" .,;")
    doubt = ask_date(found, block.text)
    dated = block.part(0, found.end) if rest else block
    bare = strip_symbols(block.text[: found.end]).lstrip(" ,–—-")
    text = bare[BEFORE_DATE.match(bare).end() :]  # with the weekday
    reader.add(Kind.POSTED_ON, dated, text=text, value=found.value, evidence="it is a date", doubt=doubt)
    if rest:  # such as the time in "Date: 4 March 2025, 21:17"
        doubt = f"“{rest}” stands behind the date, and only the date is kept."
        reader.leave_out(block.part(found.end), "it stands behind the date", doubt=doubt, likely=Kind.PROSE)


def credits_line(reader: Reader, block: Block) -> bool:
    """Take the contributors below a line such as `Book: Against Maps`."""
    if reader.last_kind not in {Kind.BOOK, Kind.CONTRIBUTORS} and not reader.has(Kind.BOOK):
        return False
    people = read_people(block.text, trusted=reader.last_kind in {Kind.BOOK, Kind.CONTRIBUTORS})
    if people:
        doubt = "" if read_people(block.text) else "These names look unusual: are they all people who made the book?"
        reader.add(Kind.CONTRIBUTORS, block, evidence="it stands below the book's title", doubt=doubt)
    return bool(people)


def posted_line(reader: Reader, block: Block) -> bool:
    lead = POSTED_BY.match(block.text)
    if reader.has(Kind.POSTED_BY) or not has_title(reader):
        return False
    name, following = block.text[lead.end() :] if lead else block.text, reader.ahead()
    if not lead:
        return name_line(reader, block)
    if is_name(name.strip(" .")):
        return add_byline(reader, block, name.strip(" ."))
    if not name and following and is_name(following.text):
        reader.add(Kind.POSTED_BY, merge([block, reader.take()]), text=following.text, evidence="it is labelled so")
        return True
    return False


def add_byline(reader: Reader, block: Block, name: str) -> bool:
    """Add "By Anna Lee" below the title: the author of the write-up or, below the title of a guide, of the book."""
    is_plain = bool(PLAIN_BY.match(block.text))
    guide = GUIDE.fullmatch(reader.first_text(Kind.TITLE)) if is_plain else None
    if guide and not reader.has_book:
        title = (guide["title"] or guide["before"]).strip()
        doubt = f"“{name}” is taken for the author of “{title}”, not of this write-up."
        reader.facts.append(Fact("book", title, block.first_line, "", is_labelled=True))
        reader.add(Kind.CONTRIBUTORS, block, doubt=doubt, likely=Kind.POSTED_BY)
        return True
    dated = reader.has(Kind.POSTED_ON) or (reader.ahead() and find_date(reader.ahead().text[:MAX_TITLE_LENGTH]))
    doubt = "" if dated or not is_plain else f"“{name}” is taken for the author of this write-up, not of a book."
    add_author(
        reader, block, name, doubt=doubt, likely=Kind.CONTRIBUTORS if doubt else None, evidence="it is labelled so"
    )
    return True


def name_line(reader: Reader, block: Block) -> bool:
    """Take a name on a line of its own, right above a date."""
    below = reader.ahead()
    dated = below and len(below.text) < 40 and find_date(below.text, month_first=reader.options.month_first)
    if not (dated and is_name(block.text) and 1 < len(block.text.split()) <= 4 and reader.section == Section.HEAD):
        return False
    add_author(reader, block, block.text)
    return True
