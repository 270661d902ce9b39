"""How mail leaves: over SMTP, knowing whether the text was handed over, or into a folder. Providers have backends of
their own, by django-anymail.
"""

import secrets
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

SECONDS = 30  # for each answer of the mail server
GOODBYE_SECONDS = 3  # for the last one, which nobody needs


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


def words_of(error):
    return f"{type(error).__name__}: {error}"
