"""Parse quotes from the book, and further reading."""

import re

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.cursor import Reader, merge_blocks
from meetups.paste.parser.headings import Section, section_of, term_in
from meetups.paste.parser.names import is_known_person, is_name, split_author_and_title
from meetups.paste.parser.places import part_place, strict_place
from meetups.paste.parser.quotations import Quotation, opens_only, read_bracket, read_quotation, read_unmarked
from meetups.paste.pieces import Kind

LOOK_AHEAD = 40  # the most further blocks of one quotation
MAX_CREDIT_LENGTH = 100
BRACKET_BEHIND = re.compile(r"(?<=\S)\s+\((?P<name>[^()]{2,40})\)\.?$")
LED = re.compile(r"(?P<lead>[^:“”\"«»„?!.]{2,40}):\s+(?=[“\"«»„‘'])")
DASHES = ("–", "—", "-", "~")
ENDS = ("”", '"', "»", "“", "’", "'", "」", "』", "›", "‹", "«")
URL = re.compile(r"https?://[^\s()<>]*[^\s()<>.,;:!?]", re.IGNORECASE)
FEWEST_WORDS = 9  # of a sentence that is no title
MAX_LENGTHS = {"text": 200, "who": 160, "where": 200, "why": 300}
MADE_BY = re.compile(
    r"\s*\((?:eds?\.|edited by|trans\.|translated by|by|hg\.|hrsg\.)\s*(?P<by>[^()]{3,60})\)", re.IGNORECASE
)
BY_BEHIND = re.compile(r"(?P<title>[^,–—]{2,120}),\s+(?P<by>[^,–—()]{3,60}?)\.?(?:\s*[–—]\s*(?P<why>\S.*))?")
INVERTED = re.compile(r"(?P<by>[^\W\d_][\w’'-]+,\s(?:[A-Z]\.[\s-]?){1,3}),?\s+(?P<rest>\S.*)")
MAX_NAME_WORDS = 4
LEAD_WORD = re.compile(r"^(?:by|von|par|por|di|de|door|d[’'](?=\S))\s*")
ARTICLES = {"the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "los", "il", "het", "de", "o", "os"}
TITLE = re.compile(r"[^.,–—()]{2,120}(?=[.,–—(]|$)")
READING = re.compile(r"(?P<title>\S.*?)(?:,?\s+by\s+(?P<by>\S[^–—]{0,120}?))?(?:\s+[–—-]{1,2}\s+(?P<why>\S.*))?")


def take_quotation(
    reader: Reader, first: Block, *, conventional: bool = False
) -> tuple[list[Block], Block, Quotation | None]:
    """Take the blocks of the quotation that `first` starts. Return them, them as one, and the quotation, if it has an end.

    With `conventional`, each further paragraph may start with the mark again; in a list of quotes that is a new quote.
    """
    quotation = read_quotation(first.text)
    if quotation or not opens_only(first.text):
        return [first], first, quotation
    run, parts = [first], [first.rich]
    for block in reader.upcoming(LOOK_AHEAD):
        again = block.text[:1] == first.text[0]
        if ends_run(block, first) or (again and not conventional):
            break
        run.append(block)
        parts.append(block.rich.cut(1) if again else block.rich)
        whole = merge_blocks(run, parts)
        quotation = read_quotation(whole.text)
        if quotation:
            reader.position += len(run) - 1
            return run, whole, quotation
    return [first], first, None


def ends_run(block: Block, first: Block) -> bool:
    other = block.layout != first.layout and not (first.is_item and block.is_paragraph)
    return other or (block.is_item and bool(block.mark)) or bool(section_of(block.text) or term_in(block.text))


def read_quotes(reader: Reader, block: Block) -> None:
    if strict_place(block.text) and block.is_paragraph and not block.text.startswith(("(", *DASHES)):
        reader.place = block.text.rstrip(":")
        reader.leave_out(block, "the place of the quotes below it, which name it")
    elif is_remark(reader, block):
        doubt = "This stands among the quotes without quotation marks; it is kept as prose."
        reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.QUOTE)
    else:
        read_quote(reader, block)


