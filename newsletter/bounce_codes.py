"""The meaning of a mail server's reply for an address: in the SMTP session, or in a report that comes later."""

import enum
import re

# Of class, subject and detail, as RFC 3463 has them, and no part of an IP address. What begins with a class and noughts
# says nothing more.
ENHANCED_CODE = re.compile(r"(?<![\d.])(?![45]\.0\.0\b)([245])\.(\d{1,3})\.(\d{1,3})\b(?!\.\d)")
BASIC_CODE = re.compile(r"(?:^|smtp;)\s*([245]\d\d)\b", re.IGNORECASE)
# What a 550 without such a code is about where it is not about the address.
POLICY_WORDS = re.compile(
    r"sender|relay|spam|polic|block|listed|reputation|authent|dmarc|spf|dkim|content|virus", re.IGNORECASE
)


class Bounce(enum.Enum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


def classify_reply(words: str, unsaid: Bounce | None = None) -> Bounce | None:
    """The meaning of an SMTP reply of 500 or more, or of a Status field: RFC 5321 section 4.2, RFC 3463.

    None where it is not about the address but about us, such as our text or our name; `unsaid` where it has no code.
    """
    if found := ENHANCED_CODE.search(words):
        return classify_enhanced_code(*found.groups())
    if found := BASIC_CODE.search(words):
        code = found.group(1)
        if code in {"550", "551", "553"}:
            return None if POLICY_WORDS.search(words) else Bounce.HARD
        return Bounce.SOFT if code.startswith("4") or code == "552" else None
    return unsaid


def classify_enhanced_code(cls, subject, detail):
    if cls == "2" or (subject, detail) in {("1", "7"), ("1", "8")}:  # fine; or the sender's address, which is ours
        return None
    if subject == "1" or (subject, detail) in {("2", "1"), ("2", "0")}:
        return Bounce.HARD if cls == "5" else Bounce.SOFT
    return Bounce.SOFT if subject in {"2", "3", "4"} else None
