"""E-mail backends: SMTP that tracks whether the text was handed over, and files in a folder.

Backends for providers are from django-anymail.
"""

import secrets
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

REPLY_TIMEOUT_SECONDS = 30
QUIT_TIMEOUT_SECONDS = 3  # the reply to QUIT is ignored


# None of these sends anything: they write mail to files, to the console or nowhere.
BACKENDS_WITHOUT_SERVER = {
    "bookclub.mail.backends.FolderBackend",
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
}


def has_mail_server():
    return settings.EMAIL_BACKEND not in BACKENDS_WITHOUT_SERVER


class FolderBackend(BaseEmailBackend):
    """Stores mail in files, if no EMAIL_URL names a server.

    Writes each message to DATA_DIR/mail/<UTC time>-<random>.eml, readable by its owner only. Raises MailServerDown
    if the disk is full.
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
        """Write the whole file, or none if the disk is full."""
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
    """Tracks whether the server has received all of the last message's text.

    Before that, a broken connection means that nothing was sent; after it, the outcome is unknown.
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
    """Django's backend with a timeout of REPLY_TIMEOUT_SECONDS, unless EMAIL_URL sets another one."""

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
    """No mail can be sent at present; the same mail may be tried again later."""


class MailServerRefusesUs(MailServerDown):
    """The server rejects our user name, password or sender; somebody must correct the settings."""


def describe_error(error):
    return f"{type(error).__name__}: {error}"
