from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from bookclub.admin_base.forms import ClubModelForm
from books.admin.duplicates import describe_same_isbn
from books.moving import NEEDS_PUBLISHING, audience_in, changes_readers


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


class ItemForm(ClubModelForm):
    """ItemAdmin sets `may_publish`: without it the form keeps what readers see, as the action "Move to another book"."""

    may_publish = False

    def clean_book(self):
        book, item = self.cleaned_data["book"], self.instance
        if self.may_publish or item.pk is None or book == item.book:
            return book
        if changes_readers(item, book):
            raise ValidationError(NEEDS_PUBLISHING, code="needs_publishing")
        item.audience = audience_in(item, book)
        return book
