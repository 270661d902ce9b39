from django.db import migrations, models

import bookclub.core.theme


class Migration(migrations.Migration):

    dependencies = [
        ('bookclub', '0004_add_first_steps'),
    ]

    operations = [
        migrations.AddField(
            model_name='club',
            name='accent',
            field=models.CharField(blank=True, help_text='Of links, buttons and panels, such as #7d1835. We make the one for dark screens. Empty: ours.', max_length=7, validators=[bookclub.core.theme.check_accent], verbose_name='accent colour'),
        ),
        migrations.AddField(
            model_name='club',
            name='newsletter_asks_name',
            field=models.BooleanField(default=False, help_text="In the newsletter's forms, for those who like to give one: their letters then begin “Dear Ann,”.", verbose_name='ask for a name, too'),
        ),
        migrations.AddField(
            model_name='club',
            name='typeface',
            field=models.CharField(blank=True, choices=[('', 'Literata, made for reading on screens'), ('georgia', 'Georgia, a serif that most devices have'), ('sans', 'The device’s own, without serifs')], default='', max_length=10),
        ),
    ]
