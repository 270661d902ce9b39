from django.core.management.base import BaseCommand, CommandError

from bookclub.core.formatting import count_noun
from bookclub.core.rerendering import rerender_all


class Command(BaseCommand):
    help = "Renders all stored Markdown anew and lists the texts whose pages change. Running it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="list them, but store nothing")

    def handle(self, *, dry_run, **options):
        changed = refused = 0
        for found in rerender_all(is_dry_run=dry_run):
            self.stdout.write(str(found))
            changed += not found.refusal
            refused += bool(found.refusal)
        self.stdout.write(f"{count_noun(changed, 'text')} {'would change' if dry_run else 'changed'}.")
        if refused:
            raise CommandError(f"{count_noun(refused, 'text')} can't be rendered: shorten or split them in the admin.")
