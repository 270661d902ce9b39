"""The form of a new write-up's review: its author, book, meetup and facts."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError

from bookclub.admin_base.object_permissions import has_full_access
from books.models import Book
from meetups.models import Meetup
from meetups.paste.options import is_month_first
from meetups.paste.parser.dates import find_date
from meetups.paste.save import MeetupChoices
from members.models import Author

MAX_CHOICES = 300
NONE = "none"
AS_TEXT_SAYS = "As the text says"
FACTS = {
    "met_on": forms.CharField(label="Met on", help_text="Such as 10 October 2018."),
    "venue": forms.CharField(label="Venue", max_length=120),
    "area": forms.CharField(label="Area", max_length=120),
    "address": forms.CharField(label="Address", max_length=200),
    "room": forms.CharField(label="Room", max_length=120),
    "headcount": forms.IntegerField(label="How many came", min_value=1, max_value=9_999),
    "book": forms.CharField(label="The book that a sentence names", max_length=200),
    "contributors": forms.CharField(label="Who wrote it", max_length=300),
    "job": forms.CharField(label="The author’s job", max_length=160),
}


class NoForm(forms.Form):
    """For destinations without choices."""

    def __init__(self, data=None, *, user, review):
        super().__init__(data)


class MeetupForm(forms.Form):
    def __init__(self, data=None, *, user, review):
        told = {f"told_{name}": format_fact(value) for name, value in review.facts.items()}
        super().__init__(data, initial=told | review.values)
        self.rows = {
            "author": authors_for(user),
            "book": Book.objects.visible_to(user).order_by("-pk"),
            "meetup": Meetup.objects.visible_to(user)
            .named_for(user)
            .select_related("writeup")
            .order_by("-date", "-pk"),
        }
        for name, rows in self.rows.items():
            self.fields[name] = forms.ChoiceField(choices=make_row_field(name, rows), required=False)
        for name, said in review.said.items():
            self.fields[name].choices = [("", f"{AS_TEXT_SAYS}: {said}"), *self.fields[name].choices[1:]]
        if not has_full_access(user):
            self.fields["author"].choices = self.fields["author"].choices[1:]
        for name, field in FACTS.items():
            self.fields[f"told_{name}"] = type(field)(**options_of(field))

    def clean_told_met_on(self):
        typed = self.cleaned_data["told_met_on"].strip()
        found = find_date(typed, month_first=is_month_first()) if typed else None
        if typed and not found:
            raise ValidationError("Write the date as “10 October 2018”, or leave it empty: then there is no meetup.")
        return found.value if found else None

    @property
    def chosen(self) -> MeetupChoices:
        data = self.cleaned_data
        rows = {name: self._row(name) for name in self.rows}
        facts = {name: data[f"told_{name}"] for name in FACTS}
        return MeetupChoices(**rows, facts=facts, is_article=data["meetup"] == NONE)

    def _row(self, name):
        key = self.cleaned_data[name]
        return self.rows[name].filter(pk=key).first() if key.isdecimal() else None


def authors_for(user):
    return Author.objects.order_by("name") if has_full_access(user) else Author.objects.filter(member=user)


def make_row_field(name, rows):
    choices = [("", AS_TEXT_SAYS), *((str(row.pk), option_label(row)) for row in rows[:MAX_CHOICES])]
    if name == "meetup":
        choices.insert(1, (NONE, "No meetup: an article"))
    return choices


def option_label(row):
    if isinstance(row, Meetup) and hasattr(row, "writeup"):
        return f"{row} (has a write-up)"
    return str(row)


def options_of(field):
    """Return the options for a new instance of the field."""
    options = {"label": field.label, "help_text": field.help_text, "required": False}
    for name in ("max_length", "min_value", "max_value"):
        if getattr(field, name, None) is not None:
            options[name] = getattr(field, name)
    return options


def format_fact(value):
    if isinstance(value, tuple):
        return ", ".join(person.name for person in value)
    return f"{value.day} {value:%B %Y}" if isinstance(value, dt.date) else value
