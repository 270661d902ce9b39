"""Read a mail: a saved file (.eml), or one that was pasted as text or from a mail program's window."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import NamedTuple

from meetups.paste.sources.decoding import decode_bytes, with_plain_line_ends
from meetups.paste.sources.html_lines import cut_lines, read_lines, tidy_html
from meetups.paste.sources.mail_headers import Headers, read_headers
from meetups.paste.sources.mail_split import split_mail
from meetups.paste.sources.source import MAX_TEXT_BYTES, Source, Unreadable

# Attachments stand behind the text, so cutting off the end of a mail loses none of its words.
MAX_BYTES = 6 * MAX_TEXT_BYTES
MAX_LINES = 40_000
MAX_PARTS = 50
MAX_HEADER_LENGTH = 800  # Python's parser of parameters takes time in proportion to the square of the length
TOO_COMPLEX = "The mail has more parts than a write-up can. Copy its text and paste it."
TOO_LONG = "The mail holds more than 1 MB of text. Copy it in two halves and paste them."
BROKEN = "The mail can't be read. Copy its text and paste it."
NO_TEXT = "The mail has no text of its own. Save what is attached to it, and choose that file."
READ_AS_MAIL = "Read as a mail: its subject is the title, its sender the author, and its date the date."
MAIL_HEADER = re.compile(rb"^(?:From |[A-Za-z][A-Za-z0-9-]{1,40}:)")
SURE_HEADERS = re.compile(
    rb"^(?:received|mime-version|message-id|return-path|delivered-to|content-type|x-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
SENDER_LINE = re.compile(r"(?:^|>)\s*(?:from|von|de|da|van|afzender|remetente)\s?:", re.IGNORECASE)
SENDER = re.compile(rb"^(?:from|subject):", re.IGNORECASE | re.MULTILINE)
DAMAGED = (LookupError, ValueError, AttributeError, TypeError)  # of Python's parser on damaged headers and charsets
QUOTE_NAMES = frozenset(
    {"gmail_quote", "cite", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "OutlookMessageHeader"}
)


class TooComplexError(Exception):
    """The mail has more than MAX_PARTS parts."""


class MailContent(NamedTuple):
    headers: Headers
    text: str
    guess: str  # name of a guessed encoding for people; "" where it is known
    is_html: bool
    is_flowed: bool  # lines that end with a space go on
    attachments: list[str]  # names


class HeaderPolicy(EmailPolicy):
    """Cuts long headers."""

    def header_source_parse(self, sourcelines):
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER_LENGTH]


def is_mail_file(data: bytes) -> bool:
    """Return whether the bytes begin with headers that only a mail program writes."""
    top = data[:20_000].lstrip().replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return bool(MAIL_HEADER.match(top) and SURE_HEADERS.search(top) and SENDER.search(top))


def read_mail_file(data: bytes) -> Source:
    """Raise Unreadable."""
    message = parse_message(data)
    try:
        content = read_content(message)
    except Unreadable:  # a ValueError, too
        raise
    except DAMAGED as error:
        raise Unreadable(BROKEN) from error
    return read_message(content)


def parse_message(data: bytes) -> EmailMessage:
    messages = []

    def create_message(**options):
        if len(messages) >= MAX_PARTS:
            raise TooComplexError
        messages.append(EmailMessage(**options))
        return messages[-1]

    lines = data.lstrip()[:MAX_BYTES].split(b"\n", MAX_LINES)[:MAX_LINES]
    try:
        return message_from_bytes(b"\n".join(lines), create_message, policy=HeaderPolicy())
    except TooComplexError as error:
        raise Unreadable(TOO_COMPLEX) from error


def read_content(message: EmailMessage) -> MailContent:
    """Return what Python's parser has found. Raise Unreadable, or one of DAMAGED."""
    body = message.get_body(("html", "plain"))
    if body is not None and body.get_content_type() == "text/html" and not strip_tags(part_text(body)[0]):
        body = message.get_body(("plain",))
    attached = [part for part in message.walk() if part is not body and (part.is_attachment() or part.get_filename())]
    names = [str(part.get_filename() or part.get_content_type())[:100] for part in attached]
    text, guess = part_text(body) if body is not None else ("", "")
    if not text.strip():
        raise Unreadable(NO_TEXT)
    is_html = body.get_content_type() == "text/html"
    return MailContent(message_headers(message), text, guess, is_html, not is_html and is_flowed(body), names)


