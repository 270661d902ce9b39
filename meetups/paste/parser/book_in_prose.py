"""Find the book that a sentence names: "We read *Slow Machines* by Hannah Okafor". It takes no words out of the text."""

import re
from collections.abc import Iterator

from meetups.paste.blocks import Block
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.names import is_name
from meetups.paste.pieces import Fact, Person

# The name behind a title: "*Slow Machines* by Hannah Okafor".
BY_NAME = re.compile(r",?\s+(?:by|von|par|por|di|door|van)\s+(?P<name>[^\s,.;:!?()]+(?:\s+[^\s,.;:!?()]+){1,4})")
TITLE_BY = re.compile(
    r"(?<!\w)[‘“\"'«„](?P<quoted>[^’”\"'»“]{2,80})[’”\"'»“](?=,?\s+by\s)"
    r"|\b(?:read|reading|discuss(?:ed|ing)?|book|novel|memoir|chose|choice|pick|talked\s+about|finished|tackled|was|is|about)[:,]?\s+"
    r"(?P<title>[A-Z0-9][\w’'-]*(?:[,:]?\s+(?:(?:of|the|a|an|in|and|to|for|on|with|from|at)\s+){0,2}[A-Z0-9][\w’'-]*){0,8})(?=,?\s+by\s)"
)
MAX_SEARCHED_LENGTH = 5_000


def find_book(reader: Reader, block: Block) -> None:
    """Add the first book that a sentence names, with its author, as doubted facts, unless the book is known."""
    if reader.has_book:
        return
    for title, name in [*books_in_italics(block), *books_in_words(block.text)]:
        doubt = f"“{title}” by {name} is taken for the book, from a sentence: is it?"
        reader.facts.append(Fact("book", title, block.first_line, doubt))
        reader.facts.append(Fact("contributors", (Person(name, "aut"),), block.first_line))
        return


def books_in_italics(block: Block) -> Iterator[tuple[str, str]]:
    position = 0
    for text, style in block.rich.runs:
        position += len(text)
        by = BY_NAME.match(block.text, position) if style.em and text.strip() else None
        if by and (name := longest_name(by["name"])):
            yield text.strip(), name


def books_in_words(text: str) -> Iterator[tuple[str, str]]:
    for match in TITLE_BY.finditer(text[:MAX_SEARCHED_LENGTH]):
        by = BY_NAME.match(text, match.end())
        if by and (name := longest_name(by["name"])):
            yield (match["quoted"] or match["title"]).strip(" ,"), name


def longest_name(text: str) -> str:
    words = text.split()
    names = [" ".join(words[:count]) for count in range(len(words), 1, -1)]
    return next((name for name in names if is_name(name) and name.split()[-1][0].isupper()), "")
