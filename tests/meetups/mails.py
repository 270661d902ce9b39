"""A mail as a mail program parses it."""

import email
from dataclasses import dataclass
from email import policy

from bs4 import BeautifulSoup

from tests.factories import run_worker

LONGEST_LINE = 998  # RFC 5322 section 2.1.1, in bytes


@dataclass
class Mail:
    """Parsed strictly, and held to what every mail of ours keeps: see `taken_apart`."""

    to: str
    headers: email.message.EmailMessage
    subject: str
    text: str
    soup: BeautifulSoup
    calendar: str

    @property
    def lines(self):
        """The text's, without the empty ones."""
        return [line for line in self.text.splitlines() if line]

    @property
    def everything(self):
        """All that can be read in it, wherever."""
        return "\n".join(
            [self.subject, self.text, str(self.soup), self.calendar.replace("\r\n ", "").replace("\n ", "")]
        )

    @property
    def words(self):
        """The text's, less the mark above the foot, which HTML draws as a line."""
        return [word for word in self.text.split() if word != "--"]

    @property
    def html_words(self):
        return self.soup.body.get_text().split()


def posted(mailoutbox):
    """Send what is due, and take apart each mail that went out since the last time: a list of `Mail`."""
    mailoutbox.clear()
    run_worker()
    return [taken_apart(message) for message in mailoutbox]


def taken_apart(message) -> Mail:
    raw = message.message().as_bytes()
    assert max(map(len, raw.splitlines())) < LONGEST_LINE
    parsed = email.message_from_bytes(raw, policy=policy.strict)
    assert not parsed.defects
    assert parsed["Auto-Submitted"] == "auto-generated"
    parts = {part.get_content_type(): part for part in parsed.walk()}
    calendar = parts.get("text/calendar")
    return Mail(
        to=parsed["To"],
        headers=parsed,
        subject=parsed["Subject"],
        text=parts["text/plain"].get_content(),
        soup=BeautifulSoup(parts["text/html"].get_content(), "html.parser"),
        calendar=calendar.get_content() if calendar else "",
    )
