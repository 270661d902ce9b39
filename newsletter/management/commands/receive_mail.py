import logging
import os
import sys

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError

from newsletter.inbound import receive_mail
from newsletter.inbound_parser import MAX_BYTES

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Read one incoming mail from standard input: a delivery report, a spam complaint or a request to leave."

    def handle(self, **options):
        try:
            self.stdout.write(receive_mail(read_start(sys.stdin.buffer)))
        except (DatabaseError, InterfaceError) as error:
            logger.error("An incoming mail can't be processed now: the database fails (%s).", type(error).__name__)
            sys.exit(os.EX_TEMPFAIL)  # the mail server keeps the mail and tries again; other statuses would bounce it


def read_start(file):
    """Return the first MAX_BYTES. Read the rest, too: a mail server may take a closed pipe for a failed delivery."""
    start = file.read(MAX_BYTES)
    while file.read(65_536):
        pass
    return start
