"""Split the blocks of a document into pieces; each word is in exactly one of them, in order."""

import datetime as dt
import re
from itertools import pairwise

from meetups.paste.blocks import Block, Document, Layout
from meetups.paste.parser.book import (
    add_prose_heading,
    book_title,
    is_question_heading,
    is_styled_heading,
    known_section,
    lines_below,
    open_note,
    read_book,
    read_notes,
    take_run,
    unknown_heading,
)
from meetups.paste.parser.book_in_prose import find_book, line_naming_book
from meetups.paste.parser.closing_sections import (
    author_name,
    contact_label,
    content_line,
    farewell_line,
    foot_line,
    read_author,
    read_next,
    read_ratings,
    read_related,
    read_session,
    sign_off,
)
from meetups.paste.parser.cursor import DEFAULT_OPTIONS, Options, Reader
from meetups.paste.parser.evidence import has_questions, judge_section
from meetups.paste.parser.facts import find_facts, find_job_title
from meetups.paste.parser.headings import Section, looks_like_heading
from meetups.paste.parser.labels import labelled_line, lists_names, match_label
from meetups.paste.parser.layouts import with_plain_layouts
from meetups.paste.parser.questions import add_question, led_question, read_questions
from meetups.paste.parser.quotations import OPENING, opens_only, read_quotation, read_unmarked
from meetups.paste.parser.quotes import (
    LOOK_AHEAD,
    add_credit,
    is_credit,
    is_name_credit,
    led_quote,
    quote_row,
    read_laid_out_quote,
    read_quote,
    read_quotes,
    read_readings,
)
from meetups.paste.parser.speakers import (
    names_behind,
    read_line_with_name_behind,
    read_said,
    read_speaker_line,
    transcript_names,
)
from meetups.paste.parser.terms import read_term, term_heading
from meetups.paste.parser.title_block import read_head, read_title_facts, sign_line
from meetups.paste.parser.unparsed import glued_caption, plain_leftover, prose_leftover
from meetups.paste.pieces import Fact, Kind, Piece, Splitting
from meetups.paste.rich_text import RichText

MAX_PULL_QUOTE_LENGTH, MAX_VERSE_LENGTH = 200, 60
FEWEST_QUESTION_HEADINGS = 3
ASKING = re.compile(r"question|ask|wonder|frag|pregunt|domand|vrag|pergunt|questões", re.IGNORECASE)
LATE = 0.6  # of the blocks
SENTENCES = re.compile(r"[.!?…]['’”\")»]?(?:\s|$)")
KNOWN_HEADING = "it is a heading that the site knows"


def split_document(
    document: Document, section: Section = Section.HEAD, options: Options = DEFAULT_OPTIONS
) -> Splitting:
    """Split a whole write-up, or a part of one, without a title, that starts in `section`."""
    blocks = with_plain_layouts(document.blocks)
    reader = Reader(blocks, section, options)
    reader.is_chat = document.kind == "chat"
    reader.speakers = transcript_names(blocks, is_chat=reader.is_chat)
    reader.names_behind = set() if reader.speakers else names_behind(blocks)
    pairs = pairwise([*blocks, None])
    reader.has_question_headings = sum(is_question_heading(*pair) for pair in pairs) >= FEWEST_QUESTION_HEADINGS
    if section == Section.HEAD:
        reader.book_named_at = line_naming_book(blocks)
        add_known_head(reader, document.head)
    for block in reader:
        read_block(reader, block)
    keep_bare_headings(reader.pieces)
    return Splitting(reader.pieces, facts_of(reader))


def split_items(document: Document, kind: Kind, options: Options = DEFAULT_OPTIONS) -> Splitting:
    """Read each block as one question, quote or session note; leave out headings."""
    section, read_item = ITEMS[kind]
    reader = Reader(document.blocks, section, options)
    for block in reader:
        if known_section(reader, block):
            reader.leave_out(block, "the page has a heading of its own for it")
        elif not plain_leftover(reader, block):
            read_item(reader, block)
    return Splitting(reader.pieces)


def add_known_head(reader: Reader, head: dict[str, str]) -> None:
    """Add the title, author and date that a mail's headers or front matter name."""
    for name, kind in (("title", Kind.TITLE), ("author", Kind.POSTED_BY), ("date", Kind.POSTED_ON)):
        value = head.get(name, "").strip()
        day = dt.date.fromisoformat(value) if kind == Kind.POSTED_ON and value else None
        if value:
            block = Block(RichText.of(value))
            reader.add(kind, block, text=value, value=day, evidence="the mail, or the head of the file, says so")
            if kind == Kind.TITLE:
                read_title_facts(reader, block)


