"""Form field for names of people: any text without invisible characters."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from bookclub.core.text import has_invisible

MAX_NAME_LENGTH = 120


def validate_name(text: str) -> None:
    """Raise ValidationError, with a message for the person, for an invisible or misleading name."""
    if has_invisible(text):
        raise ValidationError("There is something in this name that nobody can see. Type it again.", code="unseen")
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in text):
        raise ValidationError("Write your name in letters.", code="no_letters")


class NameField(forms.CharField):
    """A name on one line, as typed."""

    default_validators = [validate_name]
    default_error_messages = {
        "required": "What shall we call you?",
        "max_length": f"Write your name in {MAX_NAME_LENGTH} characters or fewer.",
    }

    def __init__(self, **options):
        attrs = {"autocomplete": "name"}
        super().__init__(**{"max_length": MAX_NAME_LENGTH, "widget": forms.TextInput(attrs=attrs)} | options)
        self.widget.attrs.pop("maxlength", None)  # browsers cut longer text without a message
