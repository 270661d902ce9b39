"""What may stand as a person's name: anything that one can see."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError

LONGEST = 120
# Control characters, what turns the direction of writing or hides, halves of characters, ends of lines, none at all.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"}
# Without which names in Persian, Hindi and more can't be written.
JOINERS = {"\u200c", "\u200d"}


def check_name(text: str) -> None:
    """Raises ValidationError, with words for the person, for what nobody could see or what would mislead."""
    if any(unicodedata.category(letter) in UNSEEN and letter not in JOINERS for letter in text):
        raise ValidationError("There is something in this name that nobody can see. Type it again.", code="unseen")
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in text):
        raise ValidationError("Write your name in letters.", code="no_letters")


class NameField(forms.CharField):
    """A person's name as they type it, on one line."""

    default_validators = [check_name]
    default_error_messages = {
        "required": "What shall we call you?",
        "max_length": f"Write your name in {LONGEST} characters or fewer.",
    }

    def __init__(self, **options):
        attrs = {"autocomplete": "name"}
        super().__init__(**{"max_length": LONGEST, "widget": forms.TextInput(attrs=attrs)} | options)
        self.widget.attrs.pop("maxlength", None)  # a browser would cut off without a word
