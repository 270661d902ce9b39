"""Who is coming learns of a new date, time or place: the form says how many they are, and asks."""

from django import forms

from bookclub.desk.forms import DeskForm
from bookclub.templatetags.bookclub import count
from meetups.changing import is_told, note_change, those_coming
from meetups.seating import changing

ABOUT = (
    "{} or waiting: if you change the date, the times, the zone, the venue or the room, each gets a mail with the old "
    "and the new. It leaves five minutes after your last correction. Of anything else nobody is told."
)


class TellingForm(DeskForm):
    tells = forms.BooleanField(label="Tell those who are coming", required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None or not is_told(self.instance):
            del self.fields["tells"]
            return
        people = those_coming(self.instance).count()
        self.fields["tells"].help_text = ABOUT.format(f"{people} {'person is' if people == 1 else 'people are'} coming")


class TellingOfChanges:
    """For the ModelAdmin of meetups, whose form is a TellingForm."""

    def get_fieldsets(self, request, obj=None):
        """Below where the evening is: whoever may change that is asked."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is not None and is_told(obj) and self.has_change_permission(request, obj):
            below = [name for name, _ in fieldsets].index("Where") + 1
            fieldsets.insert(below, ("Who is told", {"fields": ["tells"]}))
        return fieldsets

    def save_model(self, request, obj, form, change):
        """Seats that come free by it are given out in the same transaction."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        with changing(obj) as seats:
            super().save_model(request, obj, form, change)
            people = note_change(seats.meetup, obj) if form.cleaned_data.get("tells") else 0
        self.tell_seated(request, seats.seated)
        if people:
            words = f"{count(people, 'person').replace('persons', 'people')} will be told of it by mail in five minutes"
            self.message_user(request, f"{words}, unless you change it back.")
