"""ISBN fields for models and forms. Every notation is accepted; ISBN-13 without hyphens is stored."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from stdnum import exceptions, isbn

LABEL = re.compile(r"^\s*ISBN(-1[03])?\s*:?\s*", re.IGNORECASE)
# From the most specific error to the most general one.
SENTENCES = [
    (
        exceptions.InvalidChecksum,
        "One of these figures is wrong: they don't add up. Compare them with the book's back.",
    ),
    (exceptions.InvalidLength, "An ISBN has 13 figures, or 10 on an older book. Count them again."),
    (exceptions.InvalidComponent, "The ISBN of a book begins with 978 or 979. Take the figures beside the word ISBN."),
    (exceptions.InvalidFormat, "An ISBN is made of figures alone, with hyphens or spaces between. Take out the rest."),
]


def normalize_isbn(text: str) -> str:
    """Return ISBN-13 without hyphens; text that is not an ISBN is returned unchanged."""
    bare = LABEL.sub("", text)
    return isbn.to_isbn13(isbn.compact(bare)) if isbn.is_valid(bare) else text


def validate_isbn(text: str) -> None:
    """Raise ValidationError with a sentence for people."""
    try:
        isbn.validate(LABEL.sub("", text))
    except exceptions.ValidationError as error:
        sentence = next(sentence for kind, sentence in SENTENCES if isinstance(error, kind))
        raise ValidationError(sentence, code="isbn") from error


class ISBNFormField(forms.CharField):
    """Accept an ISBN in any notation; clean it to ISBN-13."""

    default_validators = [validate_isbn]

    def __init__(self, **options):
        super().__init__(**options | {"max_length": None})  # hyphens and spaces are free

    def to_python(self, value):
        return normalize_isbn(super().to_python(value))


class ISBNField(models.CharField):
    """An ISBN in any notation, stored and looked up as ISBN-13 without hyphens."""

    default_validators = [validate_isbn]

    def to_python(self, value):
        value = super().to_python(value)
        return normalize_isbn(value) if value else value

    def formfield(self, **options):
        return super().formfield(**{"form_class": ISBNFormField} | options)
