"""The block of headers at the top of a mail that was pasted as text, in seven languages."""

import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from meetups.paste.sources.dates import read_date
from meetups.paste.sources.inverted_names import turn_name

LABELS = {
    "from": "from von de da van afzender remetente",
    "to": "to an à para a aan destinataire",
    "cc": "cc bcc kopie copie cci cco",
    "date": "sent date gesendet datum envoyé date fecha enviado inviato data verzonden enviada",
    "subject": "subject betreff objet asunto oggetto onderwerp assunto",
    "other": "reply-to importance attachments anlagen anhänge pièces jointes wichtigkeit",
}
FIELDS = {word: name for name, words in LABELS.items() for word in words.split()} | {
    "pièces jointes": "other", "sent on": "date", "antwort an": "other", "return-path": "other", "received": "other",
    "message-id": "other", "mime-version": "other", "content-type": "other", "content-transfer-encoding": "other",
}  # fmt: skip
HEADER = re.compile(r"^[*_]{0,2}([^\W\d][^\W\d]*(?:[- ][^\W\d]+){0,3})\s?[*_]{0,2}:[*_]{0,2}\s*(.*)$")
PREFIX = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|tr|sv|vs|rv|enc|res|rif|antw|doorst|betr|r|i)\s*(?:\[\d+\]|\(\d+\))?\s*:\s*)+", re.IGNORECASE
)
FORWARDED = re.compile(r"\b(?:fwd?|wg|tr|rv|enc|doorst|i)\s*:", re.IGNORECASE)
ADDRESS = re.compile(r"\s*(?:<[^<>]*>|\[mailto:[^\]]*\]|\([^()\s]+@[^()\s]+\)|[^\s<>]+@[^\s<>]+)")
MAX_HEADERS = 20
MAX_LENGTH = 2_000  # of a line


@dataclass
class Headers:
    """Headers by their field; `count` lines of the text belong to them."""

    fields: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)  # whole lines that tell nothing of the write-up
    count: int = 0

    @property
    def is_block(self) -> bool:
        return "from" in self.fields and len(self.fields) + bool(self.others) >= 2 and len(self.fields) >= 2


def read_headers(lines: list[str]) -> Headers | None:
    """Return the headers with which the lines begin, or None if they don't begin with a mail's."""
    headers = Headers()
    name = ""
    for position, line in enumerate(lines):
        if not line.strip():
            if headers.count or position > MAX_HEADERS:
                break
            continue
        found = HEADER.match(line.strip())
        known = FIELDS.get(found[1].casefold()) if found and len(line) < MAX_LENGTH else None
        if known:
            name = known
            keep_header(headers, known, found[2].strip(), line.strip())
        elif name and line[:1].isspace() and len(line) < MAX_LENGTH:  # a folded header
            append_to_header(headers, name, line.strip())
        else:
            break
        headers.count = position + 1
        if headers.count > MAX_HEADERS:
            break
    return headers if headers.is_block else None


def keep_header(headers: Headers, name: str, value: str, line: str) -> None:
    if name in {"from", "date", "subject"} and name not in headers.fields:
        headers.fields[name] = value
    else:
        headers.others.append(line)


def append_to_header(headers: Headers, name: str, words: str) -> None:
    if name in headers.fields:
        headers.fields[name] += f" {words}"
    else:
        headers.others[-1] += f" {words}"


def make_head(fields: dict[str, str]) -> dict[str, str]:
    """Return title, author and date of a write-up by a mail's headers."""
    head = {
        "title": clean_subject(fields.get("subject", "")),
        "author": read_sender(fields.get("from", "")),
        "date": read_mail_date(fields.get("date", "")),
    }
    return {key: value for key, value in head.items() if value}


def clean_subject(subject: str) -> str:
    return PREFIX.sub("", subject.strip()).strip()


def is_forwarded(subject: str) -> bool:
    prefix = PREFIX.match(subject.strip())
    return bool(prefix and FORWARDED.search(prefix[0]))


def read_sender(sender: str) -> str:
    """Return the name alone; "Hale, Dennis" is turned round."""
    name = " ".join(ADDRESS.sub("", sender).replace('"', "").split()).strip(" '")
    return turn_name(name)


def find_addresses(sender: str) -> str:
    return " ".join(found.strip() for found in ADDRESS.findall(sender))


def read_mail_date(value: str) -> str:
    try:
        return parsedate_to_datetime(value[:100]).date().isoformat() if value.strip() else ""
    except (ValueError, TypeError, IndexError):
        return read_date(value)
