from django.db import migrations
from django.utils import timezone

RECORDED = ["Book", "Contribution", "Note", "Term", "Question", "Quote", "Reading"]
REASON = "As it stood when its history began"
ROWS_AT_A_TIME = 500


def write_first_versions(apps, schema_editor):
    """Without a version of what is here already, the first change would lose it."""
    for name in RECORDED:
        write_first_versions_of(apps.get_model("books", name), apps.get_model("books", f"Historical{name}"))


def write_first_versions_of(model, history):
    own = {"history_id", "history_date", "history_change_reason", "history_type", "history_user"}
    names = [field.attname for field in history._meta.fields if field.name not in own]
    about = {"history_date": timezone.now(), "history_type": "+", "history_change_reason": REASON}
    rows = model.objects.order_by("pk").values(*names).iterator(chunk_size=ROWS_AT_A_TIME)
    history.objects.bulk_create((history(**row, **about) for row in rows), batch_size=ROWS_AT_A_TIME)


class Migration(migrations.Migration):
    dependencies = [("books", "0002_versions_and_history")]

    operations = [migrations.RunPython(write_first_versions, migrations.RunPython.noop, elidable=True)]
