"""Parse terms: a heading such as "What does … mean?", the definition below it, who added the emphasis."""

import re

from meetups.paste.parser.book import read_notes
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import Section, bare_heading, section_of, term_in
from meetups.paste.parser.lines import DASHES, Paragraph
from meetups.paste.parser.pieces import Block, Kind, Shape
from meetups.paste.parser.questions import add_question, reads_as_question
from meetups.paste.parser.quotations import Quotation, opens_only, read_quotation
from meetups.paste.parser.quotes import take_quotation

EMPHASIS = re.compile(
    r"(?:my |our )?(?:italics|emphas[ie]s)"
    r"(?: (?:mine|ours|theirs|his|hers|added(?: by [^()]{1,40})?|(?:in |is )?(?:the )?original))?",
    re.IGNORECASE,
)
GLOSSARY = re.compile(r"(?P<term>[^:–—.?!]{2,60}?)(?::|\s[–—-])\s+(?=\S)")
LOOSE = (Section.HEAD, Section.PROSE, Section.QUESTIONS)  # sections in which only a quoted definition makes a term
EMPHASIS_LINE = re.compile(r"\*?\s*[(\[]\s*(?P<words>[^()\[\]]{1,100}?)[\s.]*[)\]][*.]*")


def term_heading(reader: Reader, paragraph: Paragraph) -> bool:
    """Take a heading with its definition; return False if there is no definition."""
    below = reader.ahead()
    if paragraph.shape != Shape.PARAGRAPH or not term_in(paragraph.text) or not below:
        return False
    quoted = read_quotation(below.text) or opens_only(below.text)
    if not quoted and (reader.section in LOOSE or not reads_as_definition(below)):
        return False
    add_term(reader, paragraph, reader.take())
    return True


def reads_as_definition(paragraph: Paragraph) -> bool:
    opens_other = section_of(paragraph.text) or term_in(paragraph.text) or paragraph.text.endswith("?")
    return paragraph.shape == Shape.PARAGRAPH and not opens_other


def add_term(reader: Reader, heading: Paragraph, first: Paragraph) -> None:
    paragraphs, quotation = take_quotation(reader, first, conventional=True)
    doubt = "" if quotation else "The definition is not in quotation marks, or they are not closed."
    quotation = quotation or Quotation(first.text)
    emphasis, below = take_emphasis(reader)
    inline = EMPHASIS.fullmatch(quotation.locator)
    reader.add(
        Kind.TERM,
        heading,
        *paragraphs,
        *below,
        heading=heading.source.strip("#*_ "),
        blocks=[
            Block(Shape.PARAGRAPH, line.strip(), first.first_line)
            for line in quotation.text.split("\n")
            if line.strip()
        ],
        attribution=quotation.attribution,
        locator="" if inline else quotation.locator,
        emphasis=quotation.locator if inline else emphasis,
        doubt=doubt,
    )
    reader.section = Section.TERM


def take_emphasis(reader: Reader) -> tuple[str, list[Paragraph]]:
    note = reader.ahead()
    match = note and len(note.source) < 120 and EMPHASIS_LINE.fullmatch(note.source)
    if match and EMPHASIS.fullmatch(match["words"]):
        return match["words"], [reader.take()]
    return "", []


def read_term(reader: Reader, paragraph: Paragraph) -> None:
    """Read what follows a definition: its source, questions, or a note."""
    glossary = GLOSSARY.match(paragraph.text) if reader.glossary else None
    if reader.last_kind == Kind.TERM and paragraph.source.startswith(DASHES) and len(paragraph.source) < 100:
        add_source(reader, paragraph)
    elif reads_as_question(paragraph):
        reader.section = Section.QUESTIONS
        add_question(reader, paragraph)
    elif glossary:
        add_glossary_term(reader, paragraph, glossary)
    elif paragraph.shape != Shape.PARAGRAPH and not reader.glossary:
        reader.section = Section.QUESTIONS
        add_question(reader, paragraph, doubt="This list is taken for questions: it stands under no heading.")
    else:
        read_notes(reader, paragraph)


def add_source(reader: Reader, paragraph: Paragraph) -> None:
    """Add the source of the definition, on a line of its own below it."""
    reader.extend_last(paragraph, attribution=paragraph.source.strip("–— "))


def add_glossary_term(reader: Reader, paragraph: Paragraph, match: re.Match) -> None:
    words = paragraph.text[match.end() :]
    quotation = read_quotation(words) or Quotation(words)
    reader.add(
        Kind.TERM,
        paragraph,
        heading=bare_heading(match["term"]),
        blocks=[Block(Shape.PARAGRAPH, quotation.text, paragraph.first_line)],
        attribution=quotation.attribution,
        locator=quotation.locator,
    )
