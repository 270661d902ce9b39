"""Reorder a book's items in the admin lists, by buttons or by typed positions."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

# With these query parameters alone, a list shows all items of one book in the order of the page.
WHOLE_BOOK = {"book__id__exact", "p"}


def get_urls(model_admin):
    return [
        model_admin.page("<int:pk>/up/", move_up, "up", is_post_only=True),
        model_admin.page("<int:pk>/down/", move_down, "down", is_post_only=True),
    ]


def is_whole_book(request):
    return "book__id__exact" in request.GET and request.GET.keys() <= WHOLE_BOOK


@admin.display(description="move")
def move_buttons(item):
    words = Truncator(str(item)).words(6, truncate=" …")
    buttons = [
        format_html(
            '<button class="button" formaction="{}" aria-label="{}: {}">{}</button>',
            reverse(f"admin:books_{item._meta.model_name}_{way}", args=[item.pk]),
            way.capitalize(),
            words,
            way.capitalize(),
        )
        for way in ("up", "down")
    ]
    return format_html('<span class="mover" id="move-{}">{} {}</span>', item.pk, *buttons)


def move_up(model_admin, request, pk):
    return move_item(model_admin, request, pk, -1)


def move_down(model_admin, request, pk):
    return move_item(model_admin, request, pk, 1)


def move_item(model_admin, request, pk, by):
    """Move the item, and redirect to its buttons in the book's list, on whichever page it is now."""
    item = model_admin.get_object(request, str(pk))
    if item is None or not model_admin.has_change_permission(request, item):
        raise PermissionDenied
    place = model_admin.model.objects.step(item, by)
    if place is None:
        words = f"It is the {'first' if by < 0 else 'last'} of its book already."
        model_admin.message_user(request, words, messages.INFO)
        place = item.position
    page = (place - 1) // model_admin.list_per_page + 1
    address = model_admin.reverse("changelist")
    return redirect(f"{address}?book__id__exact={item.book_id}&p={page}#move-{item.pk}")


def get_posted_positions(model_admin, request):
    """Return {pk: stored position} of the rows in a posted list."""
    names = [f"form-{number}-id" for number in range(model_admin.list_max_show_all)]
    keys = [request.POST[name] for name in names if request.POST.get(name, "").isdecimal()]
    return dict(model_admin.get_queryset(request).filter(pk__in=keys).order_by().values_list("pk", "position"))


def place_moved(model_admin, before):
    """Renumber the rows whose saved position differs from `before`, book by book."""
    moved = {}
    for item in model_admin.model.objects.filter(pk__in=before).select_related("book"):
        if item.position != before[item.pk]:
            moved.setdefault(item.book, {})[item.pk] = (item.position, before[item.pk])
    for book, places in moved.items():
        model_admin.model.objects.place(book, places)
