from django import forms

from books.models import Book
from members.models import Author


class WriteUpFilter(forms.Form):
    """Which write-ups a reader asked for, by ?year=, ?book= and ?author=."""

    year = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    book = forms.ModelChoiceField(Book.objects.none(), required=False, to_field_name="slug", empty_label="Any book")
    author = forms.ModelChoiceField(Author.objects.none(), required=False, to_field_name="slug", empty_label="Anybody")
    author.label = "Posted by"

    def __init__(self, data, writeups, user):
        """`writeups` are all that `user` may see. Three queries once it is drawn."""
        super().__init__(data)
        years = [moment.year for moment in writeups.order_by().datetimes("published_at", "year", "DESC")]
        self.fields["year"].choices = [("", "Any year"), *((year, year) for year in years)]
        self.fields["book"].queryset = Book.objects.visible_to(user).filter(writeups__in=writeups).distinct()
        self.fields["author"].queryset = Author.objects.visible_to(user)

    def apply(self, writeups):
        """The write-ups that were asked for; none where the question makes no sense."""
        if not self.is_valid():
            return writeups.none()
        asked = {"published_at__year": "year", "book": "book", "author": "author"}
        wanted = {lookup: self.cleaned_data[name] for lookup, name in asked.items() if self.cleaned_data[name]}
        return writeups.filter(**wanted)

    @property
    def is_asked(self):
        return any(self.data.get(name) for name in self.fields)
