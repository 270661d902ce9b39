from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from bookclub.desk.forms import DeskForm
from books.desk.doubles import same_isbn


class BookForm(DeskForm):
    """`user` is whoever fills it in, `cover` the address of a cover that was fetched."""

    user, cover = None, ""
    takes_cover = forms.BooleanField(label="Take this cover from Open Library", required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.cover:
            picture = '<img class="picture" src="{}" alt="The cover that Open Library has">'
            self.fields["takes_cover"].help_text = format_html(picture, self.cover)

    def clean_isbn(self):
        isbn = self.cleaned_data["isbn"]
        if sentence := same_isbn(isbn, self.user, self.instance.pk):
            raise ValidationError(sentence, code="same_isbn")
        return isbn
