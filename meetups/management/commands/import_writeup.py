from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from books.models import Book
from meetups.importing import Refused, import_writeup
from meetups.importing.report import report
from meetups.models import Meetup
from meetups.splitting import MOST_BYTES, Unreadable


class Command(BaseCommand):
    help = (
        "Reads a plain-text write-up and makes a draft of it, with its meetup, its book, and all that belongs to them."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path, help="plain text: UTF-8, UTF-16 or Windows-1252")
        parser.add_argument("--dry-run", action="store_true", help="say what would be made, and change nothing")
        parser.add_argument("--book", metavar="SLUG", help="the book it is about, by the last part of its address")
        parser.add_argument(
            "--meetup", metavar="SLUG", help="the meetup it reports on, by the last part of its address"
        )
        parser.add_argument("--publish", action="store_true", help="publish it with the date it bears")

    def handle(self, *, file, dry_run, book, meetup, publish, **options):
        chosen = {"book": find(Book, book), "meetup": find(Meetup, meetup)}
        try:
            done = import_writeup(read(file), publish=publish, dry_run=dry_run, **chosen)
        except (Unreadable, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(report(done, dry_run=dry_run)))


def read(path):
    """The file's bytes: one more than can be read, at most."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} can't be opened: {error.strerror}.") from error


def find(model, slug):
    if slug is None:
        return None
    row = model.objects.filter(slug=slug).first()
    if row is None:
        raise CommandError(f"There is no {model._meta.verbose_name} with the slug “{slug}”.")
    return row
