"""How mail leaves: over SMTP, knowing whether the text was handed over, or into a folder."""

import contextlib
import secrets
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from bookclub.outbox import Outcome

SECONDS = 30  # for each answer of the mail server
WHO_ARE_YOU = {530, 534, 535, 538}  # RFC 4954 section 6: the server wants another name or password of us


class FolderBackend(BaseEmailBackend):
    """Mail that goes nowhere, where no EMAIL_URL names a server.

    Writes each message to DATA_DIR/mail/<UTC time>-<random>.eml, readable by its owner alone.
    """

    def send_messages(self, email_messages):
        folder = Path(settings.DATA_DIR) / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            path = folder / f"{timezone.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
            self.put(path, message.message().as_bytes())
        return len(email_messages)

    def put(self, path, content):
        """The whole file or, where the disk is full, none."""
        path.touch(mode=0o600)
        try:
            path.write_bytes(content)
        except OSError:
            path.unlink()
            raise


class HandingOver:
    """An SMTP connection that remembers whether the server has been given all of the last mail's text.

    Until then a broken line means that nothing was sent; from then on nobody knows.
    """

    is_handed_over = False
    is_text_next = False

    def mail(self, sender, options=()):
        self.is_handed_over = False
        return super().mail(sender, options)

    def putcmd(self, cmd, args=""):
        self.is_text_next = False
        super().putcmd(cmd, args)
        self.is_text_next = cmd == "data"

    def send(self, s):
        super().send(s)
        self.is_handed_over = self.is_text_next


class HandingOverSMTP(HandingOver, smtplib.SMTP):
    pass


class HandingOverSMTPSSL(HandingOver, smtplib.SMTP_SSL):
    pass


class SMTPBackend(smtp.EmailBackend):
    """Django's own, with answers waited for no longer than SECONDS."""

    def __init__(self, *args, timeout=None, **options):
        super().__init__(*args, timeout=timeout or SECONDS, **options)

    @property
    def connection_class(self):
        return HandingOverSMTPSSL if self.use_ssl else HandingOverSMTP


class MailServerDown(Exception):
    """No mail can be sent now, whatever it is: the same mail may be tried again at once when the server is back."""


class MailServerRefusesUs(MailServerDown):
    """And that will not change by itself: our name or password is not the right one."""


@contextlib.contextmanager
def connecting():
    """Turns what goes wrong before any mail is on its way into MailServerDown."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        kind = MailServerRefusesUs if error.smtp_code in WHO_ARE_YOU else MailServerDown
        raise kind(in_words(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerDown(words_of(error)) from error


def send(message, connection) -> tuple[Outcome, str]:
    """Try to send `message` over the open `connection`, once; what became of it, and what the server said.

    Raises MailServerRefusesUs, with nothing sent.
    """
    try:
        taken = connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return outcome_of_code(code, connection), in_words(code, words)
    except smtplib.SMTPServerDisconnected as error:
        return outcome_of_silence(connection), words_of(error)
    except smtplib.SMTPResponseException as error:
        words = in_words(error.smtp_code, error.smtp_error)
        if error.smtp_code in WHO_ARE_YOU:
            raise MailServerRefusesUs(words) from error
        return outcome_of_code(error.smtp_code, connection), words
    except OSError as error:
        return outcome_of_silence(connection), words_of(error)
    except ValueError as error:
        return Outcome.REFUSED, words_of(error)  # a header with a line break in it, an address that is none
    return (Outcome.SENT, "") if taken else (Outcome.REFUSED, "It has nobody to go to.")


def outcome_of_code(code, connection):
    """By the first figure: RFC 5321 section 4.2.1. What is no such code is no answer."""
    if not 400 <= code < 600:
        return outcome_of_silence(connection)
    return Outcome.REFUSED if code >= 500 else Outcome.AGAIN


def outcome_of_silence(connection):
    line = getattr(connection, "connection", None)
    return Outcome.UNKNOWN if getattr(line, "is_handed_over", False) else Outcome.AGAIN


def in_words(code, said):
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {said}".strip()


def words_of(error):
    return f"{type(error).__name__}: {error}"
