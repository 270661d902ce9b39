"""Photos of a write-up: each is sent in a form of its own, so that what is wrong with one costs nobody a typed word."""

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from bookclub.desk.base import DeskAdmin, DeskFields
from bookclub.desk.filters import SearchedFilter
from bookclub.desk.forms import DeskForm
from meetups.models import Photo

IN_WORDS = ["alt", "is_decorative", "caption", "credit"]


class PhotoForm(DeskForm):
    ordered_in = "writeup"


class PhotoInline(DeskFields, admin.StackedInline):
    """The words of a write-up's photos, and the way to the form that takes the next one."""

    model = Photo
    form = PhotoForm
    template = "admin/meetups/photo/inline.html"
    fields = ["seen", "position", *IN_WORDS]
    readonly_fields = ["seen"]
    show_change_link = True
    extra = 0

    def has_add_permission(self, request, obj=None):
        return False

    @admin.display(description="photo")
    def seen(self, photo):
        return seen(photo)


@admin.register(Photo)
class PhotoAdmin(DeskAdmin):
    form = PhotoForm
    list_display = ["seen", "__str__", "writeup", "credit"]
    list_display_links = ["seen", "__str__"]
    list_select_related = ["writeup"]
    list_filter = [("writeup", SearchedFilter), "is_decorative"]
    search_fields = ["alt", "caption", "credit", "writeup__title"]
    ordering = ["-pk"]
    autocomplete_fields = ["writeup"]
    fieldsets = [
        ("Photo", {"fields": []}),
        (
            "In words",
            {
                "fields": IN_WORDS,
                "description": "Say what is to be seen, for those who can't see it: “Eight readers around a table, "
                "the book in the middle”. Decorative is what nobody would miss.",
            },
        ),
        ("Order", {"fields": ["position"]}),
    ]
    readonly_fields = ["taken_at"]

    class Media:
        js = ["js/picture-preview.js"]

    @admin.display(description="photo")
    def seen(self, photo):
        return seen(photo)

    @admin.display(description="write-up")
    def taken_at(self, photo):
        address = reverse("admin:meetups_writeup_change", args=[photo.writeup_id])
        return format_html('<a href="{}">{}</a>', address, photo.writeup)

    def get_fieldsets(self, request, obj=None):
        """A photo stays with its write-up, which is chosen once."""
        (title, options), *others = self.fieldsets
        return [(title, options | {"fields": ["taken_at" if obj else "writeup", "image"]}), *others]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **{"label": "Write-up"} | kwargs)

    def response_add(self, request, obj, post_url_continue=None):
        return self.back(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request, obj):
        return self.back(request, obj, super().response_change(request, obj))

    def delete_view(self, request, object_id, extra_context=None):
        photo = self.get_object(request, object_id)
        response = super().delete_view(request, object_id, extra_context)
        return self.back(request, photo, response) if request.method == "POST" and photo else response

    def back(self, request, photo, response):
        """To the write-up, unless another button was pressed: the next photo, or this one again."""
        pressed = {"_continue", "_saveasnew", IS_POPUP_VAR} & request.POST.keys()
        if response.status_code != 302 or pressed:
            return response
        if "_addanother" in request.POST:
            return HttpResponseRedirect(f"{reverse('admin:meetups_photo_add')}?writeup={photo.writeup_id}")
        return HttpResponseRedirect(reverse("admin:meetups_writeup_change", args=[photo.writeup_id]) + "#photos-group")


def seen(photo):
    if not photo.image:
        return "None yet"
    return format_html('<img class="picture" src="{}" alt="">', photo.image.small_url)
