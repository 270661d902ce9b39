from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0007_merge_spellings_of_addresses")]

    operations = [
        migrations.AddField("subscriberimport", "columns", models.JSONField(default=dict)),
        migrations.AddField("subscriberimport", "answers", models.JSONField(default=dict)),
    ]
