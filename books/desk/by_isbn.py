"""A book by its ISBN: one field and one button, then the ordinary form, filled in and not yet saved.

What was fetched waits in the cache for a day, for the organiser who fetched it: the form can be opened again without
asking Open Library again, and nothing is in the database before it is saved.
"""

import secrets
from urllib.parse import quote

from django import forms
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property

from books.desk.doubles import same_isbn, same_title
from books.desk.people import called
from books.isbn import ISBNInput, compact
from books.openlibrary import FoundBook, OpenLibraryError, find

SECONDS_KEPT = 24 * 60 * 60
FACTS = ["isbn", "title", "subtitle", "publisher", "first_published_year"]
GONE = "What was fetched is not here any more: it is kept for a day. Fetch it again, or type the book."
COVER_GONE = "The cover was not saved: what is fetched is kept for a day. Add the picture below “Cover”."


class ISBNForm(forms.Form):
    isbn = ISBNInput(
        label="ISBN",
        help_text="Beside the bars on the back: 13 figures, or 10 on an older book. With or without hyphens.",
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True, "class": "vTextField", "size": 20}),
    )

    def __init__(self, data, user):
        super().__init__(data)
        self.user = user

    def clean_isbn(self):
        isbn = self.cleaned_data["isbn"]
        if sentence := same_isbn(isbn, self.user):
            raise ValidationError(sentence, code="same_isbn")
        return isbn


class Fetched:
    """A book that was fetched and waits to be saved."""

    def __init__(self, token: str, book: FoundBook):
        self.token, self.book = token, book

    @classmethod
    def keep(cls, book, user):
        token = secrets.token_urlsafe(16)
        cache.set(cls._key(token), {"user": user.pk, "book": vars(book)}, SECONDS_KEPT)
        return cls(token, book)

    @classmethod
    def get(cls, token, user):
        """None where there is none, or somebody else fetched it."""
        kept = cache.get(cls._key(token)) if token else None
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
        """The initial values of the inline: those who are here are chosen, others written."""
        people = enumerate(self.book.people, 1)
        return [{"position": number, "role": role} | chosen(name) for number, (name, role) in people]


def chosen(name):
    person = called(name)
    return {"contributor": person.pk} if person else {"new_name": name}


def fetched(request) -> Fetched | None:
    """What the address of this form names; asked once a request."""
    if not hasattr(request, "fetched"):
        request.fetched = Fetched.get(request.GET.get("fetched", "")[:40], request.user)
    return request.fetched


class ByISBN:
    """For BookAdmin."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("by-isbn/", wrap(self.by_isbn), name="books_book_by_isbn"),
            path("by-isbn/<str:token>/cover/", wrap(self.fetched_cover), name="books_book_fetched_cover"),
            *super().get_urls(),
        ]

    def by_isbn(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ISBNForm(request.POST or None, request.user)
        if request.method == "POST" and form.is_valid():
            try:
                book = find(form.cleaned_data["isbn"], request.club)
            except OpenLibraryError as error:
                form.add_error("isbn", str(error))
            else:
                return redirect(Fetched.keep(book, request.user).form_address)
        context = self.admin_site.each_context(request)
        context |= {"title": "Add a book by its ISBN", "opts": self.opts, "form": form, "by_hand": self.by_hand(form)}
        return TemplateResponse(request, "admin/books/book/by_isbn.html", context)

    def by_hand(self, form):
        """The empty form, with the ISBN as it was typed."""
        typed = form.data.get("isbn", "")
        return f"{reverse('admin:books_book_add')}{f'?isbn={quote(compact(typed))}' if typed else ''}"

    def fetched_cover(self, request, token):
        kept = Fetched.get(token, request.user)
        if not self.has_add_permission(request) or kept is None or not kept.book.cover:
            raise Http404
        return HttpResponse(kept.book.cover, content_type="image/webp", headers={"Cache-Control": "private, no-store"})

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        return initial | fetched(request).facts if fetched(request) else initial

    def get_formset_kwargs(self, request, obj, inline, prefix):
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if prefix == "contributions" and request.method == "GET" and fetched(request):
            options["initial"] = fetched(request).rows
        return options

    def get_fieldsets(self, request, obj=None):
        """The choice of the fetched cover stands above the ordinary one."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj or not fetched(request) or not fetched(request).book.cover:
            return fieldsets
        return [
            (name, options | {"fields": ["takes_cover", *options["fields"]]} if name == "Cover" else options)
            for name, options in fieldsets
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        form.cover = fetched(request).cover_address if fetched(request) else ""
        return form

    def add_view(self, request, form_url="", extra_context=None):
        if "fetched" in request.GET and not fetched(request) and request.method == "GET":
            self.message_user(request, GONE, "warning")
        return super().add_view(request, form_url, (extra_context or {}) | self.about_fetched(request))

    def about_fetched(self, request):
        if not fetched(request):
            return {}
        return {"fetched": fetched(request), "same_title": same_title(fetched(request).book.title, request.user)}

    def save_model(self, request, obj, form, change):
        if not change and form.cleaned_data.get("takes_cover") and not obj.cover:
            self.take_cover(request, obj)
        super().save_model(request, obj, form, change)

    def take_cover(self, request, book):
        kept = fetched(request)
        if kept and kept.book.cover:
            book.cover = ContentFile(kept.book.cover, name="cover.webp")
        else:
            self.message_user(request, COVER_GONE, "warning")
