import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0005_add_name")]

    operations = [
        migrations.CreateModel(
            name="MergedSubscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=43, unique=True)),
                ("confirm_token", models.CharField(max_length=43, unique=True)),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merged", to="newsletter.subscriber"
                    ),
                ),
            ],
            options={"default_permissions": ()},
        )
    ]
