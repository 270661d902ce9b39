"""The order of a book's items, in their lists: by buttons, or by typing where an item is to stand."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.views.decorators.http import require_POST

# With no more in its address than this, a list shows the whole of one book in the order of the page.
WHOLE_BOOK = {"book__id__exact", "p"}


class Moving:
    """For the ModelAdmin of an item: numbers stay 1, 2, 3 … whatever is typed, and one book's list has buttons."""

    def get_urls(self):
        name = f"books_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/up/", view(require_POST(self.up_view)), name=f"{name}_up"),
            path("<int:pk>/down/", view(require_POST(self.down_view)), name=f"{name}_down"),
            *super().get_urls(),
        ]

    def get_list_display(self, request):
        """The buttons stand beside the text, in sight on a phone too; that it is the one book needs no column."""
        shown = super().get_list_display(request)
        is_whole = "book__id__exact" in request.GET and request.GET.keys() <= WHOLE_BOOK
        if not is_whole or not self.has_change_permission(request):
            return shown
        text, *rest = shown
        return [text, "mover", *(name for name in rest if name != "book")]

    @admin.display(description="move")
    def mover(self, item):
        words = Truncator(str(item)).words(6, truncate=" …")
        buttons = [
            format_html(
                '<button class="button" formaction="{}" aria-label="{}: {}">{}</button>',
                reverse(f"admin:books_{self.opts.model_name}_{way}", args=[item.pk]),
                way.capitalize(),
                words,
                way.capitalize(),
            )
            for way in ("up", "down")
        ]
        return format_html('<span class="mover" id="move-{}">{} {}</span>', item.pk, *buttons)

    def up_view(self, request, pk):
        return self.step(request, pk, -1)

    def down_view(self, request, pk):
        return self.step(request, pk, 1)

    def step(self, request, pk, by):
        """Back to the book's list, to the page that the item is on now, and to its buttons there."""
        item = self.get_object(request, str(pk))
        if item is None or not self.has_change_permission(request, item):
            raise PermissionDenied
        place = self.model.objects.step(item, by)
        if place is None:
            self.message_user(request, f"It is the {'first' if by < 0 else 'last'} of its book already.", messages.INFO)
            place = item.position
        page = (place - 1) // self.list_per_page + 1
        address = reverse(f"admin:books_{self.opts.model_name}_changelist")
        return redirect(f"{address}?book__id__exact={item.book_id}&p={page}#move-{item.pk}")

    def changelist_view(self, request, extra_context=None):
        """All numbers that were typed in a list count together, as two may change places."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        request.typed_places = {}
        with transaction.atomic():
            response = super().changelist_view(request, extra_context)
            for book, places in request.typed_places.items():
                self.model.objects.place(book, places)
        return response

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "position" not in form.changed_data:
            return
        stood = form.initial.get("position") if change else None
        places = {obj.pk: (obj.position, stood)}
        if hasattr(request, "typed_places"):
            request.typed_places.setdefault(obj.book, {}).update(places)
        else:
            self.model.objects.place(obj.book, places)
