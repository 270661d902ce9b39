from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('meetups', '0005_add_guest_messages'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='photo',
            name='photo_has_alt_text_or_is_decorative',
        ),
    ]
