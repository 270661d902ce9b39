"""Compare the words of a pasted document with those of its pieces."""

import random
import re
from collections import Counter
from functools import cache

from meetups.paste.blocks import Document, only_letters
from meetups.paste.parser import split_document
from meetups.paste.parser.bylines import BEFORE_DATE, POSTED_BY
from meetups.paste.parser.closing_sections import EMAIL, PHONE, SIGNED
from meetups.paste.parser.headings import NUMBERING, strip_symbols
from meetups.paste.parser.labels import LABEL
from meetups.paste.pieces import Kind
from meetups.paste.sources import Unreadable
from meetups.paste.text_reader import MARK
from meetups.paste.upload import read_file
from tests.meetups.paste.corrections import CASES, UNSEEN

# A kind's own words, which the page supplies itself: the label in front of a value, the number in front of a heading.
LEADS = {
    Kind.TITLE: (LABEL,),
    Kind.STANDFIRST: (LABEL,),
    Kind.BOOK: (LABEL, re.compile(r"[^|]{1,30}\|")),
    Kind.CONTRIBUTORS: (LABEL,),
    Kind.POSTED_BY: (POSTED_BY, SIGNED, re.compile(r"(?:,\s*|on\s+)?by\s+", re.IGNORECASE)),
    Kind.POSTED_ON: (LABEL, BEFORE_DATE, re.compile(r"on\s+", re.IGNORECASE)),
    Kind.NOTE: (NUMBERING,),
    Kind.PROSE: (NUMBERING,),
    Kind.AUTHOR_PHONE: (PHONE,),
    Kind.AUTHOR_EMAIL: (EMAIL,),
}
WORD = re.compile(r"[^\W_]+")


def words(*texts):
    return [word for text in texts for word in WORD.findall(text)]


def lost_words(splitting, document) -> list[str]:
    """Return the words of the document that stand in no piece, in the order of the document."""
    return lost_between(splitting, document) + [word for piece in splitting.pieces for word in lost_in_piece(piece)]


def lost_between(splitting, document) -> list[str]:
    """Return the words of the document that belong to no piece: pieces have all of it, in order.

    Pieces of a mail's headers or of front matter come first; they are not in the document's blocks.
    """
    if only_letters(splitting.source).endswith(only_letters(document.text)):
        return []
    return list((Counter(words(document.text)) - Counter(words(splitting.source))).elements()) or ["(another order)"]


def lost_in_piece(piece) -> list[str]:
    """Return the words of the piece's source that it doesn't show, without list marks and the lead words of its kind."""
    shown = Counter(words(piece.words, piece.heading, piece.who, piece.where, piece.why))
    wanted = words(*map(without_mark, piece.source.split("\n")))
    lost = [word for word in wanted if not take(shown, word)]
    return [word for word in lost if word not in lead_words(piece)] if lost else []


def without_mark(line):
    """Take off a list mark, and the box of a task behind it: "• [x]"."""
    for _ in range(2):
        mark = MARK.match(line)
        line = line[mark.end() :].lstrip() if mark else line
    return line


def take(counter, word) -> bool:
    counter[word] -= 1
    return counter[word] >= 0


def lead_words(piece) -> list[str]:
    if piece.kind == Kind.READING:
        return ["by", "de", "di", "von", "par", "por", "door"]
    if piece.kind == Kind.SESSION_NOTE:  # what stands in brackets between the name and its colon is told in the doubt
        return words(piece.doubt)
    start = without_mark(strip_symbols(piece.source.strip("#*_=~:,; ")))
    matches = [form.match(start) for form in LEADS.get(piece.kind, ())]
    return words(*(match[0] for match in matches if match))


@cache
def sample_documents() -> dict[str, Document]:
    """Return the documents of the fixtures that can be read, by file name."""
    documents = {}
    for path in sorted([*CASES.iterdir(), *UNSEEN.iterdir()]):
        if path.suffix != ".json":
            try:
                documents[path.name] = read_file(path.name, path.read_bytes())
            except Unreadable:
                continue
    return documents


def mix_documents(chance: random.Random, most: int = 60) -> Document:
    """Return a document of blocks that are taken at random from the samples, in runs of up to four."""
    blocks, documents = [], list(sample_documents().values())
    while len(blocks) < most and (not blocks or chance.random() > 0.05):
        source = chance.choice(documents).blocks
        start = chance.randrange(len(source)) if source else 0
        blocks += source[start : start + chance.randint(1, 4)]
    return Document(blocks)


def lost_of(document: Document) -> list[str]:
    return lost_words(split_document(document), document)
