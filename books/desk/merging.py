"""Two books that are one: choose the other, look at what will happen, confirm."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from books import merging
from books.models import Book

SHOWN = 20
TWO = "Tick the two books that are one, no more and no fewer."
EQUAL = "These say the same twice now; delete one of each, if you like: {}."


class OtherForm(forms.Form):
    """Which book is meant."""

    q = forms.CharField(
        label="Title, ISBN or name", required=False, max_length=200, widget=forms.TextInput({"class": "vTextField"})
    )


class Merging:
    """For BookAdmin. Whoever may delete a book and change the other may merge them."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:kept>/merge/", wrap(self.merge_with), name="books_book_merge_with"),
            path("<int:kept>/merge/<int:gone>/", wrap(self.merge_view), name="books_book_merge"),
            *super().get_urls(),
        ]

    @admin.action(description="Merge two books …", permissions=["change", "delete"])
    def merge_two(self, request, queryset):
        keys = sorted(queryset.values_list("pk", flat=True)[:3])
        if len(keys) != 2:
            return self.message_user(request, TWO, "warning")
        return redirect("admin:books_book_merge", *keys)

    def merge_with(self, request, kept):
        """Find the other book, at first by its title: each that is found leads to the look at what will happen."""
        kept = self.book_of(request, kept)
        if kept is None:
            raise Http404
        form = OtherForm({"q": kept.title} | request.GET.dict())
        others = Book.objects.none()
        if form.is_valid():
            others = Book.objects.exclude(pk=kept.pk).for_cards()
            others, has_doubles = self.get_search_results(request, others, form.cleaned_data["q"])
            others = others.distinct() if has_doubles else others
        context = {"title": "Merge with another book", "kept": kept, "form": form, "others": others[:SHOWN]}
        return self.merge_page(request, "merge_with", context)

    def merge_view(self, request, kept, gone):
        """A GET shows what will happen, a POST does it."""
        pair = self.book_of(request, kept), self.book_of(request, gone)
        if None in pair:
            return self.nothing_to_merge(request, pair)
        try:
            found = merging.preview(*pair)
            if request.method == "POST":
                return self.merge(request, found)
        except ValidationError as error:
            return self.nothing_to_merge(request, pair, error.message)
        return self.merge_page(request, "merge", {"title": "Merge two books", "found": found})

    def merge(self, request, found):
        kept = merging.merge(found.kept, found.gone)
        self.log_change(request, kept, f"Merged with “{found.gone}”, which was {found.gone.get_absolute_url()}")
        self.message_user(request, f"The two are one: “{kept}”. The old address leads here.", "success")
        if found.equal:
            links = format_html_join(", ", '<a href="{}">{}</a>', ((change(b), b) for _, b in found.equal))
            self.message_user(request, format_html(EQUAL, links), "warning")
        return redirect(change(kept))

    def book_of(self, request, key):
        """None where it is gone; raises PermissionDenied for whoever may not merge it."""
        book = Book.objects.for_cards().filter(pk=key).first()
        if not (self.has_change_permission(request, book) and self.has_delete_permission(request, book)):
            raise PermissionDenied
        return book

    def nothing_to_merge(self, request, pair, sentence=merging.GONE):
        """To the one that is left, or to the list."""
        self.message_user(request, sentence, "warning")
        left = next(filter(None, pair), None)
        return redirect(change(left) if left else "admin:books_book_changelist")

    def merge_page(self, request, name, context):
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, f"admin/books/book/{name}.html", context)


def change(thing):
    return reverse(f"admin:books_{thing._meta.model_name}_change", args=[thing.pk])
