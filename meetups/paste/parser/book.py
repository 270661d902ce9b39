"""Parse the part about the book: its title, who made it, notes under headings known and unknown."""

import re

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.bylines import POSTED_BY
from meetups.paste.parser.cursor import MAX_TITLE_LENGTH, Reader
from meetups.paste.parser.evidence import IS_ONE, NAMES, NEXT, is_hinted, is_said, judge_section, may_be_heading
from meetups.paste.parser.headings import Section, bare_heading, looks_like_heading, section_of
from meetups.paste.parser.labels import add_book_and_people, match_label
from meetups.paste.parser.names import is_name, read_people, split_title_and_people
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.parser.quotes import read_laid_out_quote, read_quote
from meetups.paste.pieces import Kind, Piece

AUTHOR_AND_TITLE = re.compile(r"(?P<by>[^,:“”„»«\"]{4,60})[,:]\s+(?P<title>[“„»«\"‘].{2,150})")
DEFINED = re.compile(r"\w(?::|\s[–—-])\s+\S")  # a term and its definition on one line
NO_PLACE = (Section.QUOTES, Section.READINGS, Section.AUTHOR, Section.RELATED, Section.NEXT)
MAX_LINES_BELOW = 40
MAX_TERM_WORDS = 4
ROMAN = re.compile(r"[IVX]{1,5}\.\s+(?=\S)")
MAX_NUMBER_LENGTH = 5
UNDER_HEADING = "it stands under the heading of a note"


def book_title(reader: Reader, block: Block) -> bool:
    """Take a short line right above a line of contributors, or the first one below a heading such as "The book"."""
    below = reader.ahead()
    if reader.has(Kind.BOOK) or not reader.has(Kind.TITLE) or reader.section in NO_PLACE or block.is_item:
        return False
    if reader.section == Section.SESSION and not reader.lists_notes:  # a note of one line, and the name below it
        return False
    if len(block.text) > MAX_TITLE_LENGTH or block.text.endswith((".", ",")) or match_label(block.text):
        return False
    if known_section(reader, block):
        return False
    if author_and_title(reader, block):
        return True
    credited = below and not below.is_item and read_people(below.text) and not is_byline(reader, below)
    announced = reader.section == Section.BOOK and not read_people(block.text)
    if credited or announced:
        made_by = announced and below is not None and bool(read_people(below.text, trusted=True))
        is_credited = bool(credited) or made_by
        evidence = "the line below it says who made it" if is_credited else ""
        doubt = "" if is_credited else f"“{block.text}” is taken for the book's title, without anybody who made it."
        title, credit = split_title_and_people(block.text) if not is_credited else (block.text, "")
        if not add_book_and_people(reader, block, title, credit, evidence="it stands under the heading of the book"):
            reader.add(Kind.BOOK, block, text=block.text, doubt=doubt, evidence=evidence)
        reader.section = Section.BOOK
    return bool(credited or announced)


def author_and_title(reader: Reader, block: Block) -> bool:
    """Take `Ilse Vogelreuther: »Das Haus«`: a name, and a title in quotation marks, on a line of their own."""
    match = AUTHOR_AND_TITLE.fullmatch(block.text)
    quotation = read_quotation(match["title"]) if match else None
    if not quotation or quotation.place or quotation.who or not is_name(match["by"]) or len(match["by"].split()) < 2:
        return False
    at = match.start("title")
    evidence = "it is a name with a title in quotation marks"
    reader.add(Kind.CONTRIBUTORS, block.part(0, at), text=f"by {match['by']}", evidence=evidence)
    reader.add(Kind.BOOK, block.part(at), text=quotation.text, evidence=evidence)
    reader.section = Section.BOOK
    return True


def is_byline(reader: Reader, block: Block) -> bool:
    """In the title block "By Anna Lee" names the author of the write-up, unless one is named already."""
    if reader.section != Section.HEAD or reader.has(Kind.POSTED_BY) or not POSTED_BY.match(block.source):
        return False
    above = reader.blocks[reader.position - 1] if reader.position else None
    return above is None or not is_title_case(above.text)


def is_title_case(text: str) -> bool:
    """Return whether the longer words are capitalised, as in the title of a book."""
    longer = [word for word in text.split() if len(word) > 3]
    return bool(longer) and all(word[0].isupper() for word in longer) and not text.endswith((".", "!", "?"))


def add_contributors(reader: Reader, block: Block) -> bool:
    """Add a line of people who made the book; return False if it is none. Below the title, names may look unusual."""
    is_below_title = reader.last_kind in {Kind.BOOK, Kind.CONTRIBUTORS}
    if not read_people(block.text, trusted=is_below_title):
        return False
    doubt = "" if read_people(block.text) else "These names look unusual: are they all people who made the book?"
    reader.add(Kind.CONTRIBUTORS, block, evidence="it stands below the book's title", doubt=doubt)
    return True


