"""Parse the end of a write-up: session notes, ratings and next dates, the author box, related posts."""

import re

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.book import extend_note
from meetups.paste.parser.bylines import add_date
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.dates import NAMES, find_date
from meetups.paste.parser.headings import Section, section_of, strip_symbols
from meetups.paste.parser.names import is_known_person, is_name
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.parser.speakers import read_said
from meetups.paste.parser.unparsed import is_same_text
from meetups.paste.pieces import Kind

MAX_CONTACT_LENGTH = 80
PHONE = re.compile(
    r"(?:(?:phone|tel(?:ephone)?|mobile|call)\b[.:]?\s*)?(?P<number>\+?[0-9(][0-9()\s./+-]{5,28}[0-9])", re.IGNORECASE
)
EMAIL = re.compile(r"(?:e-?mail\b:?\s*)?<?(?P<address>[^\s@<>]{1,64}@[^\s@<>]+\.[^\s@<>]{2,})>?", re.IGNORECASE)
CONTACT = re.compile(r"(?:get in touch|contact|reach|write to|talk to)\b.{0,60}", re.IGNORECASE)
# A rating or a date to come, on a line with its label.
CONTENT_LABEL = re.compile(
    r"(?:(?:our |club |group |overall |final |average |mean )*(?:rating|score|average|mean|verdict|vote|votes|stars|mark|marks|total)"
    r"|bewertung|durchschnitt|fazit|note moyenne|moyenne"
    r"|puntuación|media|voto|voto medio|cijfer|gemiddeld(?:e)?|avaliação|média)"
    r"(?: \w+){0,2}?\s*[:：–—]\s*(?=\S)",
    re.IGNORECASE,
)
# "Our next meeting is on 3 May", "Next lunch: 2 December", "Prochain rendez-vous le jeudi 6 mars", "In September we read …".
ANNOUNCES = re.compile(
    r"(?:(?:the|our|date|of|and|book|for|im|la|le|il|el|de|a|o|das|die|der|den|het|and|then|am|up)\W+){0,4}"
    r"(?:next|upcoming|n[aä]chst\w*|prochain\w*|próxim\w*|prossim\w*|volgend\w*)\b"
    rf"|(?:in\s+)?(?:{NAMES})(?:[’']s)?\s+(?:book|we|is|read|meeting)\b|same\s+(?:time|place|table|again)\b",
    re.IGNORECASE,
)
DATED = re.compile(
    rf"[:–—]\s|\b(?:{NAMES}|\w{{2,6}}day|(?:mon|diens|mitt|donners|frei|sams|sonn)\w*tag|lundi|mardi|mercredi|jeudi|vendredi)\b|[0-9]",
    re.IGNORECASE,
)
FOOT, MAX_FOOT_LENGTH = 6, 100  # blocks at the end; characters
SIGNED = re.compile(
    r"(?:(?:(?:minutes|notes|report|words|write-up)\s+)?(?:taken|written|compiled|recorded|typed|submitted|signed|posted)(?:\s+up)?(?:\s+by)?|(?:notes|minutes|words|report)\s+by|"
    r"signed|gez\.|gezeichnet|protokoll(?:führung)?|verfasst\s+von|rédigé\s+par|écrit\s+par|redactado\s+por|scritto\s+da|verslag(?:\s+door)?|notulist)"
    r"\s*[:,]?\s+",
    re.IGNORECASE,
)
WITH_ITEMS = {
    Section.SESSION,
    Section.QUOTES,
    Section.QUESTIONS,
    Section.READINGS,
    Section.RATINGS,
    Section.TERM,
    Section.NOTES,
}
FAREWELL = re.compile(
    r"p\.?-?\s?s\.?\b|(?:with\s+|many\s+|our\s+)*thanks?\b|thank\s+you\b|see\s+you\b|we(?:[’']ll)?\s+(?:will\s+)?(?:next\s+)?(?:meet|be|come|are|go)\s+(?:again|back|at|in)\b|"
    r"(?:the\s+)?\w+\s+meets\s+again|back\s+(?:in|at)\b|next\s+(?:time|month|meeting|one|book|up)\b|merci\b|on\s+se\s+(?:retrouve|revoit)|"
    r"rendez-vous|gracias\b|nos\s+vemos|volvemos|la\s+próxima|ci\s+(?:ri)?vediamo|grazie\b|wir\s+(?:treffen|sehen)\s+uns|danke\b|we\s+zien\s+elkaar|"
    r"dank\b|bedankt|até\b|obrigad[oa]",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"(?:(?:with|in|all|my|our|much|many|warm|best|kind|yours|love|happy|until|till|see\s+you|cheers|thanks|liebe|herzliche?|viele|mit|bis|bien|amitiés|"
    r"cordialement|saludos|un\s+abrazo|cari|con|groet(?:en|jes)?|met|abraços?|um\s+abraço|your)\b[^.?:]{0,40}(?:,|!|(?<=grüße)|(?<=gruß)|(?<=salutations))|(?:love|best|yours|cheers|xo+|x+|xoxo),?\s+[^\W\d_].{0,30})$",
    re.IGNORECASE,
)
MAX_SIGN_OFF_LINES, MAX_NAME_WORDS, MAX_LINE_LENGTH = 3, 4, 45
MAX_RELATED_LENGTH = 150
MAX_CONTENT_LENGTH = 300


