"""Parse the part about the book: title, contributors, notes."""

from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader
from meetups.paste.parser.headings import Section, bare_heading, looks_like_heading, section_of
from meetups.paste.parser.lines import Paragraph
from meetups.paste.parser.names import read_people
from meetups.paste.parser.pieces import Kind, Shape
from meetups.paste.parser.title_block import POSTED_BY

NO_PLACE = (Section.QUOTES, Section.READINGS, Section.AUTHOR, Section.RELATED)


def book_title(reader: Reader, paragraph: Paragraph) -> bool:
    """Take a short line right above a line of contributors, or the first one below a heading such as "The book"."""
    below = reader.ahead()
    if reader.has(Kind.BOOK) or not reader.has(Kind.TITLE) or reader.section in NO_PLACE:
        return False
    if len(paragraph.text) > MAX_TITLE_LENGTH or paragraph.text.endswith((".", ",")) or section_of(paragraph.text):
        return False
    credited = below and read_people(below.text) and not is_byline(reader, below)
    announced = reader.section == Section.BOOK and not read_people(paragraph.text)
    if credited or announced:
        doubt = "" if credited else f"“{paragraph.text}” is taken for the book's title, without anybody who made it."
        reader.add(Kind.BOOK, paragraph, text=paragraph.source, doubt=doubt)
        reader.section = Section.BOOK
    return bool(credited or announced)


def is_byline(reader: Reader, paragraph: Paragraph) -> bool:
    """In the title block "By Anna Lee" names the author of the write-up, unless one is named already."""
    return reader.section == Section.HEAD and not reader.has(Kind.POSTED_BY) and bool(POSTED_BY.match(paragraph.source))


def read_book(reader: Reader, paragraph: Paragraph) -> None:
    people = read_people(paragraph.text)
    if people:
        reader.add(Kind.CONTRIBUTORS, paragraph, people=people)
    else:
        read_notes(reader, paragraph)


def read_notes(reader: Reader, paragraph: Paragraph) -> None:
    if is_unknown_heading(paragraph):
        open_note(reader, paragraph, doubt=f"“{paragraph.text}” is taken for the heading of a note.")
    elif reader.section == Section.NOTES:
        reader.add_block(Kind.NOTE, paragraph)
    else:
        reader.section = Section.NOTES
        reader.add_block(
            Kind.NOTE, paragraph, doubt="This is taken for a note on the book: it stands under no heading."
        )


def is_unknown_heading(paragraph: Paragraph) -> bool:
    return paragraph.after_gap and paragraph.shape == Shape.PARAGRAPH and looks_like_heading(paragraph.text)


def open_note(reader: Reader, paragraph: Paragraph, **values) -> None:
    reader.add(Kind.NOTE, paragraph, heading=bare_heading(paragraph.source), **values)
    reader.section = Section.NOTES
