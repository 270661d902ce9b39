"""Parse sent mails as a mail program does."""

import email
from dataclasses import dataclass
from email import policy

from bs4 import BeautifulSoup

from tests.factories import run_worker

MAX_LINE_LENGTH = 998  # RFC 5322 section 2.1.1, in bytes


@dataclass
class Mail:
    """A parsed mail; `parse_message` also checks what must be true of all our mails."""

    to: str
    headers: email.message.EmailMessage
    subject: str
    text: str
    soup: BeautifulSoup
    calendar: str

    @property
    def lines(self):
        """The lines of the text, without empty ones."""
        return [line for line in self.text.splitlines() if line]

    @property
    def everything(self):
        """Subject, text, HTML and calendar as one string."""
        return "\n".join(
            [self.subject, self.text, str(self.soup), self.calendar.replace("\r\n ", "").replace("\n ", "")]
        )

    @property
    def words(self):
        """The words of the text, without the signature's "--", which is a line in the HTML."""
        return [word for word in self.text.split() if word != "--"]

    @property
    def html_words(self):
        return self.soup.body.get_text().split()


def send_and_parse(mailoutbox):
    """Send what is due; return the mails sent by this call as a list of `Mail`."""
    mailoutbox.clear()
    run_worker()
    return [parse_message(message) for message in mailoutbox]


def parse_message(message) -> Mail:
    raw = message.message().as_bytes()
    assert max(map(len, raw.splitlines())) < MAX_LINE_LENGTH
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
