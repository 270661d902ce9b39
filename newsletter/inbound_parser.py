"""Parse an incoming mail within limits of size, lines, parts and headers, as anybody may send us one.

Python's parser calls itself for each nested part and compares each line with the boundary of each open part.
"""

import logging
import re
from base64 import b64decode
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32

from newsletter.bounce_codes import Bounce, classify_bounce
from newsletter.bounce_texts import find_reason

logger = logging.getLogger(__name__)

# The report stands before the returned mail, so cutting off the end of a mail loses nothing that counts.
MAX_BYTES = 1_000_000
MAX_LINES = 10_000
MAX_PARTS = 100  # a report has 3 parts, and the groups of fields of a delivery-status part count, too
MAX_HEADER_LENGTH = 4_000  # Python's parser of parameters takes time in proportion to the square of the length
MAX_TOKENS = 20
LEAVE_TOKEN = re.compile(r"\+leave-([\w-]{43})@", re.ASCII)
# The key of a copy, in the address to which it is returned and in its Message-ID.
RETURN_KEY = re.compile(r"\+back-(\d{1,18}-\d{1,18}-[0-9a-f]{16})@", re.ASCII | re.IGNORECASE)
MESSAGE_ID_KEY = re.compile(r"letter-(\d{1,18}-\d{1,18}-[0-9a-f]{16})@", re.ASCII)
# In the List-Unsubscribe of a returned mail, whose Message-ID a mail service may have replaced.
READER_TOKEN = re.compile(r"leave[/-]([\w-]{43})(?=[/@])", re.ASCII)
STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
FEEDBACK_TYPE = "message/feedback-report"
# Outlook.com's feedback has no report, only this header and the mail.
FEEDBACK_HEADER = "X-HmXmrOriginalRecipient"
COMPLAINT_TYPES = {"abuse", "fraud", "opt-out"}
TAG = re.compile(r"<[^>]{0,1000}>")
MAIL_SERVER_SENDER = re.compile(r"mailer-?daemon|postmaster|mail delivery", re.IGNORECASE)
NO_REPLY_SENDER = re.compile(r"no-?reply", re.IGNORECASE)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass
class InboundMail:
    """The content of a mail: `leave_tokens`, or a report with its verdict and what proves of which copy it is.

    `copy_keys` are keys of copies, from its own address first; `reader_tokens` are from a returned List-Unsubscribe.
    """

    leave_tokens: list[str] = field(default_factory=list)
    copy_keys: list[str] = field(default_factory=list)
    reader_tokens: list[str] = field(default_factory=list)
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
    verdict = classify_report(message)
    if verdict is None:
        return InboundMail()
    bounce, reply = verdict
    text = get_report_text(message)
    return_keys = [key.lower() for key in find_tokens(RETURN_KEY, get_recipients(message))]
    return InboundMail(
        copy_keys=[*return_keys, *find_tokens(MESSAGE_ID_KEY, text)],
        reader_tokens=find_tokens(READER_TOKEN, text),
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


def classify_report(message: Message) -> tuple[Bounce | None, str] | None:
    """Return the kind of bounce and the server's reply; None for a mail that is no report.

    The kind is None for a report that is not about the address, such as a delay. Machine-readable parts are in the form
    of RFC 3464 section 2, RFC 6533 section 3 or RFC 5965 section 3, in a multipart/report or another multipart.
    """
    parts = list(message.walk())
    if any(part[FEEDBACK_HEADER] for part in parts):
        return Bounce.COMPLAINT, "Marked as spam."
    for part in parts:
        if part.get_content_type() == FEEDBACK_TYPE:
            is_complaint = get_field(get_part_text(part), "Feedback-Type").lower() in COMPLAINT_TYPES
            return (Bounce.COMPLAINT if is_complaint else None), "Marked as spam."
        if part.get_content_type() in STATUS_TYPES:
            return classify_recipients(get_part_text(part), get_first_text(parts))
    if message.get_content_type() == "multipart/report" and message.get_param("report-type") != "delivery-status":
        return None, ""  # such as a notice that a mail was read or deleted (RFC 8098)
    reason = find_reason(str(message["Subject"] or ""), get_first_text(parts)) if is_from_machine(message) else ""
    if not reason:
        return None
    # Help desks and forms write from “no-reply”, too: their words count only if a server's reply is among them.
    default = Bounce.SOFT if is_from_mail_server(message) else ...
    bounce = classify_bounce(reason, default=default)
    return None if bounce is ... else (bounce, reason)


def is_from_machine(message):
    """Return whether a program may have written the mail."""
    return is_from_mail_server(message) or bool(NO_REPLY_SENDER.search(str(message["From"] or "")))


def is_from_mail_server(message):
    """Return whether a mail server has written the mail: its sender is empty (RFC 5321 section 4.5.5) or says so."""
    is_bounce = str(message["Return-Path"] or "").strip() == "<>" or "X-Failed-Recipients" in message
    return is_bounce or bool(MAIL_SERVER_SENDER.search(str(message["From"] or "")))


def classify_recipients(fields, words):
    """Classify the first failed recipient of a delivery-status: our mail has only one recipient.

    `words` are those for people, which decide if the server's own reply is missing.
    """
    for recipient in re.split(r"^(?=Final-Recipient:)", fields, flags=re.MULTILINE | re.IGNORECASE):
        action = get_field(recipient, "Action").partition("(")[0].strip().lower()
        status = get_field(recipient, "Status")
        if action == "failed" or (not action and status.startswith("5.")):
            replies = [get_field(recipient, name) for name in ("Diagnostic-Code", "X-Supplementary-Info")]
            reply = " ".join(filter(None, [status, *replies]))
            return classify_reply(status, " ".join(filter(None, replies)), words), reply
    return None, ""


def classify_reply(status, reply, words):
    """Classify by the server's own reply, else by the reporter's status, else by the words for people."""
    for text in (reply, status, find_reason("", words)):
        found = classify_bounce(text, default=...) if text else ...
        if found is not ...:
            return found
    return Bounce.SOFT


def get_first_text(parts):
    """Return the text of the first text part, which is for people; of HTML without its tags."""
    texts = (part for part in parts if part.get_content_maintype() == "text" and not part.is_multipart())
    part = next(texts, None)
    if part is None:
        return ""
    text = get_part_text(part)
    return TAG.sub(" ", text) if part.get_content_subtype() == "html" else text


def get_part_text(part):
    """Return the text of a part. The parser turns each group of a delivery-status part into a message; join them again."""
    if not part.is_multipart():
        return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    text = "\n\n".join(get_message_text(each) for each in part.get_payload())
    if str(part["Content-Transfer-Encoding"] or "").strip().lower() == "base64":
        return b64decode(text.encode("ascii", "ignore")).decode("utf-8", "replace").replace("\r\n", "\n")
    return text


def get_message_text(message):
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    body = "" if message.is_multipart() else str(message.get_payload())
    return f"{headers}\n\n{body}" if headers and body else headers or body


def get_field(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE | re.IGNORECASE)
    return " ".join(found.group(1).split()) if found else ""