def is_remark(reader: Reader, block: Block) -> bool:
    """Return whether a sentence without marks and without a place stands among quotes that have marks."""
    if not (
        block.is_paragraph
        and block.after_gap
        and reader.has_marked_quotes
        and block.text.endswith((".", "!", "?", ":"))
    ):
        return False
    is_quote = read_quotation(block.text) or opens_only(block.text) or read_unmarked(block.text).place
    return not is_quote and not is_credit(block, reader)


def read_quote(reader: Reader, block: Block) -> None:
    if reader.last_kind == Kind.QUOTE and is_credit(block, reader):
        add_credit(reader, block)
        return
    if block.layout == Layout.QUOTATION:
        read_laid_out_quote(reader, block)
        return
    if end := start_of_reader(block.text):
        read_quote(reader, block.part(0, end))
        doubt = f"“{block.text[end:].strip()}” behind a quote is left out: who read it is not who wrote it."
        reader.leave_out(block.part(end), "it stands behind a quote and its place", doubt=doubt, likely=Kind.PROSE)
        return
    run, whole, quotation = take_quotation(reader, block)
    if quotation:
        add_quote(reader, run, whole, quotation, evidence="it stands in quotation marks")
    elif opens_only(block.text):
        doubt = "The closing quotation mark is missing."
        add_quote(reader, run, whole, Quotation(block.text[1:].strip() or block.text), doubt=doubt)
    else:
        quotation = read_unmarked(block.text)
        doubt = "This is taken for a quote, though it is not wholly in quotation marks."
        add_quote(reader, run, whole, quotation, doubt=doubt, likely=Kind.PROSE)


def start_of_reader(text: str) -> int:
    """Return where "(Nessa)" starts behind `“…” p. 7 (Nessa)`, or 0."""
    match = BRACKET_BEHIND.search(text)
    quotation = read_quotation(text[: match.start()]) if match and is_name(match["name"]) else None
    return match.start() if quotation and quotation.place else 0


def read_laid_out_quote(reader: Reader, block: Block) -> None:
    """Take what the document lays out as a quotation: further lines of it, and a line with its source, belong to it."""
    is_below = not block.after_gap or block.text.startswith(DASHES)
    if reader.last_kind == Kind.QUOTE and is_below and is_credit(block, reader):
        add_credit(reader, block)
        return
    run = [block]
    is_whole = read_quotation(block.text) is not None
    while (
        not is_whole
        and (below := reader.ahead())
        and below.layout == Layout.QUOTATION
        and (not below.after_gap or goes_on_as_verse(below, run[-1]))
        and not is_credit(below, reader)
    ):
        run.append(reader.take())
    whole = merge_blocks(run)
    marked = read_quotation(whole.text)
    quotation = marked or read_unmarked(whole.text)
    is_credited = bool(quotation.place or quotation.who) or (reader.ahead() and is_credit(reader.ahead(), reader))
    is_sure = marked or is_credited or reader.section == Section.QUOTES
    doubt = "" if is_sure else "This is laid out as a quotation: is it from the book?"
    likely = None if is_sure else Kind.PROSE
    add_quote(reader, run, whole, quotation, evidence="it is laid out as a quotation", doubt=doubt, likely=likely)


def led_quote(reader: Reader, block: Block) -> bool:
    """Take "Best line: “…” (p. 3)" or "Doris: “…” p. 41": a quotation with its place behind a few words."""
    lead = LED.match(block.text) if block.layout != Layout.ROW else None
    if not lead or reader.section == Section.SESSION or strict_place(lead["lead"], bare=True):
        return False
    quotation = read_quotation(block.text[lead.end() :])
    if not quotation or quotation.who or not (quotation.place or reader.section == Section.QUOTES):
        return False
    words, whole = block.part(0, lead.end()), block.part(lead.end())
    doubt = f"“{lead['lead']}” in front of a quote is left out."
    reader.leave_out(words, "it stands in front of a quote", doubt=doubt, likely=Kind.PROSE)
    add_quote(reader, [whole], whole, quotation, evidence="it stands in quotation marks")
    return True


