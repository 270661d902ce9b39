"""A mail as it goes over the wire, within the limits of RFC 5322 section 2.1.1 and RFC 2047 section 2."""

import re
import secrets
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import utf8_charset_qp

# In bytes, without the line end: of any line, and of a line of a header unless it is a single word.
MAX_LINE_LENGTH, MAX_HEADER_LINE_LENGTH = 998, 76
# So short that one also fits beside the longest name of a header that holds names, “Reply-To: ”.
MAX_ENCODED_WORD_LENGTH = 64

# For programs that answer by themselves: RFC 3834 section 5, and what Exchange reads (MS-OXCMAIL, 2.2.3.2.14).
NO_AUTOMATIC_REPLIES = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}

# Between spaces alone: an address has no encoded words (RFC 2047 section 5).
ENCODED_WORDS = re.compile(
    r"(?<!\S)=\?[^?\s]+\?[bq]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bq]\?[^?\s]*\?=)*(?!\S)", re.IGNORECASE
)
WORD_AND_SPACE_BEFORE = re.compile(r"[ \t]*[^ \t]+|[ \t]+$")


class Message(EmailMultiAlternatives):
    """A mail whose headers are folded at MAX_HEADER_LINE_LENGTH, and whose values begin on the header's first line.

    Django folds a long subject before the name of the header is known, and Python a long address away from it: the first
    line is then too long, or it is empty, and some programs show no subject.
    """

    def message(self, *args, **options):
        if any(has_long_line(content) for content in (self.body, *(each.content for each in self.alternatives))):
            self.encoding = utf8_charset_qp
        message = super().message(*args, **options)
        message.policy = message.policy.clone(max_line_length=MAX_LINE_LENGTH)
        if "=?" in self.subject:  # would be taken for an encoded word, though somebody typed it
            message.replace_header("Subject", Header(self.subject, "utf-8").encode())
        for part in message.walk():
            if part.is_multipart():
                part.set_boundary(f"=_{secrets.token_hex(12)}")  # Python's own is too long
            for name, value in part.items():
                part.replace_header(name, fold_header(name, value))
        return message


def has_long_line(text) -> bool:
    """Return whether a line has more bytes than it may have.

    Django asks the same by `splitlines()`, which also splits at characters that end no line of a mail, such as U+2028.
    """
    return any(len(line.encode(errors="replace")) > MAX_LINE_LENGTH for line in text.split("\n"))


def fold_header(name: str, value: str) -> str:
    """Return the value with line breaks before the words that don't fit on a line. No word is split."""
    value = ENCODED_WORDS.sub(shorten_encoded_words, re.sub(r"[\r\n]+(?=[ \t])", "", value))
    first, *others = WORD_AND_SPACE_BEFORE.findall(value) or [""]
    lines = [f"{name}: {first}"]
    for word in others:
        if word.isspace() or len(lines[-1]) + len(word) <= MAX_HEADER_LINE_LENGTH:
            lines[-1] += word
        else:
            lines.append(word)
    return "\n".join(lines).removeprefix(f"{name}: ")


def shorten_encoded_words(found) -> str:
    """Return the encoded words (RFC 2047) of one text cut anew, so that each fits beside the name of a header.

    What only looks like them, as in a typed name, is returned as it is.
    """
    try:
        text = str(make_header(decode_header(found[0])))
    except (LookupError, UnicodeError, HeaderParseError):
        return found[0]
    return Header(text, "utf-8").encode(maxlinelen=MAX_ENCODED_WORD_LENGTH).replace("\n", "")
