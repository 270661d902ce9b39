"""Parse terms: a heading such as "What does … mean?", the definition below it, who added the emphasis."""

import re

from meetups.paste.blocks import Block, as_markdown
from meetups.paste.parser.book import names_term, read_notes
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import Section, bare_heading, section_of, term_in
from meetups.paste.parser.questions import add_question, reads_as_question
from meetups.paste.parser.quotations import Quotation, opens_only, read_quotation
from meetups.paste.parser.quotes import DASHES, take_quotation
from meetups.paste.pieces import Kind, Piece
from meetups.paste.rich_text import RichText

EMPHASIS = re.compile(
    r"(?:my |our )?(?:italics|emphas[ie]s)"
    r"(?: (?:mine|ours|theirs|his|hers|added(?: by [^()]{1,40})?|(?:in |is )?(?:the )?original))?",
    re.IGNORECASE,
)
GLOSSARY = re.compile(r"(?P<term>[^:–—.?!]{2,60}?)(?::|\s[–—-])\s+(?=\S)")
LOOSE = (Section.HEAD, Section.PROSE, Section.QUESTIONS)  # sections in which only a quoted definition makes a term
EMPHASIS_LINE = re.compile(r"\*?\s*[(\[]\s*(?P<words>[^()\[\]]{1,100}?)[\s.]*[)\]][*.]*")
UNMARKED_EMPHASIS = "“{}” is said, but no word of the definition is in italics: which words were?"


def term_heading(reader: Reader, block: Block) -> bool:
    """Take a heading with its definition; return False if there is no definition."""
    below = reader.ahead()
    if block.is_item or not term_in(block.text) or not below:
        return False
    quoted = read_quotation(below.text) or opens_only(below.text)
    if not quoted and (reader.section in LOOSE or not reads_as_definition(below)):
        return False
    add_term(reader, block, reader.take())
    return True


def reads_as_definition(block: Block) -> bool:
    opens_other = section_of(block.text) or term_in(block.text) or block.text.endswith("?")
    return block.is_paragraph and not opens_other


def add_term(reader: Reader, heading: Block, first: Block) -> None:
    run, whole, quotation = take_quotation(reader, first, conventional=True)
    doubt = "" if quotation else "The definition is not in quotation marks, or they are not closed."
    rich = whole.rich.find(quotation.text) if quotation else first.rich
    quotation = quotation or Quotation(first.text)
    emphasis, below = take_emphasis(reader)
    inline = EMPHASIS.fullmatch(quotation.place)
    piece = reader.add(
        Kind.TERM,
        heading,
        *run,
        *below,
        heading=heading.text.strip("#*_ "),
        text="",
        who=quotation.who,
        where="" if inline else quotation.place,
        why=quotation.place if inline else emphasis,
        doubt=doubt,
        evidence="a definition in quotation marks stands below it",
    )
    piece.text = as_markdown(Block(line) for line in lines_of(rich))
    ask_for_emphasis(piece)
    reader.section = Section.TERM


def lines_of(rich: RichText) -> list[RichText]:
    """Return the paragraphs of a text that has line breaks."""
    parts, start = [], 0
    for match in re.finditer(r"\n+|$", rich.text):
        part = rich.cut(start, match.start()).strip()
        start = match.end()
        if part.text:
            parts.append(part)
    return parts


def ask_for_emphasis(piece: Piece) -> None:
    """Doubt a note such as "Italics mine" where the text has none."""
    if piece.why and "original" not in piece.why.casefold() and not re.search(r"(?<!\\)[*_]", piece.text):
        piece.add_doubt(UNMARKED_EMPHASIS.format(piece.why))


def take_emphasis(reader: Reader) -> tuple[str, list[Block]]:
    note = reader.ahead()
    match = note and len(note.source) < 120 and EMPHASIS_LINE.fullmatch(note.source)
    if match and EMPHASIS.fullmatch(match["words"]):
        return match["words"], [reader.take()]
    return "", []


def read_term(reader: Reader, block: Block) -> None:
    """Read what follows a definition: its source, questions, or a note."""
    glossary = GLOSSARY.match(block.text) if reader.glossary else None
    if reader.last_kind == Kind.TERM and block.source.startswith(DASHES) and len(block.source) < 100 and not glossary:
        add_source(reader, block)
    elif reads_as_question(block):
        reader.section = Section.QUESTIONS
        add_question(reader, block, evidence="it asks, below a term")
    elif glossary:
        add_glossary_term(reader, block, glossary)
    elif reader.glossary and names_term(reader, block):
        add_term(reader, block, reader.take())
        reader.open_section(Section.TERM)
    elif block.is_item and not reader.glossary:
        reader.section = Section.QUESTIONS
        add_question(
            reader, block, doubt="This list is taken for questions: it stands under no heading.", likely=Kind.NOTE
        )
    else:
        read_notes(reader, block)


def add_source(reader: Reader, block: Block) -> None:
    """Add the source of the definition, on a line of its own below it."""
    reader.extend(reader.last, block, text="", who=block.text.strip("–—~- "))


def add_glossary_term(reader: Reader, block: Block, match: re.Match) -> None:
    words = block.rich.cut(match.end())
    quotation = read_quotation(words.text)
    rich = words.find(quotation.text) if quotation else words
    reader.add(
        Kind.TERM,
        block,
        heading=bare_heading(match["term"]),
        text="",
        who=quotation.who if quotation else "",
        where=quotation.place if quotation else "",
        evidence="it is a line of a glossary",
    ).text = rich.prose()
