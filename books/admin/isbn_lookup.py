"""Add a book by its ISBN: fetch it from Open Library, then show the ordinary form, filled in and not yet saved.

Fetched data stays in a table for a day, for the organiser who fetched it: the form can be opened again without
another request, and nothing is in the database before it is saved.
"""

import secrets
from urllib.parse import quote

from django import forms
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from books.admin.contributors import find_contributor
from books.admin.duplicates import describe_same_isbn, find_same_title
from books.isbn import ISBNFormField, normalize_isbn
from books.openlibrary import FoundBook, OpenLibraryError, fetch_book

SECONDS_KEPT = 24 * 60 * 60
FACTS = ["isbn", "title", "subtitle", "publisher", "first_published_year"]
GONE = "What was fetched is not here any more: it is kept for a day. Fetch it again, or type the book."
COVER_GONE = "The cover was not saved: what is fetched is kept for a day. Add the picture below “Cover”."


class ISBNForm(forms.Form):
    isbn = ISBNFormField(
        label="ISBN",
        help_text="Beside the bars on the back: 13 figures, or 10 on an older book. With or without hyphens.",
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True, "class": "vTextField", "size": 20}),
    )

    def __init__(self, data, user):
        super().__init__(data)
        self.user = user

    def clean_isbn(self):
        isbn = self.cleaned_data["isbn"]
        if sentence := describe_same_isbn(isbn, self.user):
            raise ValidationError(sentence, code="same_isbn")
        return isbn


class FetchedBook:
    """A fetched book, not saved yet."""

    def __init__(self, token: str, book: FoundBook):
        self.token, self.book = token, book

    @classmethod
    def keep(cls, book, user):
        token = secrets.token_urlsafe(16)
        caches["unsaved"].set(cls._key(token), {"user": user.pk, "book": vars(book)}, SECONDS_KEPT)
        return cls(token, book)

    @classmethod
    def get(cls, token, user):
        """Return None if it has expired or somebody else fetched it."""
        kept = caches["unsaved"].get(cls._key(token)) if token else None
        return cls(token, FoundBook(**kept["book"])) if kept and kept["user"] == user.pk else None

    @staticmethod
    def _key(token):
        return f"fetched-book-{token}"

    @property
    def form_address(self):
        return f"{reverse('admin:books_book_add')}?fetched={self.token}"

    @property
    def cover_address(self):
        return reverse("admin:books_book_fetched_cover", args=[self.token])

    @property
    def facts(self):
        return {name: getattr(self.book, name) for name in FACTS}

    @cached_property
    def rows(self):
        """Initial values of the contributors inline: existing contributors by pk, other people as new names."""
        people = enumerate(self.book.people, 1)
        return [{"position": number, "role": role} | find_contributor_key(name) for number, (name, role) in people]


def find_contributor_key(name):
    person = find_contributor(name)
    return {"contributor": person.pk} if person else {"new_name": name}


def get_fetched(request) -> FetchedBook | None:
    """Return the fetched book of ?fetched=TOKEN."""
    return FetchedBook.get(request.GET.get("fetched", "")[:40], request.user)


def get_urls(model_admin):
    page = model_admin.page
    return [
        page("by-isbn/", ask_for_isbn, "by_isbn", permission="add", template="admin/books/book/by_isbn.html"),
        page("by-isbn/<str:token>/cover/", show_cover, "fetched_cover"),
    ]


def ask_for_isbn(model_admin, request):
    form = ISBNForm(request.POST or None, request.user)
    if request.method == "POST" and form.is_valid():
        try:
            book = fetch_book(form.cleaned_data["isbn"], request.club)
        except OpenLibraryError as error:
            form.add_error("isbn", str(error))
        else:
            return redirect(FetchedBook.keep(book, request.user).form_address)
    typed = form.data.get("isbn", "")
    by_hand = model_admin.reverse("add") + (f"?isbn={quote(normalize_isbn(typed))}" if typed else "")
    return {"title": "Add a book by its ISBN", "form": form, "by_hand": by_hand}


def show_cover(model_admin, request, token):
    kept = FetchedBook.get(token, request.user)
    if not model_admin.has_add_permission(request) or kept is None or not kept.book.cover:
        raise Http404
    return HttpResponse(kept.book.cover, content_type="image/webp", headers={"Cache-Control": "private, no-store"})


def offer_cover(request, fieldsets):
    """Add “Take this cover” above the upload field."""
    fetched = get_fetched(request)
    if not fetched or not fetched.book.cover:
        return fieldsets
    return [
        (name, options | {"fields": ["takes_cover", *options["fields"]]} if name == "Cover" else options)
        for name, options in fieldsets
    ]


def get_form_context(model_admin, request):
    """Return the context of the add page; add a message if the fetched data has expired."""
    fetched = get_fetched(request)
    if fetched:
        return {"fetched": fetched, "same_title": find_same_title(fetched.book.title, request.user)}
    if "fetched" in request.GET and request.method == "GET":
        model_admin.message_user(request, GONE, "warning")
    return {}


def take_cover(model_admin, request, book):
    fetched = get_fetched(request)
    if fetched and fetched.book.cover:
        book.cover = ContentFile(fetched.book.cover, name="cover.webp")
    else:
        model_admin.message_user(request, COVER_GONE, "warning")
