from datetime import timedelta

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone

from bookclub.pictures import PictureField
from bookclub.pictures.files import names_of

AGE = timedelta(hours=1)  # a younger file may belong to a row that is being saved


class Command(BaseCommand):
    help = (
        "Lists pictures that no row shows, as a process that is killed may leave them, and rows whose files are gone."
    )

    def add_arguments(self, parser):
        parser.add_argument("--delete", action="store_true", help="delete the files that no row shows")

    def handle(self, *, delete, **options):
        fields = [(model, field) for model in apps.get_models() for field in picture_fields(model)]
        found = [finding for model, field in fields for finding in self.check(model, field, delete)]
        for line in found:
            self.stdout.write(line)
        self.stdout.write(f"{len(found)} to look at." if found else "Every file has its row, and every row its files.")

    def check(self, model, field, delete):
        stored = stored_in(field)
        wanted = {name: row for row in model.objects.exclude(**{field.name: ""}) for name in names_in(row, field)}
        for name in sorted(stored - wanted.keys()):
            if delete:
                field.storage.delete(name)
            yield f"{'Deleted' if delete else 'No row shows'} {name}"
        for name in sorted(name for name in wanted if not field.storage.exists(name)):
            yield f"Gone: {name}, of {model._meta.verbose_name} {wanted[name].pk}, {wanted[name]}"


def picture_fields(model):
    return [field for field in model._meta.fields if isinstance(field, PictureField)]


def names_in(row, field):
    return names_of(getattr(row, field.name).name, field.widths)


def stored_in(field):
    """The names of the files in the field's folder that are old enough to have their row."""
    folder = field.upload_to
    if not field.storage.exists(folder):
        return set()
    names = {f"{folder}/{name}" for name in field.storage.listdir(folder)[1]}
    return {name for name in names if field.storage.get_modified_time(name) < timezone.now() - AGE}
