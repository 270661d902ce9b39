from django.core.management.base import BaseCommand, CommandError

from bookclub.sample import load

NOT_EMPTY = "There is content here already, so the sample stays out. It goes into an empty database only."


class Command(BaseCommand):
    help = "Loads the sample club into an empty database and writes down how its organiser signs in."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="do nothing, and call it success, if it is not")

    def handle(self, *, if_empty, **options):
        try:
            path = load.load()
        except load.NotEmpty:
            if not if_empty:
                raise CommandError(NOT_EMPTY) from None
            self.stdout.write(NOT_EMPTY)
        else:
            self.stdout.write(f"The sample club is in. How its organiser signs in: {path}")
