from django import forms
from django.core.exceptions import ValidationError

from bookclub.search.hits import Filters
from bookclub.search.registry import GROUPS, get_searchables

MAX_BOOKS = 50


class LenientFieldMixin:
    """For a form field: treat an invalid value as empty, so that any query string is a search."""

    def clean(self, value):
        try:
            return super().clean(value)
        except ValidationError:
            return super().clean("")


class LenientChoiceField(LenientFieldMixin, forms.ChoiceField):
    pass


class LenientYearField(LenientFieldMixin, forms.IntegerField):
    pass


class LenientBookField(LenientFieldMixin, forms.ModelChoiceField):
    pass


class FilterForm(forms.Form):
    """The filters of the search page: ?kind=, ?book=SLUG and ?year=. It is always valid."""

    kind = LenientChoiceField(label="Where", required=False)
    book = LenientBookField(None, required=False, to_field_name="slug", empty_label="Any book")
    year = LenientYearField(required=False, min_value=1900, max_value=2200)

    def __init__(self, data, user):
        super().__init__(data)
        self.fields["kind"].choices = [("", "Everywhere"), *((name, words[0]) for name, words in GROUPS.items())]
        self.fields["book"].queryset = get_searchables()["book"].visible_to(user)

    def load_book_choices(self):
        """Offer the first books by title, and the chosen one. One query."""
        field, chosen = self.fields["book"], self.cleaned_data["book"]
        books = list(field.queryset.order_by("title", "pk")[:MAX_BOOKS])
        more = [chosen] if chosen and chosen not in books else []
        field.choices = [("", field.empty_label), *((book.slug, book.title) for book in books + more)]

    @property
    def filters(self):
        """The chosen Filters, of a validated form."""
        data = self.cleaned_data
        return Filters(data["kind"], data["book"], data["year"])
