"""Mail that goes nowhere: where no EMAIL_URL names a server, each one lies in `mail/` as a file of its own."""

import secrets
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class FolderBackend(BaseEmailBackend):
    """Writes each message to DATA_DIR/mail/<UTC time>-<random>.eml, readable by its owner alone."""

    def send_messages(self, email_messages):
        folder = Path(settings.DATA_DIR) / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            path = folder / f"{timezone.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message.message().as_bytes())
        return len(email_messages)
