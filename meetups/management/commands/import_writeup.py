from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from books.models import Book
from meetups.models import Meetup
from meetups.paste.importer import Refused, import_writeup
from meetups.paste.importer.report import format_report
from meetups.paste.sources import MAX_FILE_BYTES, Unreadable


class Command(BaseCommand):
    help = "Imports a write-up from a file as a draft, with its meetup, its book, and the items of the book."

    def add_arguments(self, parser):
        parser.add_argument(
            "file",
            metavar="FILE",
            type=Path,
            help="Word, OpenDocument, RTF, HTML, Markdown, a saved mail or plain text",
        )
        parser.add_argument("--dry-run", action="store_true", help="report what would be created, and change nothing")
        parser.add_argument("--book", metavar="SLUG", help="the book it is about, by the last part of its address")
        parser.add_argument(
            "--meetup", metavar="SLUG", help="the meetup it reports on, by the last part of its address"
        )
        parser.add_argument("--publish", action="store_true", help="publish it, with its own date")

    def handle(self, *, file, dry_run, book, meetup, publish, **options):
        chosen = {"book": find_by_slug(Book, book), "meetup": find_by_slug(Meetup, meetup)}
        try:
            done = import_writeup(read_file(file), name=file.name, publish=publish, dry_run=dry_run, **chosen)
        except (Unreadable, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(format_report(done, dry_run=dry_run)))


def read_file(path):
    """Return the file's bytes, at most one more than the parser accepts."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} can't be opened: {error.strerror}.") from error


def find_by_slug(model, slug):
    if slug is None:
        return None
    row = model.objects.filter(slug=slug).first()
    if row is None:
        raise CommandError(f"There is no {model._meta.verbose_name} with the slug “{slug}”.")
    return row
