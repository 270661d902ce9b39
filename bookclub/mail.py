"""How mail leaves: over SMTP, knowing whether the text was handed over, or into a folder."""

import contextlib
import secrets
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from bookclub.posted import Outcome

SECONDS = 30  # for each answer of the mail server
GOODBYE_SECONDS = 3  # for the last one, which nobody needs
WHO_ARE_YOU = {530, 534, 535, 538}  # RFC 4954 section 6: the server wants another name or password of us
TOO_LARGE = 552  # RFC 1870 section 6.1: said to the sender, and about this one mail
CLOSING = 421  # RFC 5321 section 3.8: said at any time


class FolderBackend(BaseEmailBackend):
    """Mail that goes nowhere, where no EMAIL_URL names a server.

    Writes each message to DATA_DIR/mail/<UTC time>-<random>.eml, readable by its owner alone. Raises MailServerDown
    where the disk takes nothing.
    """

    is_handed_over = False

    def send_messages(self, email_messages):
        for message in email_messages:
            content = message.message().as_bytes()
            try:
                self.put(self.new_path(), content)
            except OSError as error:
                raise MailServerDown(words_of(error)) from error
        return len(email_messages)

    def new_path(self):
        folder = Path(settings.DATA_DIR) / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{timezone.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"

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

    Until then a broken line means that nothing was sent; from then on nobody knows, whatever is said afterwards.
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
        if self.is_text_next:
            self.is_handed_over = True


class HandingOverSMTP(HandingOver, smtplib.SMTP):
    pass


class HandingOverSMTPSSL(HandingOver, smtplib.SMTP_SSL):
    pass


class SMTPBackend(smtp.EmailBackend):
    """Django's own, with answers waited for no longer than SECONDS, unless EMAIL_URL says otherwise."""

    def __init__(self, *args, timeout=None, **options):
        super().__init__(*args, timeout=timeout or getattr(settings, "EMAIL_TIMEOUT", None) or SECONDS, **options)

    @property
    def connection_class(self):
        return HandingOverSMTPSSL if self.use_ssl else HandingOverSMTP

    @property
    def is_handed_over(self):
        return getattr(self.connection, "is_handed_over", False)

    def _close_connection(self, connection):
        if connection.sock:
            connection.sock.settimeout(GOODBYE_SECONDS)
        super()._close_connection(connection)


class MailServerDown(Exception):
    """No mail can be sent now, whatever it is: the same mail may be tried again at once when the server is back."""


class MailServerRefusesUs(MailServerDown):
    """And that will not change by itself: our name, password or sender is not the right one."""


@contextlib.contextmanager
def connecting():
    """Turns what goes wrong before any mail is on its way into MailServerDown."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        kind = MailServerRefusesUs if error.smtp_code in WHO_ARE_YOU else MailServerDown
        raise kind(in_words(error.smtp_code, error.smtp_error)) from error
    except Exception as error:  # whatever a backend raises, nothing has been sent
        raise MailServerDown(words_of(error)) from error


def send(message, line) -> tuple[Outcome, str]:
    """Try to send `message` over the open backend `line`, once; what became of it, and what the server said.

    Raises MailServerDown, with nothing sent, where that has nothing to do with this mail.
    """
    try:
        taken = line.send_messages([message])
    except MailServerDown:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        return of_code(*next(iter(error.recipients.values())), line)
    except smtplib.SMTPSenderRefused as error:
        return of_sender(error.smtp_code, error.smtp_error, line)
    except smtplib.SMTPDataError as error:
        return of_code(error.smtp_code, error.smtp_error, line)
    except Exception as error:  # a line that breaks, a header that is none, and whatever a backend raises
        return of_exception(error, line), words_of(error)
    return (Outcome.SENT, "") if taken else (Outcome.REFUSED, "It has nobody to go to.")


def of_code(code, said, line):
    """By its first figure: RFC 5321 section 4.2.1. What is no such code is no answer."""
    words = in_words(code, said)
    if code in WHO_ARE_YOU:
        raise MailServerRefusesUs(words)
    if code == CLOSING:
        return Outcome.CUT, words
    if 200 <= code < 300 and was_handed_over(line):
        return Outcome.SENT, words
    if not 400 <= code < 600:
        return of_silence(line), words
    return (Outcome.REFUSED if code >= 500 else Outcome.AGAIN), words


def of_sender(code, said, line):
    """What is refused before anybody has said to whom it goes is about us, or about the server's day."""
    outcome, words = of_code(code, said, line)
    if outcome is Outcome.REFUSED and code != TOO_LARGE:
        raise MailServerRefusesUs(words)
    return (Outcome.CUT if outcome is Outcome.AGAIN else outcome), words


def of_exception(error, line):
    """A provider's API says so with the status of HTTP, where it has answered at all."""
    status = getattr(error, "status_code", None) or 0
    if status in {401, 403}:
        raise MailServerRefusesUs(words_of(error)) from error
    if status in {429, 503}:
        return Outcome.AGAIN
    if isinstance(error, OSError) and not status:
        return of_silence(line)
    is_certain = 400 <= status < 500 or not was_handed_over(line)
    return Outcome.REFUSED if is_certain else Outcome.UNKNOWN


def of_silence(line):
    return Outcome.UNKNOWN if was_handed_over(line) else Outcome.CUT


def was_handed_over(line):
    """Whether the mail may have gone out. Of a backend that can't tell we think so."""
    return getattr(line, "is_handed_over", True)


def in_words(code, said):
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {said}".strip()


def words_of(error):
    return f"{type(error).__name__}: {error}"
