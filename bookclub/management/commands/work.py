import signal

from django.core.management.base import BaseCommand

from bookclub.chores import CHORES
from bookclub.outbox import OutgoingMail
from bookclub.worker import Rounds
from newsletter.models import Delivery

# The most urgent first.
QUEUES = [OutgoingMail.objects.at_once(), OutgoingMail.objects.all(), Delivery.objects.all()]


class Command(BaseCommand):
    help = "Sends the outgoing mail and does the chores, until Ctrl-C or SIGTERM. Run as many as you like."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="What is due now, and no more.")

    def handle(self, *, once, **options):
        rounds = Rounds(QUEUES, CHORES)
        for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(word, rounds.stop)
        if once:
            rounds.once()
            rounds.leave()
        else:
            rounds.run()