def read_message(content: MailContent) -> Source:
    headers, text = content.headers, content.text
    if content.is_html:
        source = read_html_lines(text, headers)
    else:
        source = read_text_lines(unfold_flowed(text) if content.is_flowed else text, headers)
    reports = [READ_AS_MAIL] if headers.fields else []
    if content.attachments:
        reports.append(f"Attachments left out: {', '.join(content.attachments)}. Choose them by themselves.")
    doubts = [f"The mail was read as {content.guess}: is every letter right?"] if content.guess else []
    return replace(source, reports=tuple(reports), doubts=(*doubts, *source.doubts))


def message_headers(message: EmailMessage) -> Headers:
    """Return the mail's headers; those that its programs wrote to each other are no words of a person."""
    named = {"from": "From", "date": "Date", "subject": "Subject"}
    fields = {key: " ".join(str(message[name]).split()) for key, name in named.items() if message[name]}
    others = [f"{name}: {' '.join(str(message[name]).split())}" for name in ("To", "Cc", "Reply-To") if message[name]]
    return Headers(fields, others)


def part_text(part: EmailMessage) -> tuple[str, str]:
    """Return the text of a part, and the name of its encoding if that was guessed."""
    data = part.get_payload(decode=True) or b""
    if len(data) > MAX_TEXT_BYTES:
        raise Unreadable(TOO_LONG)
    decoded = decode_bytes(data, part.get_content_charset() or "")
    return with_plain_line_ends(decoded.text).replace("\x00", ""), decoded.guess


def strip_tags(html: str) -> str:
    return re.sub(r"<[^<>]*>|&nbsp;", "", html).strip()


def is_flowed(part: EmailMessage) -> bool:
    return str(part.get_param("format", "")).casefold() == "flowed"


def unfold_flowed(text: str) -> str:
    """Join the lines that a mail program has broken: they end with a space (RFC 3676)."""
    parts: list[str] = []
    is_open = False
    for line in text.split("\n"):
        starts_anew = not line.strip() or line[:1] in "> "
        parts.append(line if is_open and not starts_anew else f"\n{line}")
        is_open = line.endswith(" ") and bool(line.strip()) and line != "-- " and line[:1] != ">"
    return "".join(parts).removeprefix("\n")


def read_mail_text(text: str) -> Source | None:
    """Return None for text that doesn't begin with a mail's headers."""
    headers = read_headers(text.split("\n")[:60])
    if headers is None:
        return None
    return replace(read_text_lines(text, headers), reports=(READ_AS_MAIL,))


def read_mail_html(html: str) -> Source | None:
    """Return None for HTML, from the clipboard, that doesn't begin with a mail's headers."""
    if not SENDER_LINE.search(html):
        return None
    lines = [line.text for line in read_lines(tidy_html(html), frozenset())]
    headers = read_headers(lines[:60])
    if headers is None:
        return None
    return replace(read_html_lines(html, headers), reports=(READ_AS_MAIL,))


def read_text_lines(text: str, headers: Headers) -> Source:
    lines = text.split("\n")
    parts = split_mail(lines, headers)
    kept = "\n".join(line for position, line in enumerate(lines) if position not in parts.dropped)
    kept = re.sub(r"\n{3,}", "\n\n", kept)
    return Source(
        kept.strip("\n"), kind="mail", doubts=tuple(parts.doubts), head=parts.head, left_out=parts.left_out(lines)
    )


def read_html_lines(html: str, headers: Headers) -> Source:
    html = tidy_html(html)
    lines = read_lines(html, QUOTE_NAMES)
    texts = [mark_quoted(line) for line in lines]
    parts = split_mail(texts, headers)
    kept = cut_lines(html, [line for position, line in enumerate(lines) if position in parts.dropped])
    left_out = parts.left_out([line.text for line in lines])
    return Source(html=kept, kind="mail", doubts=tuple(parts.doubts), head=parts.head, left_out=left_out)


def mark_quoted(line) -> str:
    """Return the text of a line, with ">" before one that the mail program marked as quoted."""
    return f"> {line.text}" if line.names and line.text else line.text
