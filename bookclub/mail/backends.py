"""E-mail backends: SMTP that knows whether the text was handed over, and files in a folder.

Providers have backends of their own, from django-anymail.
"""

import secrets
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

REPLY_TIMEOUT_SECONDS = 30
QUIT_TIMEOUT_SECONDS = 3  # nobody needs that reply


class FolderBackend(BaseEmailBackend):
    """Keeps mail on this machine, where no EMAIL_URL names a server.

    Writes each message to DATA_DIR/mail/<UTC time>-<random>.eml, readable by its owner alone. Raises MailServerDown
    where the disk is full.
    """

    is_handed_over = False

    def send_messages(self, email_messages):
        for message in email_messages:
            content = message.message().as_bytes()
            try:
                self.write_file(content)
            except OSError as error:
                raise MailServerDown(describe_error(error)) from error
        return len(email_messages)

    def write_file(self, content):
        """Write the whole file or, where the disk is full, none."""
        folder = Path(settings.DATA_DIR) / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{timezone.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
        path.touch(mode=0o600)
        try:
            path.write_bytes(content)
        except OSError:
            path.unlink()
            raise


class HandoverTrackingMixin:
    """Remembers whether the server was given all of the last message's text.

    Before that, a broken connection means that nothing was sent; after it nobody knows, whatever the server replies.
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


class TrackingSMTP(HandoverTrackingMixin, smtplib.SMTP):
    pass


class TrackingSMTPSSL(HandoverTrackingMixin, smtplib.SMTP_SSL):
    pass


class SMTPBackend(smtp.EmailBackend):
    """Django's backend, which waits for a reply at most REPLY_TIMEOUT_SECONDS, unless EMAIL_URL says otherwise."""

    def __init__(self, *args, timeout=None, **options):
        timeout = timeout or settings.EMAIL_TIMEOUT or REPLY_TIMEOUT_SECONDS
        super().__init__(*args, timeout=timeout, **options)

    @property
    def connection_class(self):
        return TrackingSMTPSSL if self.use_ssl else TrackingSMTP

    @property
    def is_handed_over(self):
        return getattr(self.connection, "is_handed_over", False)

    def _close_connection(self, connection):
        if connection.sock:
            connection.sock.settimeout(QUIT_TIMEOUT_SECONDS)
        super()._close_connection(connection)


class MailServerDown(Exception):
    """No mail can be sent now, whichever it is; the same mail may be tried again once the server is back."""


class MailServerRefusesUs(MailServerDown):
    """The server refuses our name, password or sender, until somebody corrects the settings."""


def describe_error(error):
    return f"{type(error).__name__}: {error}"
