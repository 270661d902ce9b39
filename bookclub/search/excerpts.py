"""Excerpts of hits, with <mark> around the words of the query."""

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from bookclub.search.analysis import find_words

EXCERPT_LENGTH = 260  # characters
BEFORE = 60  # characters before the first found word
MAX_COMPARED = 200  # found words of which the best start is chosen
READ_LENGTH = 40_000  # characters of a text in which found words are looked for


def mark_words(text: str, query) -> SafeString:
    return mark_spans(text, [(word.start, word.end) for word in find_words(text) if query.matches(word)])


def build_excerpt(text: str, query) -> SafeString:
    """Return the part of `text` with the most different words of the query; the beginning if it has none."""
    words = [word for word in find_words(text[:READ_LENGTH]) if query.matches(word)]
    start = find_start(text, words)
    end = find_end(text, start)
    spans = [(word.start - start, word.end - start) for word in words if start <= word.start and word.end <= end]
    return format_html(
        "{}{}{}", "… " if start else "", mark_spans(text[start:end], spans), " …" if end < len(text) else ""
    )


def find_start(text, words):
    if len(text) <= EXCERPT_LENGTH or not words:
        return 0
    best = max(
        words[:MAX_COMPARED], key=lambda word: (count_distinct_stems(words[:MAX_COMPARED], word.start), -word.start)
    )
    wanted = best.start - BEFORE
    if wanted <= 0:
        return 0
    space = text.find(" ", wanted, best.start)
    return space + 1 if space >= 0 else best.start


def count_distinct_stems(words, start):
    return len({word.stem for word in words if start <= word.start < start + EXCERPT_LENGTH - BEFORE})


def find_end(text, start):
    limit = start + EXCERPT_LENGTH
    if len(text) <= limit:
        return len(text)
    space = text.rfind(" ", start + BEFORE, limit)
    return space if space > start else limit


def mark_spans(text, spans):
    """Return `text`, escaped, with <mark> around each (start, end)."""
    parts, last = [], 0
    for start, end in spans:
        parts += [conditional_escape(text[last:start]), format_html("<mark>{}</mark>", text[start:end])]
        last = end
    parts.append(conditional_escape(text[last:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped
