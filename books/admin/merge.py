"""The pages that merge two books: choose the other one, preview, confirm."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from books import merging
from books.models import Book

SHOWN = 20
TWO = "Tick exactly two books: those to merge."
EQUAL = "The book has these twice now; delete one of each, if you like: {}."


class OtherBookForm(forms.Form):
    """Search for the other book."""

    q = forms.CharField(
        label="Title, ISBN or name", required=False, max_length=200, widget=forms.TextInput({"class": "vTextField"})
    )


def get_urls(model_admin):
    page = model_admin.page
    return [
        page("<int:kept>/merge/", choose_other, "merge_with", template="admin/books/book/merge_with.html"),
        page("<int:kept>/merge/<int:gone>/", confirm_merge, "merge"),
    ]


@admin.action(description="Merge two books …", permissions=["change", "delete"])
def merge_two(model_admin, request, queryset):
    keys = sorted(queryset.values_list("pk", flat=True)[:3])
    if len(keys) != 2:
        return model_admin.message_user(request, TWO, "warning")
    return redirect("admin:books_book_merge", *keys)


def choose_other(model_admin, request, kept):
    """Search for the other book, first by its own title; each result links to the preview."""
    kept = find_mergeable(model_admin, request, kept)
    if kept is None:
        raise Http404
    form = OtherBookForm({"q": kept.title} | request.GET.dict())
    others = Book.objects.none()
    if form.is_valid():
        others = Book.objects.exclude(pk=kept.pk).for_cards()
        others, has_duplicates = model_admin.get_search_results(request, others, form.cleaned_data["q"])
        others = others.distinct() if has_duplicates else others
    return {"title": "Merge with another book", "kept": kept, "form": form, "others": others[:SHOWN]}


def confirm_merge(model_admin, request, kept, gone):
    """GET shows the preview, POST merges."""
    pair = find_mergeable(model_admin, request, kept), find_mergeable(model_admin, request, gone)
    if None in pair:
        return redirect_with_warning(model_admin, request, pair)
    try:
        found = merging.preview_merge(*pair)
    except ValidationError as error:
        return redirect_with_warning(model_admin, request, pair, error.message)
    return model_admin.confirm(
        request,
        lambda: merge_and_report(model_admin, request, found),
        title="Merge two books",
        button="Merge the two books",
        back_url=model_admin.reverse("change", pair[0].pk),
        back_label="Leave them as they are",
        template="admin/books/book/merge.html",
        found=found,
    )


def merge_and_report(model_admin, request, found):
    kept = merging.merge_books(found.kept, found.gone)
    words = f"Merged with “{found.gone}”, which was {found.gone.get_absolute_url()}"
    model_admin.log_change(request, kept, words)
    model_admin.message_user(request, f"Merged: “{kept}”. The old address leads here.", "success")
    if found.equal:
        links = format_html_join(", ", '<a href="{}">{}</a>', ((change_url(b), b) for _, b in found.equal))
        model_admin.message_user(request, format_html(EQUAL, links), "warning")


def find_mergeable(model_admin, request, key):
    """Return the book, or None if it was deleted; raise PermissionDenied if the user may not merge it."""
    book = Book.objects.for_cards().filter(pk=key).first()
    if not (model_admin.has_change_permission(request, book) and model_admin.has_delete_permission(request, book)):
        raise PermissionDenied
    return book


def redirect_with_warning(model_admin, request, pair, sentence=merging.GONE):
    """Redirect with a warning to the book that is left, or to the list."""
    model_admin.message_user(request, sentence, "warning")
    left = next(filter(None, pair), None)
    return redirect(change_url(left) if left else model_admin.reverse("changelist"))


def change_url(row):
    return reverse(f"admin:books_{row._meta.model_name}_change", args=[row.pk])
