"""Split the lines of a mail into the write-up and what is left out, with what the headers tell."""

from dataclasses import dataclass, field

from meetups.paste.sources.mail_body import THREAD, find_left_out, find_thread
from meetups.paste.sources.mail_headers import Headers, find_addresses, is_forwarded, make_head, read_headers

HEADER = "a header of the mail"
ADDRESS = "the address of the sender"
ABOVE_FORWARDED = "written above the forwarded mail"
FORWARDED = "This mail was forwarded. Title, author and date are those of the mail inside: are they right?"
FEW_WORDS = 20
MAX_FORWARDS = 5


@dataclass
class MailParts:
    head: dict[str, str] = field(default_factory=dict)
    dropped: dict[int, str] = field(default_factory=dict)  # reason by number of line; "" for headers that were read
    headers: list[tuple[str, str]] = field(default_factory=list)  # words of headers that are left out, and why
    doubts: list[str] = field(default_factory=list)

    def left_out(self, lines: list[str]) -> tuple[tuple[str, str], ...]:
        """Return (words, reason) pairs; neighbouring lines with one reason are one."""
        pairs: list[tuple[list[str], str]] = []
        last = None
        for position in sorted(self.dropped):
            reason = self.dropped[position]
            if not reason or not lines[position].strip():
                continue
            if (
                pairs
                and pairs[-1][1] == reason
                and not any(lines[between].strip() for between in range(last + 1, position))
            ):
                pairs[-1][0].append(lines[position].strip())
            else:
                pairs.append(([lines[position].strip()], reason))
            last = position
        return (*self.headers, *(("\n".join(words), reason) for words, reason in pairs))


def split_mail(lines: list[str], headers: Headers, forwards: int = 0) -> MailParts:
    """Split the lines of a mail, the first `headers.count` of which are its headers."""
    parts = MailParts(make_head(headers.fields), dict.fromkeys(range(headers.count), ""))
    parts.headers += [(line, HEADER) for line in headers.others]
    if addresses := find_addresses(headers.fields.get("from", "")):
        parts.headers.append((addresses, ADDRESS))
    body = lines[headers.count :]
    end = find_thread(body)
    reasons = find_left_out(body[:end])
    own = sum(len(line.split()) for position, line in enumerate(body[:end]) if position not in reasons)
    inner = find_forwarded(body, end) if own < FEW_WORDS and forwards < MAX_FORWARDS else None
    if inner and (own == 0 or is_forwarded(headers.fields.get("subject", "")) or count_words(body[inner:]) > 3 * own):
        take_forwarded(parts, lines, headers.count + inner, forwards)
        return parts
    if not own:  # a mail of nothing but a signature or a quotation
        return parts
    parts.dropped |= {headers.count + position: reason for position, reason in reasons.items()}
    parts.dropped |= dict.fromkeys(range(headers.count + end, len(lines)), THREAD)
    return parts


def count_words(lines: list[str]) -> int:
    return sum(len(line.split()) for line in lines)


def find_forwarded(body: list[str], end: int) -> int | None:
    """Return where the headers of the mail inside begin."""
    return next((at for at in range(end, min(end + 4, len(body))) if read_headers(body[at : at + 20])), None)


def take_forwarded(parts: MailParts, lines: list[str], start: int, forwards: int) -> None:
    """Take the mail inside for the write-up, and leave out what stands above it."""
    inner = split_mail(lines[start:], read_headers(lines[start : start + 20]), forwards + 1)
    for position in range(start):
        parts.dropped.setdefault(position, ABOVE_FORWARDED)
    parts.dropped |= {start + position: reason for position, reason in inner.dropped.items()}
    parts.head |= inner.head
    parts.headers += inner.headers
    parts.doubts = [FORWARDED]
