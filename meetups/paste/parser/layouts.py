"""Bring the layouts of other programs into one before parsing: callouts, outlines, and lists within a paragraph."""

import re
from collections.abc import Iterator
from dataclasses import replace

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.bylines import POSTED_BY
from meetups.paste.parser.cursor import merge_blocks
from meetups.paste.parser.evidence import is_hinted
from meetups.paste.parser.headings import Section, section_of
from meetups.paste.parser.labels import match_label
from meetups.paste.parser.names import is_known_person
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.text_reader import with_typed_marks

CALLOUT = re.compile(r"(?P<mark>\[!(?P<kind>[\w-]{1,30})\][+-]?)\s*(?P<title>.*)")
QUOTES = {"quote", "cite"}
OUTLINE_SHARE = 0.75  # of the blocks are list items
MAX_HEADING_WORDS = 9
LEAD = re.compile(r"(?:^|(?<=[.!?)”\"»]\s))(?=(?P<lead>[^\W\d_][^\s:]*(?:\s+[^\s:.;,]+){0,4}):\s+\S)")
SIGNED = re.compile(r"[.!]\s+(?=[A-Z][a-z]+(?:\s[a-z]+)?\sby\s)")
MAX_LENGTH, MAX_BYLINE_LENGTH = 5_000, 160
FEWEST_PARTS = 2


def with_plain_layouts(blocks: list[Block]) -> list[Block]:
    blocks = part_outline(list(part_callouts(blocks)))
    for form in (part_bylines, part_labels, part_list):
        blocks = [part for block in blocks for part in form(block)]
    return blocks


def part_callouts(blocks: list[Block]) -> Iterator[Block]:
    """Turn "> [!question] Left hanging" into a heading with its text, and "> [!quote] p. 3" into a quotation."""
    place = 0
    while place < len(blocks):
        block = blocks[place]
        place += 1
        match = CALLOUT.match(block.text) if block.layout == Layout.QUOTATION else None
        if not match:
            yield block
            continue
        yield replace(block.part(0, match.end("mark")), layout=Layout.PARAGRAPH, is_typed=False)
        title = block.part(match.start("title")) if match["title"] else None
        run = []
        while place < len(blocks) and belongs_to_callout(blocks[place], run):
            run.append(blocks[place])
            place += 1
        if match["kind"].casefold() in QUOTES:
            if title and run:
                yield merge_blocks([title, run[0]])
                yield from run[1:]
            else:
                yield from [title, *run] if title else run
            continue
        if title:
            yield replace(title, layout=Layout.HEADING, level=3)
        yield from with_typed_marks(
            [replace(one, layout=Layout.PARAGRAPH) if one.layout == Layout.QUOTATION else one for one in run]
        )


def belongs_to_callout(block: Block, run: list[Block]) -> bool:
    if block.layout == Layout.QUOTATION:
        return not CALLOUT.match(block.text)
    return block.is_item and not block.is_typed and (not run or run[-1].is_item)


def part_outline(blocks: list[Block]) -> list[Block]:
    """Turn the outer points of a document that is one nested list into headings and paragraphs."""
    body = blocks[1:]
    items = [block for block in body if block.is_item]
    nested = [block for block in items if block.level]
    is_numbered = any(block.is_numbered for block in items if not block.level)
    if is_numbered or len(nested) < len(items) / 3 or len(items) < OUTLINE_SHARE * len(body) or len(items) < 6:
        return blocks
    found = blocks[:1]
    for block, below in zip(body, [*body[1:], None], strict=True):
        has_points = below is not None and below.is_item and below.level > 0
        if not block.is_item:
            found.append(block)
        elif block.level:
            found.append(replace(block, level=block.level - 1))
        elif has_points and len(block.text.split()) <= MAX_HEADING_WORDS:
            found.append(replace(block, layout=Layout.HEADING, level=2, after_gap=True))
        else:
            found.append(replace(block, layout=Layout.PARAGRAPH, level=0, after_gap=True))
    return found


def part_bylines(block: Block) -> list[Block]:
    """Part "Recorded on Thursday. Typed by Hollis Farmer." before the sentence that says who wrote it."""
    match = SIGNED.search(block.text) if block.is_paragraph and len(block.text) <= MAX_BYLINE_LENGTH else None
    lead = match and POSTED_BY.match(block.text[match.end() :])
    name = lead and block.text[match.end() + lead.end() :].rstrip(". ")
    return [block.part(0, match.end()), block.part(match.end())] if lead and is_known_person(name) else [block]


def part_labels(block: Block) -> list[Block]:
    """Part a paragraph with several labels: "Present: 6. Book: Sister Ocean. Questions: Is it real?"."""
    if not block.is_paragraph or block.text.count(": ") < FEWEST_PARTS or len(block.text) > MAX_LENGTH:
        return [block]
    starts = [match.start() for match in LEAD.finditer(block.text) if is_label(match["lead"])]
    if len(starts) < FEWEST_PARTS:
        return [block]
    return part_at(block, [0, *(start for start in starts if start)])


def is_label(lead: str) -> bool:
    return bool(match_label(f"{lead}: ") or section_of(lead))


def part_list(block: Block) -> list[Block]:
    """Part a lead from the questions or quotations behind it: "Quotes: “…” (p. 3); “…” (p. 4)"."""
    lead = LEAD.match(block.text) if block.is_paragraph and len(block.text) <= MAX_LENGTH else None
    if not lead:
        return [block]
    start = lead.end("lead") + 1
    rest = block.text[start:]
    for between, is_one, sections in LISTS:
        starts = [0, *(match.end() for match in between.finditer(rest))]
        parts = [rest[at:end].strip(" ;,") for at, end in zip(starts, [*starts[1:], None], strict=True)]
        is_list = len(parts) >= FEWEST_PARTS and all(map(is_one, parts))
        if is_list and any(is_hinted(section, lead["lead"]) for section in sections):
            return part_at(block, [0, *(start + at for at in starts)])
    return [block]


def is_quoted(text: str) -> bool:
    return read_quotation(text) is not None


def is_question(text: str) -> bool:
    return text.endswith(("?", "?”", '?"', "?)", "?»"))


LISTS = (
    (re.compile(r"[;,.)”\"»]\s+(?=[“\"«„])"), is_quoted, (Section.QUOTES, Section.SESSION)),
    (re.compile(r"\?[”\"»)]*\s+(?=\S)"), is_question, (Section.QUESTIONS,)),
)


def part_at(block: Block, starts: list[int]) -> list[Block]:
    ends = [*starts[1:], None]
    parts = [block.part(start, end) for start, end in zip(starts, ends, strict=True)]
    return [replace(part, after_gap=True) if number else part for number, part in enumerate(parts)]
