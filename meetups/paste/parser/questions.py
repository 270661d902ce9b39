"""Parse discussion questions with their lead words: "Discuss: …", "“…” – Discuss"."""

import re

from meetups.paste.parser.book import open_note, read_notes
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import looks_like_heading
from meetups.paste.parser.lines import Paragraph
from meetups.paste.parser.pieces import Kind, Shape
from meetups.paste.parser.quotations import Quotation, read_quotation

WORDS = "Discuss|Consider|Debate|Compare|Explain|Comment"
LEADING = re.compile(rf"(?P<word>{WORDS})(?:\s*:|\s+[–—-])\s+(?=\S)", re.IGNORECASE)
TRAILING = re.compile(rf"(?<=\S)\s*[–—-]\s*(?P<word>{WORDS})[.!]?$", re.IGNORECASE)
TAIL = 40


def led_question(reader: Reader, paragraph: Paragraph) -> bool:
    """Take a paragraph that starts with "Discuss:", in any section."""
    if (
        paragraph.shape != Shape.PARAGRAPH
        or not LEADING.match(paragraph.text)
        or not (reader.is_part or reader.has(Kind.TITLE))
    ):
        return False
    add_question(reader, paragraph)
    return True


def reads_as_question(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return text.endswith("?") or bool(LEADING.match(text) or TRAILING.search(text, max(0, len(text) - TAIL)))


def read_questions(reader: Reader, paragraph: Paragraph) -> None:
    quoted = read_quotation(paragraph.text)
    if reads_as_question(paragraph) or paragraph.shape != Shape.PARAGRAPH or quoted:
        add_question(reader, paragraph)
    elif looks_like_heading(paragraph.text):
        open_note(reader, paragraph, doubt=f"“{paragraph.text}” is taken for the heading of a note.")
    else:
        read_notes(reader, paragraph)


def add_question(reader: Reader, paragraph: Paragraph, *, doubt: str = "") -> None:
    text, word, leads = part_word(paragraph.text)
    quotation = read_quotation(text) or Quotation("")
    reader.add(
        Kind.QUESTION,
        paragraph,
        text=quotation.text or text,
        locator=quotation.locator,
        attribution=quotation.attribution,
        lead_word=word,
        is_quotation=bool(quotation.text),
        hangs_on_term=leads and reader.last_kind == Kind.TERM,
        doubt=doubt,
    )


def part_word(text: str) -> tuple[str, str, bool]:
    """Return (question, lead word, whether the word stands in front)."""
    leading, trailing = LEADING.match(text), TRAILING.search(text, max(0, len(text) - TAIL))
    if leading:
        return text[leading.end() :], leading["word"], True
    return (text[: trailing.start()], trailing["word"], False) if trailing else (text, "", False)