def read_block(reader: Reader, block: Block) -> None:
    if not any(rule(reader, block) for rule in RULES):
        READ[reader.section](reader, block)


def read_head_line(reader: Reader, block: Block) -> bool:
    """Take a line of the title block; its labels count anywhere above the first section."""
    if reader.section == Section.HEAD:
        return read_head(reader, block)
    if reader.section in {Section.PROSE, Section.BOOK}:
        return labelled_line(reader, block) or sign_line(reader, block)
    label = match_label(block.text) if not block.is_item and block.layout != Layout.ROW else None
    if not label:
        return False
    if label.lastgroup in {"present", "apologies"} and reader.section not in {Section.SESSION, Section.QUOTES}:
        return lists_names(block.text[label.end() :]) and labelled_line(reader, block)
    is_of_book = reader.section in {Section.NOTES, Section.SESSION} and not reader.has(Kind.QUESTION, Kind.QUOTE)
    return is_of_book and label.lastgroup in {"book", "title", "author", "others"} and labelled_line(reader, block)


def read_heading(reader: Reader, block: Block) -> bool:
    section = known_section(reader, block)
    if (
        section == Section.QUESTIONS
        and reader.ahead()
        and not ASKING.search(block.text)
        and not has_questions(lines_below(reader))
    ):
        section = Section.NOTES
    if section == Section.AUTHOR and not tells_of_writer(reader):
        section = Section.NOTES
    if section == Section.RELATED and judge_section(block.text, lines_below(reader)) == Section.READINGS:
        section = Section.READINGS
    if not section:
        return False
    if section in {Section.NOTES, Section.RATINGS}:
        open_note(reader, block, section=section, evidence=KNOWN_HEADING)
    elif section == Section.NEXT:
        add_prose_heading(reader, block, evidence=KNOWN_HEADING)
    elif section == Section.RELATED:
        reader.leave_out(block, "the heading of the old site's related posts")
    else:
        reader.add(Kind.LABEL, block, text=block.text, evidence=KNOWN_HEADING)
    reader.open_section(section)
    reader.outdent(block)
    return True


def tells_of_writer(reader: Reader) -> bool:
    """Return whether "About the author" is on who wrote this, and not on who wrote the book."""
    writer, below = reader.first_text(Kind.POSTED_BY), reader.ahead()
    is_named = bool(writer) and below is not None and writer.split()[0] in below.text
    return is_named or reader.position > len(reader.blocks) * LATE


def read_prose(reader: Reader, block: Block) -> None:
    reader.section = Section.PROSE
    block = glued_caption(reader, block)
    if prose_leftover(reader, block):
        return
    if reader.last_kind == Kind.QUOTE and not block.after_gap and is_credit(block, reader):
        add_credit(reader, block)
        return
    if block.layout == Layout.QUOTATION:
        read_laid_out_quote(reader, block)
    elif ((quotation := read_quotation(block.text)) and (quotation.place or is_name_credit(reader.ahead()))) or (
        block.text.startswith(OPENING) and read_unmarked(block.text).place
    ):
        read_quote(reader, block)
    elif is_pull_quote(reader, block):
        quotation = read_quotation(block.text)
        reader.add(Kind.PULL_QUOTE, block, text=quotation.text, evidence="it stands alone in quotation marks")
    elif is_styled_heading(block):
        add_prose_heading(reader, block, evidence="it is laid out as a heading")
    elif block.is_paragraph and looks_like_heading(block.text):
        doubt = f"“{block.text}” may be a heading or a picture's caption; it is kept as a paragraph."
        reader.add(Kind.PROSE, block, doubt=doubt)
    else:
        run = take_run(reader, block)
        reader.add(Kind.PROSE, block, *run, evidence=evidence_for_prose(block, run))


def evidence_for_prose(block: Block, run: list[Block]) -> str:
    """Return what speaks for prose: whole sentences, of which none looks like a question, a quote or somebody's words."""
    if run:
        return ""
    looks_otherwise = block.text.endswith("?") or read_quotation(block.text) or read_said(block, is_listed=True).name
    return "it is made of sentences" if SENTENCES.search(block.text) and not looks_otherwise else ""


