"""Read a file, the text of the box, or the HTML of the clipboard. The same document gives the same Source by each way."""

import re
from dataclasses import replace

from meetups.paste.sources.blog import clean_blog, is_blog
from meetups.paste.sources.chat import read_chat, read_timed_transcript
from meetups.paste.sources.decoding import decode_file, with_plain_line_ends
from meetups.paste.sources.docx import read_docx
from meetups.paste.sources.front_matter import split_front_matter
from meetups.paste.sources.html_limits import check_html
from meetups.paste.sources.kinds import find_kind
from meetups.paste.sources.mail import read_mail_file, read_mail_html, read_mail_text, strip_tags
from meetups.paste.sources.markdown import is_markdown, read_markdown
from meetups.paste.sources.odt import read_odt
from meetups.paste.sources.rtf import read_rtf
from meetups.paste.sources.source import MAX_TEXT_BYTES, Source, Unreadable

MAX_LINES = 13_000  # 1 MB of text with lines of 80 letters has 12,500
MAX_EMPTY_LINES = 50_000
TOO_LONG = "The text is longer than 1 MB. Paste the first half now, and the rest into the draft by “Paste more”."
TOO_MANY_LINES = "The text has more lines than a write-up can. Paste the first part now, and the rest by “Paste more”."
READERS = {"docx": read_docx, "odt": read_odt, "rtf": read_rtf, "mail": read_mail_file}
DECLARED = re.compile(rb"<meta[^<>]{0,200}\bcharset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
LAYOUT = re.compile(r"<(?:h[1-6]|li|blockquote|table)[\s>]", re.IGNORECASE)
TASK_BOX = re.compile(r"(<li\b[^<>]{0,500}>(?:<p\b[^<>]{0,500}>)?)\[[ xX]\](?:\s|&nbsp;)")
GUESSED = "The encoding of the file was guessed: {}."
DOUBTED = "This file was read as {}: is every letter right?"


def read_file(name: str, data: bytes) -> Source:
    """Raise Unreadable."""
    source = read_kind(find_kind(name, data), data)
    if not (source.text.strip() or strip_tags(source.html)):
        raise Unreadable("There are no words in the file.")
    check_text(source.text)
    return source


def read_kind(kind: str, data: bytes) -> Source:
    if kind in READERS:
        return READERS[kind](data)
    declared = DECLARED.search(data[:4_000]) if kind == "html" else None
    decoded = decode_file(data, declared[1].decode("ascii", "replace") if declared else "")
    if kind == "html":
        source = read_html(decoded.text)
    else:
        source = read_text(decoded.text, is_markdown=True if kind == "markdown" else None)
    if not decoded.guess:
        return source
    return replace(
        source,
        reports=(GUESSED.format(decoded.guess), *source.reports),
        doubts=(DOUBTED.format(decoded.guess), *source.doubts),
    )


def read_text(text: str, html: str = "", *, is_markdown: bool | None = None) -> Source:
    """Read the box and, where the clipboard had it, the HTML of the same words. Raise Unreadable.

    With `is_markdown` unset, Markdown is recognised.
    """
    text = with_plain_line_ends(text)
    check_text(text)
    has_layout = bool(LAYOUT.search(html))  # an editor's HTML has the marks of Markdown as words
    if is_markdown or (is_markdown is None and not has_layout and looks_like_markdown(text)):
        return read_markdown(text)
    if html.strip():
        return read_html(html)
    if is_markdown is None:
        found = read_chat(text) or read_timed_transcript(text) or read_mail_text(text) or read_with_front_matter(text)
        if found:
            return found
    return Source(text=text)


def check_text(text: str) -> None:
    """Raise Unreadable for text that would take more than a second."""
    if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        raise Unreadable(TOO_LONG)
    lines = text.splitlines()  # at every kind of line end, as the text is read later
    empty = sum(not line.strip() for line in lines)
    if empty > MAX_EMPTY_LINES or len(lines) - empty > MAX_LINES:
        raise Unreadable(TOO_MANY_LINES)


def looks_like_markdown(text: str) -> bool:
    front = split_front_matter(text)
    return is_markdown(front.rest if front else text)


def read_with_front_matter(text: str) -> Source | None:
    front = split_front_matter(text)
    return Source(text=front.rest.strip("\n"), head=front.head, left_out=front.left_out) if front else None


def read_html(html: str) -> Source:
    check_html(html)
    html = TASK_BOX.sub(r"\1", html)
    mail = read_mail_html(html)
    if mail:
        return mail
    if not is_blog(html):
        return Source(html=html, kind="html")
    html, left_out, reports = clean_blog(html)
    return Source(html=html, kind="html", reports=tuple(reports), left_out=tuple(left_out))
