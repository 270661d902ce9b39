"""Judge which section an unknown heading opens: by what the lines below it are, and by single words of the heading."""

import re
from itertools import takewhile

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.headings import Section, is_symbol
from meetups.paste.parser.names import is_first_name, is_known_person
from meetups.paste.parser.places import strict_place
from meetups.paste.parser.questions import reads_as_question
from meetups.paste.parser.quotations import opens_only, read_quotation, read_unmarked
from meetups.paste.parser.quotes import LED, part_reading, start_of_reader
from meetups.paste.parser.speakers import read_said

MAX_LENGTH, MAX_WORDS = 80, 12  # of a heading
MAX_ITEM_LENGTH = 400  # of a question, a reading, a definition
FEWEST_WORDS = 4  # of a quote without quotation marks
SHARE, HINTED_SHARE = 0.75, 0.5  # of the lines below; with a word of the heading that says so
# Beginnings of words that name a section, in seven languages. A hint only: the lines below have to agree.
HINTS = {
    Section.QUESTIONS: (
        "question ask wonder discuss debat argu ponder parked prompt unanswered puzzl talk think frag diskut gestritten offen pregunt domand vrag "
        "pergunt quest discut réfl relanc aberta aperte left"
    ),
    Section.QUOTES: (
        "quot line sentence passage phrase extract excerpt underlin highlight words bits read marked kept stayed page zitat satz sätz stelle citat "
        "citaz cita citaç frase fras trecho extrait subray zinnen mots parole angestrichen best favourite favorite"
    ),
    Section.READINGS: (
        "read book title like more try recommend further mention shelf also listen watch lire lectur livre leer libro lesen lekt legg lett libri lezen "
        "boek ler livro source reference"
    ),
    Section.SESSION: (
        "said say saying told tell voice comment heard chat table round reaction remark stimm wort tour parole entendu voces dijo dicho mesa voci tavolo gezegd "
        "disse mesa people members cup floor thought opinion"
    ),
    Section.TERM: "gloss word term defin vocab begriff wört wort lexi mots parole palabra woord palavra meaning jargon",
}
HINT = {section: re.compile(rf"\b(?:{'|'.join(words.split())})", re.IGNORECASE) for section, words in HINTS.items()}
NAMES = {
    Section.QUESTIONS: "questions",
    Section.QUOTES: "quotes",
    Section.READINGS: "further reading",
    Section.SESSION: "session notes",
    Section.TERM: "terms",
}
NEXT = re.compile(r"\b(?:next|upcoming|n[aä]chst|prochain|próxim|prossim|volgend)", re.IGNORECASE)
DEFINITION = re.compile(r"[^:–—.?!]{2,40}?(?:\s+\([^()]{1,30}\))?(?::|\s[–—-])\s+(?=[^\s\"“«„])")
ASKS = re.compile(r"[?？؟;](?<!;)[\"”»’)]*(?:\s*\([^()]{1,80}\)|\s+[–—-]\s+\w+)?\.?$")


def may_be_heading(block: Block) -> bool:
    """Return whether the words could be a heading: short, and no sentence, quotation or list item."""
    text = block.text
    is_short = 0 < len(text) <= MAX_LENGTH and len(text.split()) <= MAX_WORDS
    if not is_short or block.layout in {Layout.ROW, Layout.QUOTATION, Layout.CAPTION}:
        return False
    if text.endswith(":") and "," in text:
        return False
    is_open = not text.endswith((".", "!", ",", ";")) or text.endswith("...")
    return (
        is_open
        and (text[0].isalnum() or text[0] in "¿¡#" or is_symbol(text[0]))
        and not read_quotation(text)
        and not LED.match(text)
    )


def is_hinted(section: Section, heading: str) -> bool:
    return bool(HINT[section].search(heading))


