"""Photos of a write-up: their words in its form, and a form of its own for each. `photo_upload` takes new ones."""

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.fields import ClubFieldsMixin
from bookclub.admin_base.filters import AutocompleteFilter
from bookclub.admin_base.forms import ClubModelForm
from meetups.models import Photo

TEXT_FIELDS = ["alt", "is_decorative", "caption", "credit"]
NO_WORDS = "Say in words what is on the picture, or mark it as decorative."


class OrderedInWriteUpForm(ClubModelForm):
    ordered_in = "writeup"


class PhotoForm(OrderedInWriteUpForm):
    """Refuses a new photo without words, and to take the words of one away: readers would see it no more.

    Photos that were sent several at once may wait for their words.
    """

    def clean(self):
        data = super().clean()
        waits = self.instance.pk is not None and not self.initial.get("alt") and not self.initial.get("is_decorative")
        is_described = data.get("alt") or data.get("is_decorative") or "alt" in self.errors
        if "alt" in self.fields and not is_described and not waits:
            self.add_error("alt", NO_WORDS)
        return data


@admin.display(description="photo")
def render_thumbnail(_, photo):
    """Method `thumbnail` of the two classes below."""
    if not photo.image:
        return "None yet"
    return format_html('<img class="picture" src="{}" alt="">', photo.image.small_url)


class PhotoInline(ClubFieldsMixin, admin.StackedInline):
    """Inline for the texts of a write-up's photos. Photos are added by `photo_upload`."""

    thumbnail = render_thumbnail
    model = Photo
    form = PhotoForm
    template = "admin/meetups/photo/inline.html"
    fields = ["thumbnail", *TEXT_FIELDS, "position"]
    readonly_fields = ["thumbnail"]
    extra = 0

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Photo)
class PhotoAdmin(ClubModelAdmin):
    thumbnail = render_thumbnail
    form = PhotoForm
    list_display = ["thumbnail", "__str__", "writeup", "credit"]
    list_display_links = ["__str__"]
    list_select_related = ["writeup"]
    list_filter = [("writeup", AutocompleteFilter), "is_decorative"]
    search_fields = ["alt", "caption", "credit", "writeup__title"]
    ordering = ["-pk"]
    empty_list_text = "No photos yet. Open a write-up and add its photos there."
    autocomplete_fields = ["writeup"]
    fieldsets = [
        ("Photo", {"fields": []}),
        (
            "In words",
            {
                "fields": TEXT_FIELDS,
                "description": "Say what is to be seen, for those who can't see it: “Eight readers around a table, "
                "the book in the middle”. Decorative is what nobody would miss.",
            },
        ),
        ("Order", {"fields": ["position"]}),
    ]
    readonly_fields = ["writeup_link"]

    class Media:
        js = ["js/picture-preview.js"]

    @admin.display(description="write-up")
    def writeup_link(self, photo):
        address = reverse("admin:meetups_writeup_change", args=[photo.writeup_id])
        return format_html('<a href="{}">{}</a>', address, photo.writeup)

    def get_fieldsets(self, request, obj=None):
        """Make the write-up read-only once the photo is saved."""
        (title, options), *others = self.fieldsets
        return [(title, options | {"fields": ["writeup_link" if obj else "writeup", "image"]}), *others]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **{"label": "Write-up"} | kwargs)

    def response_add(self, request, obj, post_url_continue=None):
        return self.redirect_after(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request, obj):
        return self.redirect_after(request, obj, super().response_change(request, obj))

    def delete_view(self, request, object_id, extra_context=None):
        photo = self.get_object(request, object_id)
        response = super().delete_view(request, object_id, extra_context)
        return self.redirect_after(request, photo, response) if request.method == "POST" and photo else response

    def redirect_after(self, request, photo, response):
        """Redirect to the write-up, unless the pressed button leads to another photo or back to this one."""
        pressed = {"_continue", "_saveasnew", IS_POPUP_VAR} & request.POST.keys()
        if response.status_code != 302 or pressed:
            return response
        if "_addanother" in request.POST:
            return HttpResponseRedirect(f"{reverse('admin:meetups_photo_add')}?writeup={photo.writeup_id}")
        return HttpResponseRedirect(reverse("admin:meetups_writeup_change", args=[photo.writeup_id]) + "#photos-group")
