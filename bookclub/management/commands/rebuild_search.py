from django.core.management.base import BaseCommand

from bookclub.search import index, triggers
from bookclub.search.registry import GROUPS


class Command(BaseCommand):
    help = "Writes the whole search index anew, beside the running site. Can be repeated, and be stopped at any time."

    def handle(self, **options):
        triggers.install_triggers()
        count = index.rebuild_index(self.report)
        self.stdout.write(f"The index has {count} entries.")

    def report(self, searchable, count):
        self.stdout.write(f"  {GROUPS[searchable.group][0]} ({searchable.name}) done, {count} entries so far.")
