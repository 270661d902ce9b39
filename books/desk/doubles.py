"""The same book twice: pointed out before it is saved and once more after, with a link to the one that is there."""

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from bookclub.sameness import bare
from books.models import Book


def same_title(title, user, but=None):
    """The books of this title that `user` may see, without the one whose key is `but`. Two queries, over all titles."""
    wanted = bare(title)
    books = Book.objects.visible_to(user)
    rows = books.exclude(pk=but).values_list("pk", "title") if wanted else []
    return books.filter(pk__in=[pk for pk, other in rows if bare(other) == wanted])


def same_isbn(isbn, user, but=None):
    """A sentence with a link, or None: “A book with this ISBN is here already: The Lamp”."""
    books = Book.objects.exclude(pk=but).filter(isbn=isbn) if isbn else Book.objects.none()
    if not books:
        return None
    seen = books.filter(pk__in=Book.objects.visible_to(user)).first()
    if seen is None:
        return "A book with this ISBN is here already. Ask an organiser for it."
    return format_html("A book with this ISBN is here already: {}.", link_to(seen))


def link_to(book):
    return format_html('<a href="{}">{}</a>', reverse("admin:books_book_change", args=[book.pk]), book)


class Doubles:
    """For BookAdmin. A script asks while a title is typed; whoever has none is told when the book is saved."""

    def get_urls(self):
        ask = self.admin_site.admin_view(self.same_title_view)
        return [path("same-title/", ask, name="books_book_same_title"), *super().get_urls()]

    def same_title_view(self, request):
        """[{"title", "address"}, …] of the books that have the title asked for."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        but = request.GET.get("but", "")
        books = same_title(request.GET.get("title", "")[:200], request.user, but if but.isdecimal() else None)
        found = [{"title": str(book), "address": reverse("admin:books_book_change", args=[book.pk])} for book in books]
        return JsonResponse({"books": found})

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change or "title" in form.changed_data:
            self.tell_same_title(request, obj)

    def tell_same_title(self, request, book):
        others = same_title(book.title, request.user, book.pk)
        links = format_html_join(", ", "{} ({})", ((link_to(each), self.merge_link(book, each)) for each in others))
        if others:
            text = format_html("There is another book of this title: {}.", links)
            self.message_user(request, text, "warning")

    def merge_link(self, book, other):
        """Into the older one, which others have linked to."""
        kept, gone = sorted([book.pk, other.pk])
        return format_html('<a href="{}">make the two one</a>', reverse("admin:books_book_merge", args=[kept, gone]))
