import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0001_initial'),
        ('meetups', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Paste',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('destination', models.CharField(choices=[('new write-up', 'a new write-up'), ('write-up', 'a write-up'), ('session notes', 'session notes'), ('quotes', 'quotes'), ('questions', 'questions')], max_length=20)),
                ('title', models.CharField(max_length=80)),
                ('text', models.TextField(blank=True)),
                ('html', models.TextField(blank=True)),
                ('reports', models.JSONField(default=list)),
                ('digest', models.CharField(max_length=64)),
                ('corrections', models.JSONField(default=dict)),
                ('outcome', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('changed_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('saved_at', models.DateTimeField(null=True)),
                ('book', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pastes', to='books.book')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pastes', to=settings.AUTH_USER_MODEL)),
                ('writeup', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pastes', to='meetups.writeup')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(condition=models.Q(('saved_at', None)), fields=('owner', 'digest'), name='a_member_pastes_a_document_once', violation_error_message='You have pasted this document already.'), models.CheckConstraint(condition=models.Q(('saved_at', None), models.Q(('html', ''), ('text', '')), _connector='OR'), name='a_saved_paste_keeps_no_document')],
            },
        ),
    ]
