from django.core.management.base import BaseCommand, CommandError

from bookclub.core.database.exclusive_transaction import StillLocked
from bookclub.sample import load

NOT_EMPTY = "The database has content already. The sample club can only be loaded into an empty database."


class Command(BaseCommand):
    help = (
        "Loads the sample club into an empty database and writes its organiser's password to organiser.txt in DATA_DIR."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="succeed without a change if the database is not empty"
        )

    def handle(self, *, if_empty, **options):
        try:
            path = load.load_sample_club(self.stderr.write)
        except StillLocked as error:
            raise CommandError(str(error)) from None
        except load.NotEmpty:
            if not if_empty:
                raise CommandError(NOT_EMPTY) from None
            self.stdout.write(NOT_EMPTY)
        else:
            self.stdout.write(f"The sample club is loaded. The organiser's address and password are in {path}")
