from django import forms
from django.core.exceptions import ValidationError

from bookclub.core.models import Club
from bookclub.core.text import has_invisible
from books.models import Book
from meetups.models import RSVP
from members.forms.account import EmailAddressField
from members.models import Author
from members.name_field import NameField

GUEST_CHOICES = [(0, "Nobody"), (1, "One guest"), (2, "Two guests")]


def check_visible_characters(text):
    """Raise ValidationError for invisible characters and those that change the direction of writing."""
    if has_invisible(text):
        raise ValidationError("There is something in your message that nobody can see. Type it again.", code="unseen")


class RSVPForm(forms.Form):
    """A member's answer (the value of the pressed button), guests, and message to the organiser."""

    answer = forms.CharField(required=False, widget=forms.HiddenInput)
    guests = forms.TypedChoiceField(
        label="Who comes with you",
        coerce=int,
        empty_value=0,
        required=False,
        error_messages={"invalid_choice": "That is more guests than one member may bring."},
    )
    message = forms.CharField(
        label="A message to the organiser",
        max_length=300,
        required=False,
        validators=[check_visible_characters],
        error_messages={"max_length": "Keep your message within 300 characters."},
    )

    def __init__(self, *args, club, **options):
        super().__init__(*args, **options)
        self.club = club
        self.fields["message"].widget.attrs.pop("maxlength", None)  # browsers would cut the text without a message
        self.fields["guests"].choices = GUEST_CHOICES[: club.guests_allowed + 1]
        if not club.guests_allowed:
            del self.fields["guests"]

    def clean(self):
        data = super().clean()
        if data.get("answer") not in {RSVP.Answer.GOING, RSVP.Answer.NOT_GOING}:
            raise ValidationError("Press the button that says whether you come.", code="no_answer")
        return data

    @property
    def has_detail_errors(self):
        return bool({"guests", "message"} & self.errors.keys())

    @property
    def rsvp(self):
        """The keyword arguments of `record_rsvp`, from a valid form."""
        data = self.cleaned_data
        return {"answer": data["answer"], "guests": data.get("guests", 0), "message": data["message"]}


class VisitorForm(RSVPForm):
    """The answer of somebody who is not signed in, with their name and the address for the login code."""

    name = NameField(label="Your name", help_text="As you would like it on the place card.")
    email = EmailAddressField(help_text="For a code, the confirmation and a reminder. Nothing else.")
    field_order = ["name", "email"]

    def clean(self):
        data = super().clean()
        if self.club.joining == Club.Joining.CLOSED:
            raise ValidationError("We take nobody new for now. If you are a member, sign in first.", code="closed")
        return data


class WriteUpFilter(forms.Form):
    """Filters the list of write-ups by ?year=, ?book= and ?author=."""

    year = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    book = forms.ModelChoiceField(Book.objects.none(), required=False, to_field_name="slug", empty_label="Any book")
    author = forms.ModelChoiceField(Author.objects.none(), required=False, to_field_name="slug", empty_label="Anybody")
    author.label = "Posted by"

    def __init__(self, data, writeups, user):
        """`writeups` are those that `user` may see. Rendering takes three queries."""
        super().__init__(data)
        years = [moment.year for moment in writeups.order_by().datetimes("published_at", "year", "DESC")]
        self.fields["year"].choices = [("", "Any year"), *((year, year) for year in years)]
        self.fields["book"].queryset = Book.objects.visible_to(user).filter(writeups__in=writeups).distinct()
        self.fields["author"].queryset = Author.objects.visible_to(user)

    def apply(self, writeups):
        """Return the matching write-ups; none if a value is invalid."""
        if not self.is_valid():
            return writeups.none()
        lookups = {"published_at__year": "year", "book": "book", "author": "author"}
        wanted = {lookup: self.cleaned_data[name] for lookup, name in lookups.items() if self.cleaned_data[name]}
        return writeups.filter(**wanted)

    @property
    def has_criteria(self):
        return any(self.data.get(name) for name in self.fields)