def read_book(reader: Reader, block: Block) -> None:
    if block.is_item or not add_contributors(reader, block):
        read_notes(reader, block)


def read_notes(reader: Reader, block: Block) -> None:
    """Add a block to the note above it, or start a note without a heading."""
    if block.layout == Layout.QUOTATION:
        read_laid_out_quote(reader, block)
        return
    quotation = read_quotation(block.text) if block.is_paragraph else None
    if quotation and quotation.place:
        read_quote(reader, block)
        return
    blocks = [block, *take_run(reader, block)]
    if reader.section in {Section.NOTES, Section.RATINGS} and reader.last_kind == Kind.NOTE:
        extend_note(reader, reader.last, blocks)
    elif reader.section in {Section.NOTES, Section.RATINGS}:
        reader.add(Kind.NOTE, *blocks, evidence="it stands among the notes")
    else:
        reader.section = Section.NOTES
        doubt = "This is taken for a note on the book: it stands under no heading."
        reader.add(Kind.NOTE, *blocks, doubt=doubt, likely=Kind.PROSE)


def extend_note(reader: Reader, note: Piece, blocks: list[Block]) -> None:
    """Add blocks to a note; a list goes on after its last item."""
    last_line = note.text.rpartition("\n")[2].lstrip()
    goes_on = blocks[0].is_item and (last_line.startswith("- ") != blocks[0].is_numbered) and is_item_line(last_line)
    reader.extend(note, *blocks, separator="\n" if goes_on else "\n\n")


def is_item_line(line: str) -> bool:
    number, dot, _ = line.partition(". ")
    return line.startswith("- ") or (bool(dot) and number.isdigit() and len(number) <= 3)


def take_run(reader: Reader, block: Block) -> list[Block]:
    """Take the further items of the list, or rows of the table, that the block starts."""
    if not (block.is_item or block.layout == Layout.ROW):
        return []
    run = []
    while (below := reader.ahead()) and below.layout == block.layout:
        if below.after_gap and is_numbered_heading(reader, below, reader.position):
            break
        run.append(reader.take())
    return run


def open_note(reader: Reader, block: Block, *, section: Section = Section.NOTES, **values) -> None:
    values = {"evidence": UNDER_HEADING} | values
    reader.add(Kind.NOTE, block, text="", heading=bare_heading(block.text), **values)
    reader.section = section
    reader.outdent(block)


def known_section(reader: Reader, block: Block, place: int | None = None) -> Section | None:
    is_item = block.is_item and not is_numbered_heading(reader, block, place)
    if is_item or block.layout in {Layout.ROW, Layout.QUOTATION}:
        return None
    return section_of(block.text)


def is_styled_heading(block: Block) -> bool:
    """Return whether the document lays the block out as a heading, or as a short bold line."""
    if block.layout == Layout.HEADING:
        return True
    numbering = ROMAN.match(block.text) if block.is_paragraph and block.after_gap else None
    if numbering and looks_like_heading(block.text[numbering.end() :]):
        return True
    is_short = len(block.text) <= 80 and len(block.text.split()) <= 10
    return block.is_bold and is_short and block.text[-1] not in '.?!…,;”"'


def is_numbered_heading(reader: Reader, block: Block, place: int | None = None) -> bool:
    """Return whether a numbered line is a heading, "2. Quotes", and no item of a list: another kind of line follows."""
    if (
        not block.is_numbered
        or block.level
        or len(block.mark) > MAX_NUMBER_LENGTH
        or not looks_like_heading(block.text)
    ):
        return False
    place = reader.position - 1 if place is None else place
    above = reader.blocks[place - 1] if place > 0 else None
    if above is not None and above.is_numbered and above.level == 0 and not is_part_number(above.mark):
        return False
    below = reader.blocks[place + 1] if place + 1 < len(reader.blocks) else None
    number = int(re.sub("[^0-9].*", "", block.mark.strip("(")) or 0)
    if reader.heading_number and number == reader.heading_number + 1:
        return below is not None
    if below is not None and below.is_item and below.level and not below.after_gap:
        return False
    goes_on = below is not None and below.is_numbered and below.level == 0 and not is_part_number(below.mark)
    return below is not None and (not goes_on or below.mark.strip("(.)") == "1")


def asks_as_heading(reader: Reader, block: Block) -> bool:
    """Return whether a short question is a heading, in a document that has several such headings."""
    return reader.has_question_headings and is_question_heading(block, reader.ahead())


def is_question_heading(block: Block, below: Block | None) -> bool:
    is_short = block.is_paragraph and block.after_gap and block.text.endswith("?") and len(block.text.split()) <= 9
    return is_short and below is not None and not below.text.endswith("?")


def is_part_number(mark: str) -> bool:
    return bool(re.fullmatch(r"[0-9]+\.[0-9]+[.)]?", mark))


