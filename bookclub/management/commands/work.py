import signal

from django.core.management.base import BaseCommand, CommandError

from bookclub.chores import CHORES
from bookclub.mail import MailServerDown
from bookclub.outbox import OutgoingMail
from bookclub.worker import Rounds
from newsletter.models import Delivery

# The most urgent first.
QUEUES = [OutgoingMail.objects.at_once(), OutgoingMail.objects.all(), Delivery.objects.all()]


class Command(BaseCommand):
    help = "Sends the outgoing mail and does the chores, until Ctrl-C or SIGTERM. Run as many as you like."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="What is due now, and no more: for a timetable.")
        parser.add_argument(
            "--parent", type=int, metavar="PID", help="End when this process, which has started it, does."
        )

    def handle(self, *, once, parent, **options):
        rounds = Rounds(QUEUES, CHORES, parent=parent)
        for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(word, rounds.stop)
        if once:
            self.once(rounds)
        else:
            rounds.run()

    def once(self, rounds):
        rounds.say_we_are_here()
        try:
            rounds.once()
        except MailServerDown as error:
            raise CommandError(f"The mail server takes nothing: {error}") from error
        finally:
            rounds.leave()
        if rounds.chores.trouble:
            raise CommandError(rounds.chores.trouble)
