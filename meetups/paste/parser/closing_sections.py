"""Parse the end of a write-up: session notes, the author box, related posts."""

import re

from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import Section, section_of
from meetups.paste.parser.lines import Paragraph, list_mark
from meetups.paste.parser.names import is_name
from meetups.paste.parser.pieces import Kind, Shape
from meetups.paste.parser.unparsed import is_same_text

NAME = r"[^\W\d_a-z][\w’'-]*"
SPEAKER = re.compile(rf"(?<=\S)\s+[–—-]{{1,2}}\s*(?P<name>{NAME}(?: (?:(?:and|&) )?{NAME}){{0,2}})\.?$")
BRACKETED_SPEAKER = re.compile(rf"(?<=\S)\s+\((?P<name>{NAME})\)\.?$")
LEADING_NAME = re.compile(rf"(?P<name>{NAME}(?: {NAME})?):\s")
MAX_SPEAKER_LENGTH = 80
PHONE = re.compile(
    r"(?:(?:phone|tel(?:ephone)?|mobile|call)\b[.:]?\s*)?(?P<number>\+?[0-9(][0-9()\s./+-]{5,28}[0-9])", re.IGNORECASE
)
EMAIL = re.compile(r"(?:e-?mail\b:?\s*)?<?(?P<address>[^\s@<>]{1,64}@[^\s@<>]+\.[^\s@<>]{2,})>?", re.IGNORECASE)
CONTACT = re.compile(r"(?:get in touch|contact|reach|write to|talk to)\b.{0,60}", re.IGNORECASE)
MAX_RELATED_LENGTH = 150


def read_session(reader: Reader, paragraph: Paragraph) -> None:
    text = paragraph.text
    start = max(0, len(text) - MAX_SPEAKER_LENGTH)
    dashed, bracketed = SPEAKER.search(text, start), BRACKETED_SPEAKER.search(text, start)
    match, leading = dashed or bracketed, LEADING_NAME.match(text)
    doubt = ""
    if bracketed and not dashed:
        doubt = f"“({match['name']})” is taken for the name of who said it."
    elif leading:
        doubt = f"“{leading['name']}” may be who said it; it stays in the note, where everybody reads it."
    elif paragraph.shape == Shape.PARAGRAPH and follows_list(reader):
        doubt = "This is taken for a note on the session, though it is not in the list."
    values = {"text": text[: match.start()], "attribution": match["name"]} if match else {"text": text}
    reader.add(Kind.SESSION_NOTE, paragraph, doubt=doubt, **values)


def follows_list(reader: Reader) -> bool:
    return reader.last_kind == Kind.SESSION_NOTE and bool(list_mark(reader.last.source))


def author_name(reader: Reader, paragraph: Paragraph) -> bool:
    """Take the author's name on a line of its own, which starts the author box."""
    wanted = is_same_text(paragraph.text, reader.first_text(Kind.POSTED_BY))
    announced = reader.section == Section.AUTHOR and not reader.has(Kind.AUTHOR_NAME, Kind.AUTHOR_BIO)
    if reader.section == Section.HEAD or not (wanted or (announced and is_name(paragraph.text))):
        return False
    if reader.has(Kind.AUTHOR_NAME):
        reader.leave_out(paragraph, "repeats the author's name")
    else:
        reader.add(Kind.AUTHOR_NAME, paragraph, text=paragraph.source)
    reader.section = Section.AUTHOR
    return True


def contact_label(reader: Reader, paragraph: Paragraph) -> bool:
    at_end = reader.section in (Section.AUTHOR, Section.SESSION, Section.READINGS)
    if not at_end or len(paragraph.text) > MAX_SPEAKER_LENGTH or not CONTACT.fullmatch(paragraph.text):
        return False
    if reader.section != Section.AUTHOR and not paragraph.text.casefold().startswith("get in touch"):
        return False
    reader.add(Kind.LABEL, paragraph, text=paragraph.source)
    reader.section = Section.AUTHOR
    return True


def read_author(reader: Reader, paragraph: Paragraph) -> None:
    text = paragraph.source
    phone, email = (pattern.fullmatch(text) if len(text) < 100 else None for pattern in (PHONE, EMAIL))
    if phone:
        reader.add(Kind.AUTHOR_PHONE, paragraph, text=phone["number"])
    elif email:
        reader.add(Kind.AUTHOR_EMAIL, paragraph, text=email["address"])
    else:
        reader.add_block(Kind.AUTHOR_BIO, paragraph)


def read_related(reader: Reader, paragraph: Paragraph) -> None:
    if len(paragraph.text) <= MAX_RELATED_LENGTH and not section_of(paragraph.text):
        reader.leave_out(paragraph, "a related post of the old site; the page finds its own")
    else:
        doubt = "This is taken for prose, though it stands below the related posts."
        reader.add_block(Kind.PROSE, paragraph, doubt=doubt)
