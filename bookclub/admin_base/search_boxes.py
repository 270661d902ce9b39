"""Search boxes of the admin's forms: they refuse values that are no primary keys, as any other wrong choice.

Django's own ask the database for every posted value when they show a refused form again, and fail with a server error
on a word, a NUL or a number beyond 64 bits.
"""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError


class KeysOnlyMixin:
    """For a widget of select2: ask the database only for keys."""

    def optgroups(self, name, value, attrs=None):
        return super().optgroups(name, [each for each in value if is_key(each)], attrs)


class SearchBox(KeysOnlyMixin, AutocompleteSelect):
    pass


class MultipleSearchBox(KeysOnlyMixin, AutocompleteSelectMultiple):
    pass


class RowsField(forms.ModelMultipleChoiceField):
    """A choice of several rows that refuses values that are no keys before it asks the database."""

    def clean(self, value):
        for each in value or ():
            if not is_key(str(each)):
                message = self.error_messages["invalid_pk_value"]
                raise ValidationError(message, code="invalid_pk_value", params={"pk": each})
        return super().clean(value)


def is_key(value):
    """Return whether the text `value` can be a primary key: a whole number that fits into 64 bits."""
    return value.isdecimal() and len(value) < 18


def are_keys(value):
    """Return whether `value`, a text or a list of texts, holds nothing but keys."""
    return all(map(is_key, value if isinstance(value, list) else [value]))
