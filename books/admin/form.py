from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from bookclub.admin_base.forms import ClubModelForm
from books.admin.duplicates import describe_same_isbn


class BookForm(ClubModelForm):
    """BookAdmin sets `user`, and `cover`, the URL of a fetched cover."""

    user, cover = None, ""
    takes_cover = forms.BooleanField(label="Take this cover from Open Library", required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.cover:
            picture = '<img class="picture" src="{}" alt="The cover that Open Library has">'
            self.fields["takes_cover"].help_text = format_html(picture, self.cover)

    def clean_isbn(self):
        isbn = self.cleaned_data["isbn"]
        if sentence := describe_same_isbn(isbn, self.user, self.instance.pk):
            raise ValidationError(sentence, code="same_isbn")
        return isbn
