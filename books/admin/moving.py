"""Action of the lists of items: move those that are ticked to another book. First the book is chosen, then confirmed."""

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import model_ngettext

from bookclub.admin_base.object_permissions import filter_choices
from bookclub.admin_base.search_boxes import SearchBox
from books import moving
from books.models import Book

DONE = "{number} {noun} moved to “{book}”. The history of each can bring it back."


class BookChoiceForm(forms.Form):
    """Offers the books that the user may choose for an item."""

    def __init__(self, model_admin, request):
        super().__init__(request.POST if "book" in request.POST else None)
        field = model_admin.opts.get_field("book")
        self.fields["book"] = forms.ModelChoiceField(
            filter_choices(field, Book.objects.all(), request.user),
            label="The other book",
            widget=SearchBox(field, model_admin.admin_site),
            error_messages={"required": "Choose the book first."},
        )


@admin.action(description="Move to another book …", permissions=["change"])
def move_to_book(model_admin, request, queryset):
    form = BookChoiceForm(model_admin, request)
    selects_all = [("select_across", "1")] if request.POST.get("select_across") == "1" else []
    keys = [("_selected_action", key) for key in request.POST.getlist("_selected_action")]
    page = {
        "back_url": request.get_full_path(),
        "post_url": request.get_full_path(),
        "hidden": [*keys, *selects_all, ("action", "move_to_book")],
        "back_label": "Leave them where they are",
    }
    if not form.is_valid():
        return model_admin.render_page(
            request, "admin/confirm.html", form=form, title="Move to another book", button="Look at it first", **page
        )
    book = form.cleaned_data["book"]
    page["hidden"].append(("book", book.pk))

    def act():
        number = moving.move_items(queryset, book, may_publish=may_publish)
        for row in model_admin.model.objects.filter(pk__in=moved):
            model_admin.log_change(request, row, f"Moved to “{book}”.")
        return DONE.format(number=number, noun=model_ngettext(model_admin.opts, number), book=book)

    may_publish = model_admin.has_publish_permission(request)
    preview = moving.preview_move(queryset, book)
    is_forbidden = preview.needs_publishing and not may_publish
    moved = [row.pk for row in preview.rows]
    return model_admin.confirm(
        request,
        act,
        title=f"Move to “{book}”",
        button="Move them",
        is_opened_by_post=True,
        is_refused=not moved or is_forbidden,
        refusal=moving.NEEDS_PUBLISHING if is_forbidden else "",
        template="admin/books/move.html",
        preview=preview,
        noun=model_ngettext(model_admin.opts, len(moved)),
        **page,
    )
