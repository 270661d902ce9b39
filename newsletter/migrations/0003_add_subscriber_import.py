import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("newsletter", "0002_add_provider_report"),
    ]

    operations = [
        migrations.CreateModel(name="SubscriberImport", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("consent", models.CharField(max_length=180)),
            ("state", models.CharField(choices=[("looking", "Looking at each row"), ("ready", "Looked at"), ("importing", "Bringing the new ones in"), ("done", "Brought in"), ("failed", "Can’t be read")], default="looking", max_length=10)),
            ("row_count", models.PositiveIntegerField(default=0)),
            ("rows_done", models.PositiveIntegerField(default=0)),
            ("counts", models.JSONField(default=dict)),
            ("examples", models.JSONField(default=dict)),
            ("problem", models.TextField(blank=True)),
            ("claimed_until", models.DateTimeField(null=True)),
            ("expires_at", models.DateTimeField(db_index=True)),
            ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="subscriber_imports", to=settings.AUTH_USER_MODEL)),
        ], options={"default_permissions": ()}),
        migrations.CreateModel(name="SubscriberImportContent", fields=[
            ("list", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="content", serialize=False, to="newsletter.subscriberimport")),
            ("is_read", models.BooleanField()),
            ("data", models.BinaryField()),
        ], options={"default_permissions": ()}),
    ]