def content_line(reader: Reader, block: Block) -> bool:
    """Take a rating or a date to come for what it is: content, wherever it stands."""
    text = block.text[block.text.find(strip_symbols(block.text)) :]
    label = CONTENT_LABEL.match(text) if len(text) <= MAX_CONTENT_LENGTH and not block.is_item else None
    if announces_next(reader, block):
        reader.add(Kind.PROSE, block, evidence="it tells what comes next")
        reader.section = Section.NEXT
        return True
    if not label:
        return False
    if reader.section in {Section.RATINGS, Section.NOTES}:
        read_ratings(reader, block)
        return True
    reader.add(Kind.PROSE, block, evidence="it is a rating or a date with its label")
    return True


def announces_next(reader: Reader, block: Block) -> bool:
    """Return whether a line, below the first section or near the end, tells of the next meeting."""
    if block.is_item or not block.is_paragraph or not block.after_gap or len(block.text) > MAX_CONTENT_LENGTH:
        return False
    text = strip_symbols(block.text)
    is_late = reader.position > len(reader.blocks) / 2
    return is_late and bool(ANNOUNCES.match(text)) and bool(DATED.search(text)) and not block.text.endswith("?")


def farewell_line(reader: Reader, block: Block) -> bool:
    """Take a sentence on the next date, thanks, or a postscript below a list: it is none of its items."""
    if block.is_item or not block.is_paragraph or not block.after_gap or reader.section not in WITH_ITEMS:
        return False
    if not FAREWELL.match(strip_symbols(block.text)) or len(block.text) > MAX_CONTENT_LENGTH:
        return False
    reader.add(Kind.PROSE, block)
    reader.section = Section.NEXT
    return True


def foot_line(reader: Reader, block: Block) -> bool:
    """Take who wrote this, and when, from one of the last lines: "Minutes taken by Anna Lee", "Grünau, 10 November 2024"."""
    if (
        reader.section == Section.HEAD
        or len(reader.blocks) - reader.position > FOOT
        or len(block.text) > MAX_FOOT_LENGTH
    ):
        return False
    text = block.text.rstrip(".")
    found = find_date(text, month_first=reader.options.month_first)
    before = text[: found.start] if found and not text[found.end :].strip() else text
    lead = SIGNED.match(before)
    name = before[lead.end() :].strip(" ,") if lead else ""
    name = re.sub(r",?\s+(?:on|am|le|el|den)$", "", name)
    if lead and is_name(name) and not reader.has(Kind.POSTED_BY):
        start = block.text.find(name) + len(name)
        doubt = f"“{name}” is taken for who wrote this."
        is_dated = found and found.end == len(text) and not reader.has(Kind.POSTED_ON)
        reader.add(
            Kind.POSTED_BY, block.part(0, start) if is_dated else block, text=name, doubt=doubt, likely=Kind.PROSE
        )
        if is_dated:
            add_date(reader, block.part(start))
        return True
    if signs_alone(reader, block, found):
        reader.add(Kind.POSTED_BY, block, text=text, doubt=f"“{text}” is taken for who wrote this.", likely=Kind.PROSE)
        return True
    if (
        found
        and found.start == 0
        and found.end == len(text)
        and reader.last_kind == Kind.POSTED_BY
        and not reader.has(Kind.POSTED_ON)
    ):
        add_date(reader, block)
        return True
    is_place_and_date = (
        found
        and not text[found.end :].strip()
        and re.fullmatch(r"[^\d,]{2,30},\s+(?:den|le|am|on|the)?\s*", text[: found.start])
    )
    if is_place_and_date and not reader.has(Kind.POSTED_ON):
        add_date(reader, block)
        return True
    return False


def signs_alone(reader: Reader, block: Block, found) -> bool:
    """Return whether the last line, or the last but one above a date, is the full name of a person."""
    below = reader.ahead()
    is_last = below is None or (reader.ahead(1) is None and find_date(below.text[:MAX_LINE_LENGTH]) is not None)
    is_alone = is_last and block.is_paragraph and block.after_gap and not found and not reader.has(Kind.POSTED_BY)
    return is_alone and len(block.text) <= MAX_LINE_LENGTH and is_known_person(block.text)