def is_unknown_heading(block: Block) -> bool:
    typed = block.is_paragraph and block.after_gap and looks_like_heading(block.text.rstrip(":"))
    return is_styled_heading(block) or typed


def unknown_heading(reader: Reader, block: Block) -> bool:
    """Take a heading without a known word: what stands below it decides."""
    if not (reader.is_part or reader.has(Kind.TITLE)) or (block.is_item and not is_numbered_heading(reader, block)):
        return False
    is_styled = is_styled_heading(block) or is_numbered_heading(reader, block) or asks_as_heading(reader, block)
    if not (is_styled or may_be_heading(block)) or is_in_glossary(reader, block, is_styled=is_styled):
        return False
    if reader.last_kind in {Kind.BOOK, Kind.CONTRIBUTORS} and read_people(block.text, trusted=True):
        return False
    below = lines_below(reader)
    section = judge_section(block.text, below)
    if not section and (is_styled or block.after_gap) and NEXT.search(block.text) and below:
        add_prose_heading(reader, block, likely=Kind.LEFT_OUT)
        reader.open_section(Section.NEXT)
        reader.outdent(block)
        return True
    if section and opens_section(reader, block, section, is_styled=is_styled):
        doubt = f"“{block.text}” is taken for a heading of {NAMES[section]}, by what stands below it."
        reader.add(Kind.LABEL, block, text=block.text, doubt=doubt, likely=Kind.NOTE)
        reader.open_section(section, is_told=is_hinted(section, block.text))
        reader.outdent(block)
        return True
    if not (is_styled or is_unknown_heading(block)):
        return False
    return open_unknown_note(reader, block, below, is_styled=is_styled)


def add_prose_heading(reader: Reader, block: Block, **values) -> None:
    piece = reader.add(Kind.PROSE, block, **values)
    piece.text = f"## {block.rich.find(bare_heading(block.text)).without(strong=False).prose()}"


def opens_section(reader: Reader, block: Block, section: Section, *, is_styled: bool) -> bool:
    """Return whether a line may open this section here: a line among others of its kind is none of the headings."""
    if is_styled:
        return True
    is_free = reader.section in {Section.HEAD, Section.PROSE, Section.NOTES, Section.NEXT, Section.BOOK}
    if not (block.after_gap or (is_free and is_hinted(section, block.text))):
        return False
    return not IS_ONE[section](block) and reader.section != Section.RELATED


def open_unknown_note(reader: Reader, block: Block, below: list[Block], *, is_styled: bool) -> bool:
    has_list = reader.has_book and bool(below) and below[0].is_item and not below[0].after_gap
    if has_list and reader.section == Section.HEAD:
        reader.section = Section.PROSE
    if not is_styled and reader.section in {Section.HEAD, Section.AUTHOR, Section.RELATED, Section.READINGS}:
        return False
    if not is_styled and reader.section == Section.SESSION and not breaks_session(reader, below):
        return False
    if reader.section in {Section.HEAD, Section.PROSE, Section.NEXT} and not (
        has_list
        or (reader.has_named_book and is_styled)
        or (reader.has(Kind.BOOK) and below and ends_as_sentence(below[0]))
    ):
        return False
    if not below:
        doubt = f"“{block.text}” looks like a heading, and nothing stands under it; it is kept as prose."
        reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.LEFT_OUT)
        return True
    doubt = f"“{block.text}” is taken for the heading of a note."
    open_note(reader, block, evidence="", doubt=doubt, likely=Kind.PROSE)
    return True


def breaks_session(reader: Reader, below: list[Block]) -> bool:
    """Return whether the lines below are of another kind than the session notes above, which have a name each."""
    named = reader.last_kind == Kind.SESSION_NOTE and bool(reader.last.who)
    return named and bool(below) and not any(map(is_said, below)) and not below[0].after_gap


def is_in_glossary(reader: Reader, block: Block, *, is_styled: bool) -> bool:
    in_glossary = reader.glossary and reader.section == Section.TERM
    return in_glossary and not is_styled and (bool(DEFINED.search(block.text)) or names_term(reader, block))


def names_term(reader: Reader, block: Block) -> bool:
    """Return whether a word or two stand above their definition, in a glossary."""
    below = reader.ahead()
    is_short = block.is_paragraph and len(block.text.split()) <= MAX_TERM_WORDS and block.text[-1].isalnum()
    return is_short and below is not None and below.is_paragraph and len(below.text.split()) > MAX_TERM_WORDS


def ends_as_sentence(block: Block) -> bool:
    return block.is_item or block.text.endswith((".", "!", "?", "…"))


def lines_below(reader: Reader) -> list[Block]:
    below = []
    for place, block in enumerate(reader.upcoming(MAX_LINES_BELOW), start=reader.position):
        is_heading = is_styled_heading(block) or is_numbered_heading(reader, block, place)
        if is_heading or known_section(reader, block, place) or (below and is_unknown_heading(block)):
            break
        below.append(block)
    return below
