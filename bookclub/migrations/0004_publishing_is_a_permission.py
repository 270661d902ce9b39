from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookclub", "0003_versions")]

    operations = [
        migrations.AlterModelOptions(
            name="club",
            options={
                "permissions": [("view_drafts", "Can see every draft"), ("publish", "Can publish and take back")],
                "verbose_name_plural": "club",
            },
        ),
    ]