def sign_off(reader: Reader, block: Block) -> bool:
    """Leave out "In solidarity," with the name below it, at the very end."""
    rest = [block, *reader.upcoming(MAX_SIGN_OFF_LINES + 1)]
    if len(rest) > MAX_SIGN_OFF_LINES or reader.section == Section.HEAD or not SIGN_OFF.match(block.text):
        return False
    name = rest[-1].text.strip(" .") if len(rest) > 1 else block.text.split(maxsplit=1)[-1].strip(" .")
    if not is_name(name) or len(name.split()) > MAX_NAME_WORDS or any(len(one.text) > MAX_LINE_LENGTH for one in rest):
        return False
    doubt = "This is taken for the end of a letter; the page names its author."
    for one in [block, *reader.take_while(lambda one: one is not rest[-1])]:
        reader.leave_out(one, "the end of a letter", doubt=doubt, likely=Kind.PROSE)
    if len(rest) > 1:
        reader.position = len(reader.blocks)
        if reader.has(Kind.POSTED_BY):
            reader.leave_out(rest[-1], "the end of a letter", doubt=doubt, likely=Kind.PROSE)
        else:
            reader.add(Kind.POSTED_BY, rest[-1], text=name, doubt=f"“{name}” is taken for who wrote this.")
    return True


def read_ratings(reader: Reader, block: Block) -> None:
    blocks = [block, *reader.take_while(lambda one: one.layout == block.layout == Layout.ROW)]
    if reader.last_kind == Kind.NOTE:
        extend_note(reader, reader.last, blocks)
    else:
        reader.add(Kind.NOTE, *blocks, evidence="it stands under the heading of the ratings")


def read_next(reader: Reader, block: Block) -> None:
    run = reader.take_while(lambda one: one.is_item) if block.is_item else []
    reader.add(Kind.PROSE, block, *run, evidence="it stands under the heading of what comes next")


def read_session(reader: Reader, block: Block) -> None:
    if block.is_item and block.level and reader.last_kind == Kind.SESSION_NOTE and not reader.last.who:
        note = reader.last
        note.text += f"\n– {block.rich.line()}"
        note.source += f"\n{block.source}"
        note.last_line = block.last_line
        return
    listed = block.is_item or not reader.lists_notes
    said = read_said(block, is_listed=listed)
    if not listed and block.is_paragraph and block.after_gap and not said.name and not read_quotation(block.text):
        doubt = "This stands below the list of the session's notes; it is kept as prose."
        reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.SESSION_NOTE)
        reader.section = Section.PROSE
        return
    reader.lists_notes = reader.lists_notes or block.is_item
    is_marked = block.is_item or said.name or read_quotation(block.text)
    evidence = "it stands under the heading of the session's notes" if is_marked else ""
    values = {"evidence": evidence, "doubt": said.doubt, "who": said.name}
    reader.add(
        Kind.SESSION_NOTE, block, text=said.text, **values, likely=Kind.PROSE if said.doubt and not said.name else None
    )


def author_name(reader: Reader, block: Block) -> bool:
    """Take the author's name on a line of its own, which starts the author box."""
    wanted = is_same_text(block.text, reader.first_text(Kind.POSTED_BY))
    announced = reader.section == Section.AUTHOR and not reader.has(Kind.AUTHOR_NAME, Kind.AUTHOR_BIO)
    if reader.section == Section.HEAD or block.is_item or not (wanted or (announced and is_name(block.text))):
        return False
    if reader.has(Kind.AUTHOR_NAME):
        reader.leave_out(block, "repeats the author's name")
    else:
        reader.add(Kind.AUTHOR_NAME, block, text=block.text, evidence="it is the author's name")
    reader.section = Section.AUTHOR
    return True


def contact_label(reader: Reader, block: Block) -> bool:
    at_end = reader.section in (Section.AUTHOR, Section.SESSION, Section.READINGS)
    if not at_end or len(block.text) > MAX_CONTACT_LENGTH or not CONTACT.fullmatch(block.text):
        return False
    if reader.section != Section.AUTHOR and not block.text.casefold().startswith("get in touch"):
        return False
    reader.add(Kind.LABEL, block, text=block.text, evidence="it is the heading of the author's box")
    reader.section = Section.AUTHOR
    return True


def read_author(reader: Reader, block: Block) -> None:
    text = block.text
    phone, email = (pattern.fullmatch(text) if len(text) < 100 else None for pattern in (PHONE, EMAIL))
    evidence = "it stands in the author's box"
    if phone:
        reader.add(Kind.AUTHOR_PHONE, block, text=phone["number"], evidence=evidence)
    elif email:
        reader.add(Kind.AUTHOR_EMAIL, block, text=email["address"], evidence=evidence)
    elif reader.last_kind == Kind.AUTHOR_BIO:
        reader.extend(reader.last, block)
    else:
        reader.add(Kind.AUTHOR_BIO, block, evidence=evidence)


def read_related(reader: Reader, block: Block) -> None:
    if len(block.text) <= MAX_RELATED_LENGTH and not section_of(block.text):
        reader.leave_out(block, "a related post of the old site; the page finds its own")
    else:
        doubt = "This is taken for prose, though it stands below the related posts."
        reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.LEFT_OUT)
