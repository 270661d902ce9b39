from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookclub", "0003_first_host")]

    operations = [
        migrations.AddField(
            model_name="club",
            name="first_steps_put_away_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
