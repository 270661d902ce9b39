import sys

from django.core.management.base import BaseCommand

from newsletter.receiving import SIZE_LIMIT_BYTES, receive


class Command(BaseCommand):
    help = (
        "Reads one mail that came in for the newsletter on its standard input: a report, a complaint, a leave-taking."
    )

    def handle(self, **options):
        self.stdout.write(receive(sys.stdin.buffer.read(SIZE_LIMIT_BYTES)))
