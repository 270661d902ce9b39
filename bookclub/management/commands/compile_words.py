from django.core.management.base import BaseCommand

from bookclub.core.gettext_catalog import compile_po
from bookclub.environment import BASE_DIR


class Command(BaseCommand):
    help = "Write locale/**/*.mo, which the site reads, from the .po files beside them."

    def handle(self, *args, **options):
        for path in sorted((BASE_DIR / "locale").rglob("*.po")):
            path.with_suffix(".mo").write_bytes(compile_po(path))
            self.stdout.write(f"{path.with_suffix('.mo').relative_to(BASE_DIR)}")
