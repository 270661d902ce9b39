"""Parse who wrote a write-up and when: "Posted by Anna Lee", "23 Sept 2025 by Jess", "by Jess | 23 Sept | 6 min read"."""

import re

from meetups.paste.blocks import Block
from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader, merge_blocks
from meetups.paste.parser.dates import Found, ask_date, find_date
from meetups.paste.parser.headings import Section, strip_symbols
from meetups.paste.parser.names import BY, is_name
from meetups.paste.pieces import Fact, Kind

POSTED_BY = re.compile(
    r"(?:(?:[\w&’'-]+,?\s+){0,4}(?:(?!(?:re)?(?:translat|illustrat|edit|publish|introduc|host|chair|lead|suggest|pick|propos|recommend|follow|join)ed)\w{3,}ed|written|drawn|kept)"
    r"(?:\s+(?:up|down|out|together))?\s+by|(?:\w+\s+){0,3}(?:posted|written|words|notes|minutes|report|reported|recorded|review|reviewed|write-up|up|compiled|taken|typed|copied|"
    r"transcribed|submitted|edited|set\s+down|noted)(?:\s+(?:from|in|on|at)\s+(?:\w+\s+){1,3})?\s+by|author\s*:|"
    r"(?:rapporteur|created\s+by|scribe|secretary|minute[\s-]?taker|notulist|protokollführ\w*|schriftführ\w*|secrétaire|secretari[ao]|segretari[ao])\s*:|"
    r"(?:rédigé|écrit|notes\s+prises)\s+par|(?:geschrieben|verfasst|aufgezeichnet|protokoll(?:iert)?)\s+von|protokoll(?:führung|ant|antin)?\s*:|"
    r"(?:escrito|redactado|tomado)\s+por|scritto\s+da|(?:geschreven|verslag)\s+door|verslag\s*:|"
    r"by|von|par|por|door)(?:\s*:)?(?:\s+|$)",
    re.IGNORECASE,
)
BEFORE_DATE = re.compile(
    r"(?:(?:(?:notes\s+)?(?:typed|written)\s+up|updated|posted|published|written|date|datum|fecha|data)\b)?(?:\s+on\b|\s*:|on\b|am\b|le\b|el\b)?\s*",
    re.IGNORECASE,
)
COUNTER = re.compile(r"\s*[·|,–—-]?\s*[0-9]+\s+(?:comments?|min(?:ute)?s?\s+read)", re.IGNORECASE)
ONE_WORD = re.compile(r"\w+(?:\s+(?:on|am|le|el|il|op|em|den|in))?\s*:?\s*")  # "Publié le", "Geplaatst op"
MEETING = re.compile(
    r"\b(?:minutes|meeting|met|session|evening|held|sitzung|treffen|séance|rencontre|réunion|reunión|incontro|bijeenkomst|reunião|protokoll|verslag|encontro|encuentro|tertulia|abend|soirée|avond|serata)\b",
    re.IGNORECASE,
)
BY_NAME = re.compile(r"\s*(?:by|von|par|por|di|door|[,|·–—-])\s+", re.IGNORECASE)
BETWEEN = re.compile(r"[\s,|·–—-]*(?:\b(?:on|le|am|den|el|il)\s*)?$", re.IGNORECASE)
GUIDE = re.compile(
    r"(?:(?:reading|book|discussion|readers?[’']?)\s+)?(?:(?:group|club)\s+)?(?:guide|questions|notes|quotes|review|companion)\b[^:–—]{0,40}[:–—-]\s*"
    r"(?P<title>\S.*)|(?P<before>.+?)\s*[:–—-]\s*(?:an?\s+)?(?:reading|book|discussion)?\s*(?:group\s+)?guide",
    re.IGNORECASE,
)


def dated_line(reader: Reader, block: Block) -> bool:
    """Take a line that is a date, alone or with the author's name before or after it."""
    text = block.text
    short = len(text) <= MAX_TITLE_LENGTH
    found = find_date(text, month_first=reader.options.month_first) if short else None
    if not found or reader.has(Kind.POSTED_ON) or not reader.has_title:
        return False
    before, after = text[: found.start], text[found.end :]
    is_lead = BEFORE_DATE.fullmatch(strip_symbols(before)) or (
        ONE_WORD.fullmatch(before) and not MEETING.search(before)
    )
    before = "" if is_lead else before
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
    pieces = list(re.finditer(r"(?:(?!\s/\s)[^|·•])+", block.text))
    if len(pieces) < 2 or len(block.text) > MAX_TITLE_LENGTH or not reader.has_title:
        return False
    kinds = [kind_of_part(reader, match[0].strip()) for match in pieces]
    if not any(kinds) or reader.has(Kind.POSTED_BY, Kind.POSTED_ON) or len(pieces) > 5:
        return False
    end = 0
    for match, kind in zip(pieces, kinds, strict=True):
        part, signs, count = block.part(match.start(), match.end()), block.text[end : match.start()], len(reader.pieces)
        dated = find_date(part.text, month_first=reader.options.month_first)
        if kind == Kind.POSTED_BY and dated and name_and_date(reader, part, dated):
            pass
        elif kind == Kind.POSTED_BY and not reader.has(Kind.POSTED_BY):
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
    gap = BETWEEN.search(text, 0, found.start) if found else None
    return Kind.POSTED_BY if lead and is_name(text[lead.end() : gap.start() if gap else None]) else None


def name_and_date(reader: Reader, block: Block, found: Found) -> bool:
    text = block.text
    lead, gap = POSTED_BY.match(text), BETWEEN.search(text, 0, found.start)
    start = lead.end() if lead else 0
    name = text[start : gap.start()] if gap else ""
    rest = COUNTER.match(text, found.end)
    if (
        text[rest.end() if rest else found.end :].strip(" .")
        or not names_author(reader, name)
        or (not lead and len(name.split()) < 2)
    ):
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


def posted_line(reader: Reader, block: Block) -> bool:
    lead = POSTED_BY.match(block.text)
    if reader.has(Kind.POSTED_BY) or not reader.has_title:
        return False
    name, following = block.text[lead.end() :] if lead else block.text, reader.ahead()
    if not lead:
        return name_line(reader, block)
    if is_name(name.strip(" .")):
        return add_byline(reader, block, name.strip(" ."))
    if not name and following and is_name(following.text):
        reader.add(
            Kind.POSTED_BY, merge_blocks([block, reader.take()]), text=following.text, evidence="it is labelled so"
        )
        return True
    return False


def add_byline(reader: Reader, block: Block, name: str) -> bool:
    """Add "By Anna Lee" below the title: the author of the write-up or, below the title of a guide, of the book."""
    is_plain = bool(BY.match(block.text))
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
