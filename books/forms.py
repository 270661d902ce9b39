from django import forms

from books.models import Book


class QuoteFilter(forms.Form):
    """The filter of the quotes page: ?book=SLUG."""

    book = forms.ModelChoiceField(Book.objects.none(), required=False, to_field_name="slug", empty_label="Every book")

    def __init__(self, data, user):
        super().__init__(data)
        self.fields["book"].queryset = Book.objects.visible_to(user).with_quotes(user)

    def apply(self, quotes):
        """Filter `quotes` by the chosen book; return none if the query is invalid."""
        if not self.is_valid():
            return quotes.none()
        book = self.cleaned_data["book"]
        return quotes.filter(book=book) if book else quotes
