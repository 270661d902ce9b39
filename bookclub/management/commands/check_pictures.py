from datetime import timedelta

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone

from bookclub.images import ResponsiveImageField
from bookclub.images.files import stored_names

AGE = timedelta(hours=1)  # a newer file may belong to a row that is not committed yet


class Command(BaseCommand):
    help = "Lists picture files that belong to no row, which a killed process can leave behind, and rows with missing files."

    def add_arguments(self, parser):
        parser.add_argument("--delete", action="store_true", help="delete the files that belong to no row")

    def handle(self, *, delete, **options):
        fields = [field for model in apps.get_models() for field in model._meta.fields]
        pictures = [field for field in fields if isinstance(field, ResponsiveImageField)]
        found = [finding for field in pictures for finding in self.check(field, delete)]
        for line in found:
            self.stdout.write(line)
        self.stdout.write(
            f"{len(found)} problems found." if found else "Every file belongs to a row, and no file is missing."
        )

    def check(self, field, delete):
        stored = stored_in(field)
        rows = field.model.objects.exclude(**{field.name: ""})
        wanted = {name: row for row in rows for name in stored_names(getattr(row, field.name).name, field.widths)}
        for name in sorted(stored - wanted.keys()):
            if delete:
                field.storage.delete(name)
            yield f"{'Deleted' if delete else 'Belongs to no row:'} {name}"
        for name in sorted(name for name in wanted if not field.storage.exists(name)):
            yield f"Missing: {name}, of {field.model._meta.verbose_name} {wanted[name].pk}, {wanted[name]}"


def stored_in(field):
    """Return the names of the files in the field's folder that are older than AGE."""
    folder = field.upload_to
    if not field.storage.exists(folder):
        return set()
    names = {f"{folder}/{name}" for name in field.storage.listdir(folder)[1]}
    return {name for name in names if field.storage.get_modified_time(name) < timezone.now() - AGE}
