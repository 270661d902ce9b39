"""Parse discussion questions with their lead words and sub-questions: "Discuss: …", "“…” – Discuss", "3. … a) … b) …"."""

import re

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import Section
from meetups.paste.parser.quotations import Quotation, read_quotation
from meetups.paste.pieces import Kind

WORDS = "Discuss|Consider|Debate|Compare|Explain|Comment"
LEADING = re.compile(rf"(?P<word>{WORDS})(?:\s*:|\s+[–—-])\s+(?=\S)", re.IGNORECASE)
TRAILING = re.compile(rf"(?<=\S)\s*[–—-]\s*(?P<word>{WORDS})[.!]?$", re.IGNORECASE)
ENDS_ASKING = ("?", "?”", '?"', "?)", "？", "؟")
TAIL = 40


def led_question(reader: Reader, block: Block) -> bool:
    """Take a paragraph that starts with "Discuss:", in any section."""
    if not block.is_paragraph or not LEADING.match(block.text) or not (reader.is_part or reader.has(Kind.TITLE)):
        return False
    add_question(reader, block, evidence="it begins as a question for discussion does")
    return True


def reads_as_question(block: Block) -> bool:
    text = block.text
    return text.endswith(ENDS_ASKING) or bool(LEADING.match(text) or TRAILING.search(text, max(0, len(text) - TAIL)))


def read_questions(reader: Reader, block: Block) -> None:
    """Read what stands under a heading of questions; an aside between two of them is prose."""
    if block.is_item and block.level and reader.last_kind == Kind.QUESTION:
        add_sub_question(reader, block)
    elif reads_as_question(block):
        add_question(reader, block, evidence="it asks, under a heading of questions")
    elif reader.last_kind == Kind.PROSE and block.is_item and not block.is_numbered:  # a list of the aside
        read_aside(reader, block)
    elif block.is_item or (block.is_paragraph and read_quotation(block.text) and not block.after_gap):
        add_question(reader, block, evidence="it is in a list of questions")
    elif (block.is_paragraph and read_quotation(block.text)) or block.layout == Layout.QUOTATION:
        add_question(reader, block)
    else:
        read_aside(reader, block)


def read_aside(reader: Reader, block: Block) -> None:
    """Take a remark between or after questions for prose: it is no note, whatever stands above the questions."""
    rows = reader.take_while(lambda one: one.layout == block.layout) if block.layout == Layout.ROW else []
    doubt = "This stands among the questions and doesn't ask; it is kept as prose."
    reader.add(Kind.PROSE, block, *rows, doubt=doubt, likely=Kind.QUESTION)
    if not any(one.is_item or reads_as_question(one) for one in reader.upcoming(3)):
        reader.section = Section.PROSE


def add_sub_question(reader: Reader, block: Block) -> None:
    """Add a point below a question on a line of its own, with its mark as typed."""
    question = reader.last
    mark = block.mark if any(letter.isalnum() for letter in block.mark) else "–"
    question.text += f"\n{mark} {block.rich.line()}"
    question.source += f"\n{block.source}"
    question.last_line = block.last_line


def add_question(reader: Reader, block: Block, **values) -> None:
    text, word, leads = part_word(block.text)
    below = reader.ahead()
    has_points = bool(below) and below.is_item and below.level > 0
    quotation = (None if has_points else read_quotation(text)) or Quotation("")
    hangs_on_term = leads and reader.last_kind == Kind.TERM
    reader.add(
        Kind.QUESTION,
        block,
        text=quotation.text or text,
        where=quotation.place,
        who=quotation.who,
        heading=word,
        is_quotation=bool(quotation.text),
        hangs_on_term=hangs_on_term,
        **values,
    )


def part_word(text: str) -> tuple[str, str, bool]:
    """Return (question, lead word, whether the word stands in front)."""
    leading, trailing = LEADING.match(text), TRAILING.search(text, max(0, len(text) - TAIL))
    if leading:
        return text[leading.end() :], leading["word"], True
    return (text[: trailing.start()], trailing["word"], False) if trailing else (text, "", False)
