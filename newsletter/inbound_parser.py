"""Parse an incoming mail within limits of size, lines, parts and headers, as anybody may send us one.

Python's parser calls itself for each nested part and compares each line with the boundary of each open part.
"""

import logging
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32

from newsletter.bounce_codes import Bounce, classify_bounce

logger = logging.getLogger(__name__)

# The report stands before the returned mail, so cutting off the end of a mail loses nothing that counts.
MAX_BYTES = 1_000_000
MAX_LINES = 10_000
MAX_PARTS = 100  # a report has 3 parts, and the groups of fields of a delivery-status part count, too
MAX_HEADER_LENGTH = 4_000  # Python's parser of parameters takes time in proportion to the square of the length
MAX_TOKENS = 20
LEAVE_TOKEN = re.compile(r"\+leave-([\w-]{43})@", re.ASCII)
MESSAGE_ID = re.compile(r"letter-\d{1,18}-\d{1,18}-[0-9a-f]{16}@[\w.-]+", re.ASCII)
COMPLAINT_TYPES = {"abuse", "fraud", "opt-out"}
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass
class InboundMail:
    """The content of a mail: `leave_tokens`, or the Message-IDs that a report names, with its verdict."""

    leave_tokens: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    is_report: bool = False
    bounce: Bounce | None = None
    reply: str = ""


class MailTooComplex(Exception):
    """The mail has more than MAX_PARTS parts."""


class HeaderPolicy(Compat32):
    """Cuts long headers."""

    def header_source_parse(self, sourcelines):
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER_LENGTH]


def parse_mail(raw: bytes) -> InboundMail | None:
    """Return None for a mail that can't be read."""
    lines = raw[:MAX_BYTES].split(b"\n", MAX_LINES)
    try:
        return read_message(parse_message(b"\n".join(lines[:MAX_LINES])))
    except MailTooComplex:
        logger.warning("An incoming mail was ignored: it has more than %d parts.", MAX_PARTS)
    except Exception as error:  # Python's parser raises many kinds of exceptions for damaged parameters and charsets
        logger.warning("An incoming mail was ignored: it can't be read (%s).", type(error).__name__)
    return None


def parse_message(raw: bytes) -> Message:
    """Raise MailTooComplex."""
    messages = []

    def create_message(**options):
        if len(messages) >= MAX_PARTS:
            raise MailTooComplex
        messages.append(Message(**options))
        return messages[-1]

    return message_from_bytes(raw, create_message, policy=HeaderPolicy())


def read_message(message: Message) -> InboundMail:
    if tokens := find_tokens(LEAVE_TOKEN, get_recipients(message)):
        return InboundMail(leave_tokens=tokens)
    if message.get_content_type() != "multipart/report":
        return InboundMail()
    bounce, reply = classify_report(message)
    return InboundMail(
        message_ids=find_tokens(MESSAGE_ID, get_report_text(message)),
        is_report=True,
        bounce=bounce,
        reply=CONTROL_CHARACTERS.sub(" ", reply),
    )


def find_tokens(pattern, text):
    """Return the first matches, each once: a mail that names thousands must not cause thousands of queries."""
    return list(dict.fromkeys(pattern.findall(text)))[:MAX_TOKENS]


def get_recipients(message):
    names = ("Delivered-To", "X-Original-To", "To")
    return " ".join(str(value) for name in names for value in message.get_all(name, []))


def get_report_text(report: Message) -> str:
    """Return the text and headers of all parts, including the original mail's headers (RFC 6522 section 2)."""
    parts = [part for part in report.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for part in report.walk() for name, value in part.items()]
    return "\n".join([*headers, *(get_part_text(part) for part in parts)])


def classify_report(report: Message) -> tuple[Bounce | None, str]:
    """Return the bounce kind and the reply of the machine-readable part: RFC 3464 section 2.3, RFC 5965 section 3."""
    for part in report.walk():
        if part.get_content_type() == "message/feedback-report":
            is_complaint = get_field(get_part_text(part), "Feedback-Type").lower() in COMPLAINT_TYPES
            return (Bounce.COMPLAINT if is_complaint else None), "Marked as spam."
        if part.get_content_type() == "message/delivery-status":
            return classify_recipients(get_part_text(part).split("\n\n"))
    return None, ""


def classify_recipients(groups):
    """Classify the first failed recipient in the groups of fields: our mail has only one recipient."""
    for fields in groups:
        if get_field(fields, "Action").lower() == "failed":
            reply = f"{get_field(fields, 'Status')} {get_field(fields, 'Diagnostic-Code')}".strip()
            return classify_bounce(reply, default=Bounce.SOFT), reply
    return None, ""


def get_part_text(part):
    """Return the text of a part. The parser turns a delivery-status part into messages; join them by an empty line."""
    if part.is_multipart():
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in each.items()) for each in part.get_payload())
    return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def get_field(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE | re.IGNORECASE)
    return " ".join(found.group(1).split()) if found else ""
