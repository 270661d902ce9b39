"""Split a plain-text write-up into typed pieces; each word is in exactly one of them, in order."""

from meetups.paste.parser.book import book_title, open_note, read_book, read_notes
from meetups.paste.parser.closing_sections import author_name, contact_label, read_author, read_related, read_session
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.facts import find_facts, find_job_title
from meetups.paste.parser.headings import Section, looks_like_heading, section_of
from meetups.paste.parser.lines import Paragraph, read_paragraphs
from meetups.paste.parser.pieces import Fact, Kind, Shape, Splitting
from meetups.paste.parser.questions import add_question, led_question, read_questions
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.parser.quotes import read_quote, read_quotes, read_readings
from meetups.paste.parser.terms import read_term, term_heading
from meetups.paste.parser.title_block import read_head
from meetups.paste.parser.unparsed import glued_caption, plain_leftover, prose_leftover

MAX_PULL_QUOTE_LENGTH = 200


def split_writeup(text: str, section: Section = Section.HEAD) -> Splitting:
    """Split a whole write-up, or a part of one, without a title, that starts in `section`."""
    reader = Reader(read_paragraphs(text), section)
    for paragraph in reader:
        read_paragraph(reader, paragraph)
    splitting = Splitting(reader.pieces, facts_of(reader))
    leave_out_bare_headings(splitting)
    return splitting


def split_items(text: str, kind: Kind) -> Splitting:
    """Read each paragraph as one question, quote or session note; leave out headings."""
    section, read_item = ITEMS[kind]
    reader = Reader(read_paragraphs(text), section)
    for paragraph in reader:
        if paragraph.shape == Shape.PARAGRAPH and section_of(paragraph.text):
            reader.leave_out(paragraph, "the page has a heading of its own for it")
        elif not plain_leftover(reader, paragraph):
            read_item(reader, paragraph)
    return Splitting(reader.pieces, [])


def read_paragraph(reader: Reader, paragraph: Paragraph) -> None:
    if not any(rule(reader, paragraph) for rule in RULES):
        READ[reader.section](reader, paragraph)


def read_head_line(reader: Reader, paragraph: Paragraph) -> bool:
    """Take a line of the title block; the first other line ends it."""
    if reader.section != Section.HEAD:
        return False
    return read_head(reader, paragraph)


def read_heading(reader: Reader, paragraph: Paragraph) -> bool:
    section = section_of(paragraph.text) if paragraph.shape == Shape.PARAGRAPH else None
    if not section:
        return False
    if section == Section.NOTES:
        open_note(reader, paragraph)
    elif section == Section.RELATED:
        reader.leave_out(paragraph, "the heading of the old site's related posts")
    else:
        reader.add(Kind.LABEL, paragraph, text=paragraph.source)
    reader.section = section
    reader.glossary = section == Section.TERM
    return True


def read_prose(reader: Reader, paragraph: Paragraph) -> None:
    reader.section = Section.PROSE
    paragraph = glued_caption(reader, paragraph)
    if prose_leftover(reader, paragraph):
        return
    quotation = read_quotation(paragraph.text) if len(paragraph.text) <= MAX_PULL_QUOTE_LENGTH else None
    if quotation and not (quotation.locator or quotation.attribution or reader.has(Kind.PULL_QUOTE)):
        reader.add(Kind.PULL_QUOTE, paragraph, text=quotation.text)
    elif paragraph.shape == Shape.PARAGRAPH and looks_like_heading(paragraph.text):
        doubt = f"“{paragraph.text}” may be a heading or a picture's caption; it is kept as a paragraph."
        reader.add_block(Kind.PROSE, paragraph, doubt=doubt)
    else:
        reader.add_block(Kind.PROSE, paragraph)


# Tried in this order for every paragraph; if none takes it, the reader of the section does.
RULES = [
    book_title,
    plain_leftover,
    read_head_line,
    author_name,
    contact_label,
    read_heading,
    term_heading,
    led_question,
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
    Section.AUTHOR: read_author,
    Section.RELATED: read_related,
}

ITEMS = {
    Kind.QUESTION: (Section.QUESTIONS, add_question),
    Kind.QUOTE: (Section.QUOTES, read_quote),
    Kind.SESSION_NOTE: (Section.SESSION, read_session),
}


def leave_out_bare_headings(splitting: Splitting) -> None:
    bare = {note.first_line for note in splitting.notes if not note.blocks}
    for piece in splitting.of(Kind.NOTE):
        if piece.heading and piece.first_line in bare:
            piece.kind, piece.text, piece.heading, piece.marks = Kind.LEFT_OUT, piece.source, "", []
            piece.reason = "a heading with nothing under it"


def facts_of(reader: Reader) -> list[Fact]:
    """Return labelled facts, and those from the prose and the author's bio that have no label."""
    prose = [
        (piece.first_line, block.text) for piece in reader.pieces if piece.kind == Kind.PROSE for block in piece.blocks
    ]
    posted = reader.seen.get(Kind.POSTED_ON)
    bio = reader.seen.get(Kind.AUTHOR_BIO)
    found = find_facts(prose, posted.value if posted else None)
    if bio:
        found += find_job_title(reader.first_text(Kind.POSTED_BY), bio.blocks[0].text, bio.first_line)
    known = {fact.name for fact in reader.facts}
    return [*reader.facts, *(fact for fact in found if fact.name not in known)]
