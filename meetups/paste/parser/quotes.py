"""Parse quotes from the book, and further reading."""

import re

from meetups.paste.parser.book import open_note
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import looks_like_heading, section_of, term_in
from meetups.paste.parser.lines import DASHES, Paragraph
from meetups.paste.parser.pieces import Kind, Shape
from meetups.paste.parser.quotations import Quotation, opens_only, part_locator, read_quotation

LOOK_AHEAD = 12  # the most further paragraphs of one quotation
MAX_CREDIT_LENGTH = 100
URL = re.compile(r"https?://[^\s()<>]*[^\s()<>.,;:!?]", re.IGNORECASE)
MAX_LENGTHS = {"text": 200, "attribution": 160, "url": 200, "why": 300}
READING = re.compile(r"(?P<title>\S.*?)(?:,?\s+by\s+(?P<by>\S[^–—]{0,120}?))?(?:\s+[–—-]{1,2}\s+(?P<why>\S.*))?")


def take_quotation(
    reader: Reader, first: Paragraph, *, conventional: bool = False
) -> tuple[list[Paragraph], Quotation | None]:
    """Take the paragraphs of the quotation that `first` starts; the quotation is None if it has no start or end.

    With `conventional`, each further paragraph may start with the mark again; in a list of quotes that is a new quote.
    """
    quotation = read_quotation(first.text)
    if quotation or not opens_only(first.text):
        return [first], quotation
    run, text = [first], first.text
    for paragraph in reader.upcoming(LOOK_AHEAD):
        again = paragraph.text[0:1] == first.text[0]
        if ends_run(paragraph) or (again and not conventional):
            break
        run.append(paragraph)
        text += ("\n\n" if paragraph.after_gap else "\n") + (paragraph.text[1:] if again else paragraph.text)
        quotation = read_quotation(text)
        if quotation:
            reader.skip(len(run) - 1)
            return run, quotation
    return [first], None


def ends_run(paragraph: Paragraph) -> bool:
    return paragraph.shape != Shape.PARAGRAPH or bool(section_of(paragraph.text) or term_in(paragraph.text))


def read_quotes(reader: Reader, paragraph: Paragraph) -> None:
    if reader.has(Kind.QUOTE) and paragraph.after_gap and looks_like_heading(paragraph.text):
        open_note(reader, paragraph, doubt=f"“{paragraph.text}” is taken for the heading of a note.")
    else:
        read_quote(reader, paragraph)


def read_quote(reader: Reader, paragraph: Paragraph) -> None:
    if reader.last_kind == Kind.QUOTE and is_credit(paragraph):
        add_credit(reader, paragraph)
        return
    paragraphs, quotation = take_quotation(reader, paragraph)
    if quotation:
        reader.add(
            Kind.QUOTE,
            *paragraphs,
            text=quotation.text,
            locator=quotation.locator,
            attribution=quotation.attribution,
        )
    elif opens_only(paragraph.text):
        doubt = "The closing quotation mark is missing."
        reader.add(Kind.QUOTE, paragraph, text=paragraph.text[1:].strip() or paragraph.text, doubt=doubt)
    else:
        doubt = "This is taken for a quote, though it is not wholly in quotation marks."
        reader.add(Kind.QUOTE, paragraph, text=paragraph.text, doubt=doubt)


def is_credit(paragraph: Paragraph) -> bool:
    """Return whether it is the credit line of the quote above: "– Anna Lee", "(Chapter 20)"."""
    bracketed = paragraph.text.startswith("(") and paragraph.text.endswith(")")
    dashed = paragraph.source.startswith(DASHES) and not read_quotation(paragraph.text)
    return len(paragraph.source) <= MAX_CREDIT_LENGTH and (bracketed or dashed)


def add_credit(reader: Reader, paragraph: Paragraph) -> None:
    bare, quote = paragraph.text.strip("–—() \t\xa0"), reader.last
    who, where = ("", bare) if paragraph.text.startswith("(") else part_locator(bare)
    if not bare or (who and quote.attribution) or (where and quote.locator):
        reader.leave_out(paragraph, "a second source for one quote", doubt="The quote above has a source already.")
    else:
        reader.extend_last(paragraph, attribution=quote.attribution or who, locator=quote.locator or where)


def read_readings(reader: Reader, paragraph: Paragraph) -> None:
    values = part_reading(paragraph.text)
    if all(len(values.get(name, "")) <= most for name, most in MAX_LENGTHS.items()):
        reader.add(Kind.READING, paragraph, **values)
    else:
        reader.add_block(
            Kind.NOTE, paragraph, doubt="This is too long to be a title with a reason; it is taken for a note."
        )


def part_reading(text: str) -> dict[str, str]:
    """Split a line such as `Title, by Anna Lee – why` into the fields of a Piece."""
    url = URL.search(text)
    if url:
        before, after = text[: url.start()].strip(" (<,–—-"), text[url.end() :].strip(" )>–—-")
        return {"text": before, "url": url[0], "why": after}
    match = READING.fullmatch(text[: sum(MAX_LENGTHS.values())])
    if not match or match.end() < len(text):
        return {"text": text}
    return {"text": match["title"], "attribution": match["by"] or "", "why": match["why"] or ""}
