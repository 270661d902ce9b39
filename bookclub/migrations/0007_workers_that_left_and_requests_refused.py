from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookclub", "0006_outbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="mailrequest",
            name="is_within",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="worker",
            name="left_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="fence",
            name="kind",
            field=models.CharField(
                choices=[
                    ("restored", "this may be a restored backup"),
                    ("login", "the mail server refuses our name, password or sender"),
                    ("paused", "an organiser has stopped it"),
                ],
                max_length=10,
            ),
        ),
    ]
