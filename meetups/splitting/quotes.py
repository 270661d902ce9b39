"""Quotes from the book, and what to read next."""

import re

from .book import open_note
from .headings import looks_like_heading, section_of, term_in
from .lines import DASHES, Paragraph
from .pieces import Kind, Shape
from .quotations import Quotation, opens_only, part_locator, read_quotation
from .reader import Reader

LOOK_AHEAD = 12  # paragraphs that one quotation may run on
LONGEST_CREDIT = 100
URL = re.compile(r"https?://[^\s()<>]*[^\s()<>.,;:!?]", re.IGNORECASE)
MOST = {"text": 200, "attribution": 160, "url": 200, "why": 300}
READING = re.compile(r"(?P<title>\S.*?)(?:,?\s+by\s+(?P<by>\S[^–—]{0,120}?))?(?:\s+[–—-]{1,2}\s+(?P<why>\S.*))?")


def take_quotation(
    reader: Reader, first: Paragraph, *, conventional: bool = False
) -> tuple[list[Paragraph], Quotation | None]:
    """The paragraphs of the quotation that `first` opens, and the quotation: None if there is none, or no end to it.

    By convention each paragraph of a long quotation opens with the mark again; in a row of quotes that is the next one.
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
    """A line below a quote that says where it stands: "– Anna Lee", "(Chapter 20)"."""
    bracketed = paragraph.text.startswith("(") and paragraph.text.endswith(")")
    dashed = paragraph.source.startswith(DASHES) and not read_quotation(paragraph.text)
    return len(paragraph.source) <= LONGEST_CREDIT and (bracketed or dashed)


def add_credit(reader: Reader, paragraph: Paragraph) -> None:
    bare, quote = paragraph.text.strip("–—() \t\xa0"), reader.last
    who, where = ("", bare) if paragraph.text.startswith("(") else part_locator(bare)
    if not bare or (who and quote.attribution) or (where and quote.locator):
        reader.leave_out(paragraph, "a second source for one quote", doubt="The quote above has a source already.")
    else:
        reader.extend_last(paragraph, attribution=quote.attribution or who, locator=quote.locator or where)


def read_readings(reader: Reader, paragraph: Paragraph) -> None:
    values = part_reading(paragraph.text)
    if all(len(values.get(name, "")) <= most for name, most in MOST.items()):
        reader.add(Kind.READING, paragraph, **values)
    else:
        reader.add_block(
            Kind.NOTE, paragraph, doubt="This is too long to be a title with a reason; it is taken for a note."
        )


def part_reading(text: str) -> dict[str, str]:
    """Address, title, writer and reason of a line such as `Title, by Anna Lee – why`, by the names of a piece."""
    url = URL.search(text)
    if url:
        before, after = text[: url.start()].strip(" (<,–—-"), text[url.end() :].strip(" )>–—-")
        return {"text": before, "url": url[0], "why": after}
    match = READING.fullmatch(text[: sum(MOST.values())])
    if not match or match.end() < len(text):
        return {"text": text}
    return {"text": match["title"], "attribution": match["by"] or "", "why": match["why"] or ""}
