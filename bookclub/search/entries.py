"""Entries of the index, made from the rows that they are about."""

import html
import re

from bookclub.search.analysis import find_words
from bookclub.search.models import SearchEntry
from bookclub.search.registry import Document, Searchable

INLINE_TAGS = re.compile(r"</?(?:a|em|strong|span|sup|code)\b(?:\"[^\"]*\"|[^\">])*>")
TAGS = re.compile(r"<(?:\"[^\"]*\"|[^\">])*>")
# PostgreSQL knows no later position, keeps 255 of a word, and takes at most 1 MB.
LAST_POSITION, MAX_POSITIONS, MAX_VECTOR_BYTES = 16_383, 255, 900_000
MAX_TITLE_WORDS, GAP = 500, 10


def html_to_words(rendered: str) -> str:
    """Return rendered HTML as plain text on one line."""
    return " ".join(html.unescape(TAGS.sub(" ", INLINE_TAGS.sub("", rendered))).split())


def build_entry(searchable: Searchable, row) -> SearchEntry:
    """Return the unsaved entry of `row`, a row of `searchable.rows()`."""
    document: Document = searchable.build_document(row)
    titles, texts = (list(find_words(text)) for text in (document.title, document.text))
    words = dict.fromkeys(each for word in titles + texts for each in (word.folded, *word.parts))
    title_stems, text_stems = ([word.stem for word in found] for found in (titles, texts))
    return SearchEntry(
        kind=searchable.name,
        object_id=row.pk,
        path=document.path,
        title=document.title,
        text=document.text,
        source=document.source,
        title_stems=f" {' '.join(title_stems)} ",
        text_stems=f" {' '.join(text_stems)} ",
        words=" ".join(words),
        length=len(titles) + len(texts),
        vector=build_vector(title_stems, text_stems, words),
    )


def build_vector(title_stems, text_stems, words) -> str:
    """Return the literal of a tsvector: stems of the title with weight A, of the text with B, words with C."""
    places, size = {}, 0
    text_start = min(len(title_stems), MAX_TITLE_WORDS) + GAP
    weighted = [
        *((stem, min(number, MAX_TITLE_WORDS), "A") for number, stem in enumerate(title_stems, 1)),
        *((word, LAST_POSITION, "C") for word in words),
        *((stem, min(text_start + number, LAST_POSITION), "B") for number, stem in enumerate(text_stems, 1)),
    ]
    for word, position, weight in weighted:
        known = places.setdefault(word, [])
        if len(known) < MAX_POSITIONS:
            size += 2 if known else len(word.encode()) + 6
            if size > MAX_VECTOR_BYTES:
                break
            known.append(f"{position}{weight}")
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items() if found)
