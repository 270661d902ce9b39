import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import bookclub.core.markdown_fields


class Migration(migrations.Migration):

    dependencies = [
        ('meetups', '0004_body_help'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GuestMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('whom', models.CharField(choices=[('all', 'Everybody who comes or waits'), ('going', 'Those who come'), ('waiting', 'Those who wait for a seat'), ('came', 'Those who came')], max_length=10, verbose_name='to')),
                ('subject', models.CharField(max_length=120)),
                ('text', bookclub.core.markdown_fields.MarkdownField(help_text='Markdown.')),
                ('text_html', bookclub.core.markdown_fields.RenderedHTMLField('text', 'prose')),
                ('recipient_count', models.PositiveIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
                ('meetup', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guest_messages', to='meetups.meetup')),
                ('recipients', models.ManyToManyField(editable=False, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('sent_at__isnull', False)), fields=['meetup', 'sent_at'], name='guest_message_sent')],
            },
        ),
    ]
