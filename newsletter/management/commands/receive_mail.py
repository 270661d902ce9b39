import sys

from django.core.management.base import BaseCommand

from newsletter.inbound import SIZE_LIMIT_BYTES, receive_mail


class Command(BaseCommand):
    help = "Read one incoming mail from standard input: a delivery report, a spam complaint or a request to leave."

    def handle(self, **options):
        self.stdout.write(receive_mail(sys.stdin.buffer.read(SIZE_LIMIT_BYTES)))
