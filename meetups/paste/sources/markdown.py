"""Read Markdown: files, and text of note-taking programs that is recognised by its marks."""

import re

from django.core.exceptions import ValidationError

from bookclub.core.markdown import render_prose
from meetups.paste.sources.front_matter import split_front_matter
from meetups.paste.sources.markdown_marks import expand_footnotes, part_lines, plain_marks
from meetups.paste.sources.source import Source

READ_AS_MARKDOWN = "Read as Markdown."
NOT_RENDERED = "The file is Markdown, but too long or too tangled to be read as such: its marks are shown as typed."
CHUNK_BYTES = 40_000  # the renderer takes 64 KB
MAX_BYTES = 256 * 1024  # rendered within a second
MAX_BRACKETS = 1_200
STRONG = {
    "heading": re.compile(r"^#{1,6} \S", re.MULTILINE),
    "bold": re.compile(
        r"(?<![\w*])\*\*(?=\S)[^*\n]{1,200}(?<=\S)\*\*(?![\w*])|(?<!\w)__(?=\S)[^_\n]{1,200}(?<=\S)__(?!\w)"
    ),
    "link": re.compile(r"\[[^\[\]\n]{1,200}\]\((?:https?://|mailto:|/|#)[^()\s]{1,500}\)"),
    "table": re.compile(r"^\|?[ \t]*:?-{3,200}:?[ \t]*(?:\|[ \t]*:?-{3,200}:?[ \t]*)+\|?[ \t]*$", re.MULTILINE),
    "fence": re.compile(r"^(?:```|~~~)[^\n]{0,30}$", re.MULTILINE),
    "footnote": re.compile(r"\[\^[\w-]{1,30}\]"),
    "picture": re.compile(r"!\[[^\[\]\n]{0,200}\]\([^()\s]{1,500}\)"),
    "task": re.compile(r"^[ \t]*[-*+] \[[ xX]\] ", re.MULTILINE),
}
WEAK = {
    "quotation": re.compile(r"^> ?\S", re.MULTILINE),
    "nested": re.compile(r"^(?: {2,8}|\t+)(?:[-*+]|\d{1,2}[.)]) \S", re.MULTILINE),
    "list": re.compile(r"^(?:[-*+]|\d{1,2}[.)]) \S", re.MULTILINE),
    "italic": re.compile(r"(?<![\w*])\*(?=[^\s*])[^*\n]{1,200}(?<=[^\s*])\*(?![\w*])"),
    "rule": re.compile(r"^(?:---|\*\*\*|___)$", re.MULTILINE),
}
MAX_COUNTED = 3  # of each kind


def is_markdown(text: str) -> bool:
    """Return whether several kinds of marks, some of them more than once, say so. Lists alone never do."""
    strong = {kind: count_matches(pattern, text) for kind, pattern in STRONG.items()}
    weak = {kind for kind, pattern in WEAK.items() if pattern.search(text)}
    kinds = {kind for kind, number in strong.items() if number}
    total = sum(strong.values())
    return total >= 3 and (len(kinds) >= 2 or bool(weak))


def count_matches(pattern: re.Pattern, text: str) -> int:
    return sum(1 for _, _ in zip(range(MAX_COUNTED), pattern.finditer(text), strict=False))


def read_markdown(text: str) -> Source:
    front = split_front_matter(text)
    head, left_out, body = front or ({}, (), text)
    body, removed, pictures = plain_marks(expand_footnotes(body))
    try:
        check_size(body)
        html = "\n".join(raise_headings(render_prose(chunk)) for chunk in split_chunks(part_lines(body)))
    except ValidationError:
        return Source(text=body, kind="text", reports=(NOT_RENDERED,), head=head, left_out=(*left_out, *removed))
    return Source(
        html=html + "<img>" * pictures,
        kind="markdown",
        reports=(READ_AS_MARKDOWN,),
        head=head,
        left_out=(*left_out, *removed),
    )


def check_size(text: str) -> None:
    """Raise ValidationError for text that would take seconds."""
    if len(text.encode()) > MAX_BYTES or text.count("[") > MAX_BRACKETS:
        raise ValidationError(NOT_RENDERED)


def raise_headings(html: str) -> str:
    """The renderer begins with h3, below the headings of a page; the document's own begin with h1."""
    return re.sub(r"(</?h)([3-6])>", lambda found: f"{found[1]}{int(found[2]) - 2}>", str(html))


def split_chunks(text: str) -> list[str]:
    """Split a long text before a heading or, where a part has none, after an empty line."""
    if len(text.encode()) <= CHUNK_BYTES:
        return [text]
    chunks, size = [""], 0
    for part in re.split(r"(?m)^(?=#{1,6} )", text):
        length = len(part.encode())
        if size and size + length > CHUNK_BYTES:
            chunks.append("")
            size = 0
        for block in re.split(r"(?<=\n\n)(?=[^\s>|*+-])", part) if length > CHUNK_BYTES else [part]:
            if size and size + len(block.encode()) > CHUNK_BYTES:
                chunks.append("")
                size = 0
            chunks[-1] += block
            size += len(block.encode())
    return chunks
