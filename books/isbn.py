"""ISBNs: typed in any of their ways, kept as thirteen figures."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from stdnum import exceptions, isbn

LABEL = re.compile(r"^\s*ISBN(-1[03])?\s*:?\s*", re.IGNORECASE)
# What is wrong, from the special to the general, and what to do about it.
SENTENCES = [
    (
        exceptions.InvalidChecksum,
        "One of these figures is wrong: they don't add up. Compare them with the book's back.",
    ),
    (exceptions.InvalidLength, "An ISBN has 13 figures, or 10 on an older book. Count them again."),
    (exceptions.InvalidComponent, "The ISBN of a book begins with 978 or 979. Take the figures beside the word ISBN."),
    (exceptions.InvalidFormat, "An ISBN is made of figures alone, with hyphens or spaces between. Take out the rest."),
]


def compact(text: str) -> str:
    """ISBN-13 without hyphens; what is no ISBN comes back as it was."""
    bare = LABEL.sub("", text)
    return isbn.to_isbn13(isbn.compact(bare)) if isbn.is_valid(bare) else text


def check(text: str) -> None:
    """Raises ValidationError with a sentence that says what is wrong with it."""
    try:
        isbn.validate(LABEL.sub("", text))
    except exceptions.ValidationError as error:
        sentence = next(sentence for kind, sentence in SENTENCES if isinstance(error, kind))
        raise ValidationError(sentence, code="isbn") from error


class ISBNInput(forms.CharField):
    """Thirteen figures, however they were typed."""

    default_validators = [check]

    def __init__(self, **options):
        super().__init__(**options | {"max_length": None})  # hyphens and spaces are free

    def to_python(self, value):
        return compact(super().to_python(value))


class ISBNField(models.CharField):
    """Stored and looked for as ISBN-13 without hyphens, however it was written."""

    default_validators = [check]

    def to_python(self, value):
        value = super().to_python(value)
        return compact(value) if value else value

    def formfield(self, **options):
        return super().formfield(**{"form_class": ISBNInput} | options)
