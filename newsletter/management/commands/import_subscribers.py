from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from newsletter.csv_import import NoAddresses, import_lines, open_text


class Command(BaseCommand):
    help = (
        "Report a verdict on each row of a CSV file with addresses; with --yes, subscribe the new ones. Sends no mail."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--consent", required=True, help="where the people agreed, such as “list at the door, 12 October 2026”"
        )
        parser.add_argument("--yes", action="store_true", help="subscribe the new addresses")

    def handle(self, *, file, consent, yes, **options):
        if not consent.strip():
            raise CommandError("Say where they agreed to get mail: --consent.")
        try:
            with file.open("rb") as raw:
                report = import_lines(open_text(raw), consent=consent.strip(), is_dry=not yes)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except NoAddresses as error:
            raise CommandError(error.message) from error
        for _, words, number, examples in report.rows:
            self.stdout.write(f"{number:8,}  {words} (line {examples[0][0]})")
        if not yes:
            self.stdout.write("Nothing was changed. Run the command again with --yes to subscribe the new addresses.")
