"""Classify a mail server's reply, from the SMTP session or from a later report, as a bounce."""

import enum
import re

# class.subject.detail of RFC 3463, but not a part of an IP address; 4.0.0 and 5.0.0 carry no information.
ENHANCED_CODE = re.compile(r"(?<![\d.])(?![45]\.0\.0\b)([245])\.(\d{1,3})\.(\d{1,3})\b(?!\.\d)")
BASIC_CODE = re.compile(r"(?:^|smtp;)\s*([245]\d\d)\b", re.IGNORECASE)
# Words in a 550 reply without an enhanced code that is about the sender or the content, not about the address.
POLICY_WORDS = re.compile(
    r"sender|relay|spam|polic|block|listed|reputation|authent|dmarc|spf|dkim|content|virus", re.IGNORECASE
)


class Bounce(enum.Enum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


def classify_bounce(reply: str, default: Bounce | None = None) -> Bounce | None:
    """Classify an SMTP error reply or a Status field: RFC 5321 section 4.2, RFC 3463.

    Return None if it is not about the address, but for example about our content; `default` if it contains no code.
    """
    if found := ENHANCED_CODE.search(reply):
        return classify_enhanced_code(*found.groups())
    if found := BASIC_CODE.search(reply):
        code = found.group(1)
        if code in {"550", "551", "553"}:
            return None if POLICY_WORDS.search(reply) else Bounce.HARD
        return Bounce.SOFT if code.startswith("4") or code == "552" else None
    return default


def classify_enhanced_code(cls, subject, detail):
    is_about_sender = (subject, detail) in {("1", "7"), ("1", "8")}
    if cls == "2" or is_about_sender:
        return None
    if subject == "1" or (subject, detail) in {("2", "1"), ("2", "0")}:
        return Bounce.HARD if cls == "5" else Bounce.SOFT
    return Bounce.SOFT if subject in {"2", "3", "4"} else None
