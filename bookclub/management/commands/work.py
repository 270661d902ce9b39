import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bookclub.mail.backends import MailServerDown
from bookclub.mail.models import ONCE, OutgoingMail
from bookclub.mail.worker import WorkerLoop
from bookclub.server.data_folder import check_site
from bookclub.server.parent_process import end_with_parent
from bookclub.tasks import PERIODIC_TASKS
from newsletter.models import Delivery

# The most urgent first.
QUEUES = [OutgoingMail.objects.urgent(), OutgoingMail.objects.all(), Delivery.objects.all()]
STOP_SECONDS = 1.2  # after the death of the supervisor: all its processes end within two seconds


class Command(BaseCommand):
    help = "Sends queued mail and runs periodic tasks until Ctrl-C or SIGTERM. Several may run at the same time."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due now, then end; for cron")
        parser.add_argument(
            "--parent", type=int, metavar="PID", help="end when this process, the one that started the worker, ends"
        )

    def execute(self, *args, **options):
        check_site(settings.DATA_DIR)
        return super().execute(*args, **options)

    def handle(self, *, once, parent, **options):
        if parent:
            end_with_parent(parent, stop_seconds=STOP_SECONDS)
        worker = WorkerLoop(QUEUES, PERIODIC_TASKS, parent=parent)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, worker.stop)
        if once:
            self.run_once(worker)
        else:
            worker.run()

    def run_once(self, worker):
        worker.sender.worker_name = ONCE + worker.sender.worker_name
        worker.report_running()
        try:
            worker.run_once()
        except MailServerDown as error:
            raise CommandError(f"The mail server can't be used: {error}") from error
        finally:
            worker.shut_down()
        if worker.task_runner.problem:
            raise CommandError(worker.task_runner.problem)
