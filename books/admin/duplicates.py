"""Warn, before and after saving, that a book with the same ISBN or title exists."""

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from bookclub.core.text import fold_accents
from books.models import Book


def find_same_title(title, user, but=None):
    """Return the books with this title that `user` may see, except the pk `but`. Two queries; reads all titles."""
    wanted = fold_accents(title) if any(map(str.isalnum, title)) else ""  # “…” is a placeholder, not a title
    books = Book.objects.visible_to(user)
    rows = books.exclude(pk=but).values_list("pk", "title") if wanted else []
    return books.filter(pk__in=[pk for pk, other in rows if fold_accents(other) == wanted])


def describe_same_isbn(isbn, user, but=None):
    """Return a sentence with a link, or None: “A book with this ISBN is here already: The Lamp”."""
    books = Book.objects.exclude(pk=but).filter(isbn=isbn) if isbn else Book.objects.none()
    if not books:
        return None
    seen = books.filter(pk__in=Book.objects.visible_to(user)).first()
    if seen is None:
        return "A book with this ISBN is here already. Ask an organiser for it."
    return format_html("A book with this ISBN is here already: {}.", link_to_book(seen))


def link_to_book(book):
    return format_html('<a href="{}">{}</a>', reverse("admin:books_book_change", args=[book.pk]), book)


def get_urls(model_admin):
    """URL that same-title.js queries while a title is typed. Without JavaScript, `warn_of_same_title` warns on save."""
    return [model_admin.page("same-title/", list_same_title, "same_title")]


def list_same_title(model_admin, request):
    """Return JSON: [{"title", "address"}, …] of the books with the title ?title=."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    but = request.GET.get("but", "")
    books = find_same_title(request.GET.get("title", "")[:200], request.user, but if but.isdecimal() else None)
    found = [{"title": str(book), "address": model_admin.reverse("change", book.pk)} for book in books]
    return JsonResponse({"books": found})


def warn_of_same_title(model_admin, request, book):
    others = find_same_title(book.title, request.user, book.pk)
    links = format_html_join(", ", "{} ({})", ((link_to_book(each), merge_link(book, each)) for each in others))
    if others:
        text = format_html("There is another book of this title: {}.", links)
        model_admin.message_user(request, text, "warning")


def merge_link(book, other):
    """Link to the merge of the newer book into the older one, whose URL is more likely to be linked."""
    kept, gone = sorted([book.pk, other.pk])
    return format_html('<a href="{}">merge the two books</a>', reverse("admin:books_book_merge", args=[kept, gone]))