def judge_section(heading: str, below: list[Block]) -> Section | None:
    """Return the section that the lines below the heading make, if they agree on one."""
    level = min((block.level for block in below if block.is_item), default=0)
    main = [
        block
        for block in first_run(below)
        if not (block.is_item and block.level > level) and not is_short_credit(block)
    ]
    if not main:
        return None
    judged = [section_for(section, is_one, heading, main) for section, is_one in KINDS]
    return next((section for section in judged if section), None)


def first_run(below: list[Block]) -> list[Block]:
    """Return the list, or the lines without a gap, right below the heading; or all where each line has a gap."""
    if not below:
        return []
    if below[0].is_item:
        return list(takewhile(lambda block: block.is_item, below))
    lines = list(takewhile(lambda block: not block.after_gap, below[1:]))
    return [below[0], *lines] if lines else below


def has_questions(below: list[Block]) -> bool:
    return any(
        "?" in block.text or reads_as_question(block) or block.layout == Layout.QUOTATION for block in first_run(below)
    )


def section_for(section, is_one, heading, main) -> Section | None:
    share = sum(map(is_one, main)) / len(main)
    hinted = is_hinted(section, heading)
    if not is_one(main[0]) or (section == Section.TERM and names_people(main)):
        return None
    if section in NEED_HINT and not hinted:
        is_list = section == Section.READINGS and len(main) > 1 and all(map(credits_a_person, main))
        return section if is_list else None
    is_enough = len(main) > 1 or (hinted and section not in NEED_LINES)
    return section if is_enough and share >= (HINTED_SHARE if hinted else SHARE) else None


def is_short_credit(block: Block) -> bool:
    return not block.after_gap and (strict_place(block.text, bare=True) or block.text.startswith(("–", "—")))


def asks(block: Block) -> bool:
    text = block.text
    return len(text) <= MAX_ITEM_LENGTH and (bool(ASKS.search(text[-120:])) or reads_as_question(block))


def is_quote(block: Block) -> bool:
    text = block.text
    return (
        block.layout == Layout.QUOTATION
        or bool(read_quotation(text))
        or opens_only(text)
        or start_of_reader(text) > 0
        or (len(text.split()) > FEWEST_WORDS and bool(read_unmarked(text).place))
    )


def is_said(block: Block) -> bool:
    return bool(read_said(block, is_listed=True).name)


def is_said_in_quotes(block: Block) -> bool:
    """Return whether a quotation has a first name behind it and no page: somebody of the club said it."""
    quotation = read_quotation(block.text)
    return bool(quotation) and bool(quotation.who) and not quotation.place and len(quotation.who.split()) <= 2


def is_reading(block: Block) -> bool:
    values = part_reading(block.text) if len(block.text) <= MAX_ITEM_LENGTH else {}
    return bool(values.get("who") or values.get("where")) and not block.text.endswith("?")


def credits_a_person(block: Block) -> bool:
    values = part_reading(block.text) if len(block.text) <= MAX_ITEM_LENGTH else {}
    return is_known_person(values.get("who", "")) and not read_quotation(block.text)


def names_people(lines: list[Block]) -> bool:
    """Return whether what stands in front of the colons are first names."""
    return sum(
        is_first_name(DEFINITION.match(line.text)[0].split()[0].rstrip(":")) for line in lines if defines(line)
    ) * 2 > len(lines)


def defines(block: Block) -> bool:
    return len(block.text) <= MAX_ITEM_LENGTH and bool(DEFINITION.match(block.text))


KINDS = (
    (Section.QUESTIONS, asks),
    (Section.SESSION, is_said_in_quotes),
    (Section.TERM, defines),
    (Section.QUOTES, is_quote),
    (Section.READINGS, is_reading),
    (Section.SESSION, is_said),
)
IS_ONE = {
    Section.QUESTIONS: asks,
    Section.QUOTES: is_quote,
    Section.SESSION: is_said,
    Section.READINGS: is_reading,
    Section.TERM: defines,
}
NEED_LINES = {Section.SESSION, Section.READINGS}  # a single line is none
NEED_HINT = {Section.READINGS, Section.TERM}
