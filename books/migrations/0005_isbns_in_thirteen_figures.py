from django.db import migrations
from stdnum import isbn


def write_in_thirteen_figures(apps, schema_editor):
    """What is no ISBN, or would be one twice, stays as it was typed."""
    books = apps.get_model("books", "Book").objects.exclude(isbn="")
    taken = set(books.values_list("isbn", flat=True))
    for key, typed in books.order_by("pk").values_list("pk", "isbn"):
        written = isbn.to_isbn13(isbn.compact(typed)) if isbn.is_valid(typed) else typed
        if written not in taken:
            books.filter(pk=key).update(isbn=written)
            taken.add(written)


class Migration(migrations.Migration):
    dependencies = [("books", "0004_isbns_are_one_kind_of_field")]

    operations = [migrations.RunPython(write_in_thirteen_figures, migrations.RunPython.noop, elidable=True)]
