from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='member',
            name='wants_messages',
            field=models.BooleanField(default=True, help_text='What organisers write to those who come, wait or came. Mails about their own seat come in any case.', verbose_name='messages about meetups'),
        ),
    ]
