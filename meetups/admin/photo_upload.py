"""Add photos to a write-up: several at once, each in a transaction of its own. A refused one costs the others nothing."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string

from bookclub.admin_base.edit_comparison import digest_rows, get_formset_rows
from bookclub.core.formatting import count_noun
from bookclub.images.validation import ACCEPTED
from meetups.admin.photos import PhotoInline
from meetups.admin.preview import find_changeable
from meetups.models import Photo
from meetups.models.photo import MAX_POSITION

MAX_ROWS = 1_000


class PhotoUploadForm(forms.Form):
    """`number` is that of the new row in the form of the write-up; `position` the one that the browser would like."""

    image = Photo._meta.get_field("image").formfield()
    number = forms.IntegerField(min_value=0, max_value=MAX_ROWS, required=False)
    position = forms.IntegerField(min_value=0, max_value=MAX_POSITION, required=False)


class SeveralPhotosInput(forms.FileInput):
    allow_multiple_selected = True


class SeveralPhotosForm(forms.Form):
    """For its field alone: each file is checked by a PhotoUploadForm."""

    images = forms.FileField(
        label="Photos",
        help_text="JPEG, PNG or WebP, up to 10 MB each and 45 MB together. Place and camera are taken out.",
        widget=SeveralPhotosInput({"accept": ACCEPTED}),
    )


@dataclass(frozen=True)
class Outcome:
    """What became of one file: `reason` says why it was refused."""

    file_name: str
    reason: str = ""


def get_urls(model_admin):
    page = model_admin.page
    return [
        page(
            "<int:pk>/photos/",
            add_photos,
            "add_photos",
            template="admin/meetups/photo/add_several.html",
            takes_files=True,
        ),
        page("<int:pk>/photos/upload/", upload_photo, "upload_photo", is_post_only=True, takes_files=True),
    ]


def add_photos(model_admin, request, pk):
    """Show a form for several photos, for browsers without scripts. A POST stores those that are pictures."""
    writeup = find_writeup(model_admin, request, pk)
    outcomes = [store_file(model_admin, request, writeup, file) for file in request.FILES.getlist("images")]
    stored_count = sum(not outcome.reason for outcome in outcomes)
    if outcomes and stored_count == len(outcomes):
        words = f"{count_noun(stored_count, 'photo')} added. Say in words what is to be seen: then readers see them."
        model_admin.message_user(request, words)
        return redirect(model_admin.reverse("change", pk) + "#photos-group")
    return {
        "title": "Add photos",
        "row": writeup,
        "form": SeveralPhotosForm(),
        "outcomes": outcomes,
        "stored_count": stored_count,
        "is_empty": request.method == "POST" and not outcomes,
    }


def upload_photo(model_admin, request, pk):
    """Store one photo. Return the row for the form of the write-up as JSON, or {"error": …} with status 400."""
    writeup = find_writeup(model_admin, request, pk)
    form = PhotoUploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"error": " ".join(get_messages(form))}, status=400)
    photo = store_photo(model_admin, request, writeup, form)
    formset = get_formset_of(model_admin, request, writeup, photo)
    row = formset.forms[0]
    row.prefix = f"{formset.prefix}-{form.cleaned_data['number'] or 0}"
    context = {"form": row, "formset": formset, "can_delete": formset.can_delete}
    return JsonResponse(
        {
            "row": render_to_string("admin/meetups/photo/_row.html", context, request),
            "opened": digest_rows(get_formset_rows(formset)),
            "position": photo.position,
        }
    )


def find_writeup(model_admin, request, pk):
    if not request.user.has_perm("meetups.add_photo"):
        raise PermissionDenied
    return find_changeable(model_admin, request, pk)


def store_file(model_admin, request, writeup, file):
    form = PhotoUploadForm({}, {"image": file})
    if form.is_valid():
        store_photo(model_admin, request, writeup, form)
        return Outcome(file.name)
    return Outcome(file.name, " ".join(get_messages(form)))


def store_photo(model_admin, request, writeup, form):
    photo = Photo.objects.add_to(writeup, form.cleaned_data["image"], form.cleaned_data["position"])
    model_admin.log_change(request, writeup, "Photo added.")
    return photo


def get_messages(form):
    return [message for messages in form.errors.values() for message in messages]


def get_formset_of(model_admin, request, writeup, photo):
    """Return the formset of the write-up's form with this photo alone."""
    inlines = model_admin.get_inline_instances(request, writeup)
    inline = next(each for each in inlines if isinstance(each, PhotoInline))
    formset_class = inline.get_formset(request, writeup)
    return formset_class(instance=writeup, queryset=Photo.objects.filter(pk=photo.pk))
