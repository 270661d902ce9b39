"""The result of reading a pasted text or an uploaded file, and the error for one that can't be read."""

from dataclasses import dataclass, field

from bookclub.core.zipped_xml import MAX_TEXT_BYTES, Unreadable

__all__ = ["MAX_FILE_BYTES", "MAX_TEXT_BYTES", "PAGE_MARGIN", "Source", "Unreadable"]
PAGE_MARGIN = "it stands at the top or the foot of every page"  # why such words are left out
MAX_FILE_BYTES = 20 * MAX_TEXT_BYTES  # of a file with pictures, which are not read


@dataclass(frozen=True)
class Source:
    """A pasted text or an uploaded file, as plain text or as HTML."""

    text: str = ""  # "" where `html` is given
    html: str = ""  # of the document's body; not sanitized
    kind: str = "text"  # text, markdown, html, docx, odt, rtf, mail, chat
    reports: tuple[str, ...] = ()  # sentences on what was recognised or left out
    doubts: tuple[str, ...] = ()  # sentences on what to look at first
    head: dict[str, str] = field(default_factory=dict)  # title, author, date (ISO), from mail headers or front matter
    left_out: tuple[tuple[str, str], ...] = ()  # (words, reason)
