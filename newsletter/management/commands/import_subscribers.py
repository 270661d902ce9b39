from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from newsletter.csv_import import PackedList
from newsletter.lists.files import NoAddresses, read_file


class Command(BaseCommand):
    help = (
        "Report a verdict on each row of a CSV or Excel file with addresses; with --yes, subscribe the new ones, and keep "
        "those who left elsewhere off the list. Sends no mail."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--consent", required=True, help="where the people agreed, such as “list at the door, 12 October 2026”"
        )
        parser.add_argument("--addresses", metavar="HEADING", help="the column of addresses, if there are several")
        parser.add_argument(
            "--refusal",
            action="append",
            metavar="HEADING=VALUE",
            help="a cell that means that somebody left; repeatable",
        )
        parser.add_argument("--no-refusal", action="store_true", help="no cell that is asked about means that")
        parser.add_argument("--yes", action="store_true", help="subscribe the new addresses")

    def handle(self, *, file, consent, yes, addresses, refusal, no_refusal, **options):
        if not consent.strip():
            raise CommandError("Say where they agreed to get mail: --consent.")
        try:
            with file.open("rb") as raw:
                packed_list = PackedList.read(read_file(raw))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except NoAddresses as error:
            raise CommandError(error.message) from error
        columns = packed_list.columns
        answers = find_answers(columns, addresses, refusal or ([] if no_refusal else None))
        self.show_columns(columns, answers)
        if yes and columns.has_open_questions(answers):
            raise CommandError("Answer the questions first: --addresses, --refusal, --no-refusal. Nothing was changed.")
        report = packed_list.import_rows(consent=consent.strip(), is_dry=not yes, answers=answers)
        for _, words, number, examples in report.rows:
            self.stdout.write(f"{number:8,}  {words} (line {examples[0][0]})")
        if not yes:
            self.stdout.write("Nothing was changed. Run the command again with --yes to subscribe the new addresses.")

    def show_columns(self, columns, answers):
        for heading, role, values in columns.describe(answers):
            self.stdout.write(f"“{heading}”: {role}")
            for value, number, meaning in values:
                self.stdout.write(f"{number:8,}  {value}: {meaning}")
        if columns.get_address_column(answers) is None:
            names = " or ".join(f"“{heading}”" for _, heading, _ in columns.address_question)
            self.stdout.write(f"Which column has the addresses that agreed to get mail: {names}?")
        if "refusals" not in answers:
            for heading, values in columns.refusal_questions:
                words = ", ".join(f"“{value}”" for _, value, _ in values)
                self.stdout.write(f"“{heading}”: is one of these a refusal? {words}")


def find_answers(columns, addresses, refusals) -> dict:
    """Return the answers as `Columns` takes them. Raise CommandError for a heading or value that is not asked about."""
    answers = {}
    if addresses:
        found = [column for column, heading, _ in columns.address_question if heading == addresses]
        if not found:
            raise CommandError(f"There is no question about a column of addresses named “{addresses}”.")
        answers["address"] = found[0]
    if refusals is not None:
        offered = {
            f"{heading}={value}": answer for heading, values in columns.refusal_questions for answer, value, _ in values
        }
        if unknown := [each for each in refusals if each not in offered]:
            raise CommandError(f"Not asked about: {', '.join(unknown)}.")
        answers["refusals"] = [offered[each] for each in refusals]
    return answers