def quote_row(reader: Reader, block: Block) -> bool:
    """Take a row of a table that has a quotation and its page, or the row of headings above such rows."""
    if block.layout != Layout.ROW:
        return False
    quotation, place = read_quote_row(block)
    below = reader.ahead()
    if quotation:
        add_quote(reader, [block], block, Quotation(quotation.text, place), evidence="it stands in quotation marks")
        return True
    is_above_quotes = below is not None and below.layout == Layout.ROW and read_quote_row(below)[0] is not None
    if is_above_quotes and reader.last_kind != Kind.QUOTE:
        reader.add(Kind.LABEL, block, text=block.text, evidence="it stands above the quotes of a table")
        return True
    return False


def read_quote_row(block: Block) -> tuple[Quotation | None, str]:
    quotations = [one for cell in block.cells if (one := read_quotation(cell.text))]
    places = [cell.text for cell in block.cells if strict_place(cell.text, bare=True)]
    is_one = len(quotations) == 1 and len(quotations) + len(places) == len([cell for cell in block.cells if cell.text])
    return (quotations[0], places[0] if places else quotations[0].place) if is_one else (None, "")


def goes_on_as_verse(block: Block, last: Block) -> bool:
    """Return whether a stanza goes on below a gap: in lower case, and the line above ended no sentence."""
    return block.text[:1].islower() and not last.text.endswith((".", "!", "?", "…", "”", '"'))


def add_quote(reader: Reader, run: list[Block], whole: Block, quotation: Quotation, **values) -> None:
    rich = whole.rich.find(quotation.text)
    if rich.is_all("em"):  # a habit of layout, not an emphasis
        rich = rich.without(em=False)
    if reader.section == Section.QUOTES and not (reader.is_told or quotation.place):
        values["doubt"] = (
            values.get("doubt") or "Nothing tells whether this is from the book, or somebody of the club said it."
        )
        values["likely"] = values.get("likely") or Kind.SESSION_NOTE
    if rich.text.startswith(ENDS) or rich.text.endswith(ENDS):
        values["doubt"] = values.get("doubt") or "Quotation marks are still at one of its ends."
    piece = reader.add(
        Kind.QUOTE,
        *run,
        text="",
        where=quotation.place or ("" if quotation.who else reader.place),
        who=quotation.who,
        **values,
    )
    piece.text = rich.line()
    reader.has_marked_quotes = reader.has_marked_quotes or bool(values.get("evidence"))


def is_credit(block: Block, reader: Reader) -> bool:
    """Return whether it is the credit line of the quote above: "– Anna Lee", "(Chapter 20)", "Anna Lee, p. 3"."""
    text = block.text
    if len(block.source) > MAX_CREDIT_LENGTH or not text:
        return False
    bracketed = text[0] in "([" and text[-1] in ")]" and not read_quotation(text[1:-1])
    dashed = (text.startswith(DASHES) or block.mark in DASHES) and not read_quotation(text.lstrip("–—-~ "))
    if block.is_item and dashed:  # "- Anna Lee, p. 3", but not "- A quote in a list"
        who, place = part_place(text.strip("()[] "), bare=True)
        dashed = is_name(who) if who else bool(place)
    bare = not block.after_gap and not block.is_item and strict_place(text, bare=True)
    who, place = part_place(text)
    is_source = bool(place) and not who.endswith((".", "!", "?", "…", *ENDS))
    laid_out = block.layout == Layout.QUOTATION and (strict_place(text) or (not block.after_gap and is_source))
    return bracketed or dashed or bare or laid_out or (is_name_credit(block) and not (reader.last and reader.last.who))