def verse_quote(reader: Reader, block: Block) -> bool:
    """Take a quotation over several lines or stanzas among prose and notes."""
    section = reader.section
    if section not in {Section.HEAD, Section.PROSE, Section.NOTES} or not reader.has(Kind.TITLE):
        return False
    if not is_verse_quote(reader, block):
        return False
    read_quote(reader, block)
    reader.last.add_doubt("This is taken for a quote: is it from the book?", Kind.PROSE)
    reader.section = Section.PROSE if section == Section.HEAD else section
    return True


def is_verse_quote(reader: Reader, block: Block) -> bool:
    """Return whether the block opens a quotation that goes on over the next lines: without a gap, or in short lines."""
    below = reader.ahead()
    if not opens_only(block.text) or below is None or below.after_gap:
        return False
    lines = [block.text]
    for line in reader.upcoming(LOOK_AHEAD):
        is_verse = all(len(one) <= MAX_VERSE_LENGTH for one in (*lines, line.text))
        if line.after_gap and not is_verse and not lines[-1].endswith((",", ";", "–", "—")):
            return False
        lines.append(line.text)
        if read_quotation("\n".join(lines)):
            return True
    return False


def is_pull_quote(reader: Reader, block: Block) -> bool:
    quotation = read_quotation(block.text) if len(block.text) <= MAX_PULL_QUOTE_LENGTH and not block.is_item else None
    return bool(quotation) and not (quotation.place or quotation.who or reader.has(Kind.PULL_QUOTE))


def read_one_note(reader: Reader, block: Block) -> None:
    said = read_said(block, is_listed=True)
    evidence = "it was pasted as a session note"
    reader.add(Kind.SESSION_NOTE, block, text=said.text, who=said.name, doubt=said.doubt, evidence=evidence)


def read_one_question(reader: Reader, block: Block) -> None:
    if block.is_item and block.level and reader.last_kind == Kind.QUESTION:
        read_questions(reader, block)
    else:
        add_question(reader, block, evidence="it was pasted as a question")


# Tried in this order for every block; if none takes it, the reader of the section does.
RULES = [
    book_title,
    plain_leftover,
    sign_off,
    read_head_line,
    author_name,
    contact_label,
    read_heading,
    content_line,
    farewell_line,
    foot_line,
    term_heading,
    led_question,
    read_speaker_line,
    read_line_with_name_behind,
    quote_row,
    led_quote,
    verse_quote,
    unknown_heading,
]
READ = {
    Section.HEAD: read_prose,
    Section.PROSE: read_prose,
    Section.BOOK: read_book,
    Section.NOTES: read_notes,
    Section.TERM: read_term,
    Section.QUESTIONS: read_questions,
    Section.QUOTES: read_quotes,
    Section.READINGS: read_readings,
    Section.SESSION: read_session,
    Section.RATINGS: read_ratings,
    Section.NEXT: read_next,
    Section.AUTHOR: read_author,
    Section.RELATED: read_related,
}

ITEMS = {
    Kind.QUESTION: (Section.QUESTIONS, read_one_question),
    Kind.QUOTE: (Section.QUOTES, read_quote),
    Kind.SESSION_NOTE: (Section.SESSION, read_one_note),
}


def keep_bare_headings(pieces: list[Piece]) -> None:
    """Turn a note's heading without a note into prose, with a doubt: nothing of it may get lost."""
    for piece in pieces:
        if piece.kind == Kind.NOTE and piece.heading and not piece.text:
            piece.kind, piece.text, piece.heading = Kind.PROSE, f"## {piece.heading}", ""
            piece.add_doubt("Nothing stands under this heading; it is kept as prose.", Kind.LEFT_OUT)


def facts_of(reader: Reader) -> list[Fact]:
    """Return labelled facts, and those from the prose and the author's bio that have no label."""
    prose = [(piece.first_line, piece.source) for piece in reader.pieces if piece.kind in {Kind.PROSE, Kind.STANDFIRST}]
    posted = reader.seen.get(Kind.POSTED_ON)
    found = find_facts(prose, posted.value if posted else None, month_first=reader.options.month_first)
    bio = reader.seen.get(Kind.AUTHOR_BIO)
    if bio:
        found += find_job_title(reader.first_text(Kind.POSTED_BY), bio.source.split("\n")[0], bio.first_line)
    if not reader.has_book:
        reader.facts += find_book(reader, reader.first_text(Kind.TITLE))
    known = {fact.name for fact in reader.facts}
    return [*reader.facts, *(fact for fact in found if fact.name not in known)]