def is_name_credit(block: Block | None) -> bool:
    """Return whether a short line is a writer's name, perhaps with where: "Dilys Amory, 'Lodgers'"."""
    if (
        block is None
        or not (block.is_paragraph or block.mark in DASHES)
        or len(block.text) > MAX_CREDIT_LENGTH
        or block.text.endswith((".", "!", "?", ":"))
    ):
        return False
    name = re.split(r",\s+|\s+\(", block.text.lstrip("–—-~ "), maxsplit=1)[0]
    return is_name(name) and 2 <= len(name.split()) <= 4


def add_credit(reader: Reader, block: Block) -> None:
    bare, quote = block.text.strip("–—~-()[] \t\xa0"), reader.last
    who, where = read_bracket(bare) if block.text[0] in "([" else part_place(bare, bare=True)
    if who and not where and is_name_credit(block):
        who, _, where = (part.strip() for part in bare.partition(","))
    inherited = quote.where and quote.where == reader.place
    if not bare or (who and quote.who) or (where and quote.where and not inherited):
        doubt = "The quote above has a source already."
        reader.leave_out(block, "a second source for one quote", doubt=doubt)
    else:
        reader.extend(quote, block, text="", who=quote.who or who, where=where or quote.where)


def read_readings(reader: Reader, block: Block) -> None:
    values = part_reading(block.text)
    is_sentence = block.is_paragraph and block.text.endswith((".", "!")) and len(block.text.split()) >= FEWEST_WORDS
    if is_sentence and not (values.get("who") or values.get("where") or values.get("why")):
        doubt = "This stands among the readings and reads as a sentence; it is kept as prose."
        reader.add(Kind.PROSE, block, doubt=doubt, likely=Kind.READING)
        return
    if all(len(values.get(name, "")) <= most for name, most in MAX_LENGTHS.items()):
        reader.add(Kind.READING, block, **values, evidence="it stands under the heading of further reading")
    else:
        doubt = "This is too long to be a title with a reason; it is taken for a note."
        reader.add(Kind.NOTE, block, doubt=doubt, likely=Kind.PROSE)


def puts_title_first(title: str, name: str) -> bool:
    """Return whether `Common Ground, Rosalind Achebe` has the title first: by first names, else by the shape of a name."""
    if is_known_person(title):
        return False
    is_shaped = 2 <= len(name.split()) <= 3 and is_name(name) and name.split()[0].casefold() not in ARTICLES
    return is_known_person(name) or is_shaped


def part_reading(text: str) -> dict[str, str]:
    """Split a line such as `Title, by Anna Lee – why` into the fields of a Piece."""
    made_by = MADE_BY.search(text)
    if made_by and is_name(made_by["by"]):
        rest = part_reading(f"{text[: made_by.start()]}{text[made_by.end() :]}")
        return rest | {"who": rest.get("who") or made_by["by"]}
    inverted = INVERTED.match(text)
    if inverted and (title := TITLE.match(inverted["rest"])):
        why = inverted["rest"][title.end() :].strip(" .,–—-")
        return {"text": title[0].strip(), "who": inverted["by"].strip(), "why": why}
    url = URL.search(text)
    if url:
        before, after = text[: url.start()].strip(" (<,–—-"), text[url.end() :].strip(" )>–—-")
        return {"text": before, "where": url[0], "why": after}
    behind = BY_BEHIND.fullmatch(text)
    name = LEAD_WORD.sub("", behind["by"], count=1).strip() if behind else ""
    if behind and puts_title_first(behind["title"], name):
        return {"text": behind["title"], "who": name, "why": behind["why"] or ""}
    author, rest = split_author_and_title(text)
    if author and (title := TITLE.match(rest)):
        return {"text": title[0].strip(), "who": author, "why": rest[title.end() :].strip(" .,–—-")}
    match = READING.fullmatch(text[: sum(MAX_LENGTHS.values())])
    if not match or match.end() < len(text):
        return {"text": text}
    who, why = match["by"] or "", match["why"] or ""
    if not who and is_known_person(why) and len(why.split()) <= MAX_NAME_WORDS:
        who, why = why, ""
    return {"text": match["title"], "who": who, "why": why}
