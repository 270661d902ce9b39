from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from bookclub.desk.base import WHO_MAY_SEE_IT, DeskAdmin, DeskFields, PublishableAdmin, check_year, state_in_words
from bookclub.desk.filters import SearchedFilter, StateFilter
from bookclub.desk.forms import DeskForm
from bookclub.models import Club
from books.models import ITEMS
from meetups.models import Meetup, Photo, SessionNote, Venue, WriteUp


@admin.register(Venue)
class VenueAdmin(DeskAdmin):
    list_display = ["name", "area", "is_private"]
    search_fields = ["name", "area"]
    fieldsets = [
        ("Where", {"fields": ["name", "area", "address", "is_private", "website"]}),
        ("How to get in", {"fields": ["getting_in"]}),
        ("Time", {"fields": ["time_zone"]}),
    ]


class MeetupForm(DeskForm):
    slug_from = None

    def clean(self):
        """The zone is settled before the model looks at the clock: whether an hour exists depends on it."""
        data = super().clean()
        if data.get("time_zone") == "":
            venue = data.get("venue")
            data["time_zone"] = (venue and venue.time_zone) or Club.objects.current().time_zone
        return data


@admin.register(Meetup)
class MeetupAdmin(PublishableAdmin):
    form = MeetupForm
    list_display = ["__str__", "venue", "headcount", "writeup_link", "state_in_words"]
    list_select_related = ["book", "venue", "writeup"]
    list_filter = [StateFilter, "audience", ("book", SearchedFilter), ("venue", SearchedFilter)]
    search_fields = ["book__title", "venue__name", "standfirst"]
    autocomplete_fields = ["book", "venue"]
    readonly_fields = ["writeup_link"]
    fieldsets = [
        ("Evening", {"fields": ["date", ("start_time", "end_time"), "time_zone", "standfirst", "book"]}),
        ("Where", {"fields": ["venue", "room"]}),
        ("What to expect", {"fields": ["about", "cost"]}),
        ("Afterwards", {"fields": ["headcount", "writeup_link"]}),
        ("Page", {"fields": ["slug"]}),
        WHO_MAY_SEE_IT,
    ]

    def get_queryset(self, request):
        """Its name contains the book's, in every list and search box."""
        return super().get_queryset(request).select_related("book", "writeup")

    @admin.display(description="write-up")
    def writeup_link(self, meetup):
        if hasattr(meetup, "writeup"):
            address = reverse("admin:meetups_writeup_change", args=[meetup.writeup.pk])
            return format_html('<a href="{}">{}</a>', address, meetup.writeup)
        if meetup.pk is None:
            return "Once the meetup is saved."
        address = f"{reverse('admin:meetups_writeup_add')}?meetup={meetup.pk}&book={meetup.book_id or ''}"
        return format_html('<a class="addlink" href="{}">Write it up</a>', address)


class WriteUpPartForm(DeskForm):
    ordered_in = "writeup"


class SessionNoteInline(DeskFields, admin.StackedInline):
    model = SessionNote
    form = WriteUpPartForm
    fields = ["position", "text", ("name", "name_is_public")]
    extra = 0
    verbose_name_plural = "Notes"


class PhotoInline(DeskFields, admin.StackedInline):
    model = Photo
    form = WriteUpPartForm
    fields = ["position", "image", "alt", "is_decorative", "caption", "credit"]
    extra = 0


class MomentForm(forms.Form):
    at = forms.SplitDateTimeField(
        label="At another moment",
        required=False,
        validators=[check_year],
        widget=AdminSplitDateTime({"aria-label": "At another moment"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["at"].help_text = (
            "Empty: now or, where it bore a date elsewhere, that day. A moment ahead: it appears by itself then. "
            f"Times are those of {zone}."
        )


@admin.register(WriteUp)
class WriteUpAdmin(PublishableAdmin):
    list_display = ["title", "author", "book", "evening", "state_in_words"]
    list_select_related = ["author", "book", "meetup"]
    list_filter = [StateFilter, "audience", ("book", SearchedFilter), ("author", SearchedFilter)]
    search_fields = ["title", "standfirst", "body", "book__title", "author__name"]
    ordering = ["-pk"]
    autocomplete_fields = ["author", "meetup", "book", "related"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["state_in_words"]
    inlines = [PhotoInline, SessionNoteInline]
    actions = ["publish", "take_back"]
    fieldsets = [
        ("Title", {"fields": ["title", "slug", "author", "posted_on", "standfirst"]}),
        (
            "Book and evening",
            {
                "fields": ["meetup", "book"],
                "description": "Fixed while the write-up is published: take it back to choose others.",
            },
        ),
        ("Write-up", {"fields": ["pull_quote", "body"]}),
        ("Related write-ups", {"fields": ["related"]}),
        ("Who may see it", {"fields": ["state_in_words", "audience"]}),
    ]

    def delete_queryset(self, request, queryset):
        """One by one: each takes back what went out with it."""
        for writeup in queryset:
            writeup.delete()

    def get_readonly_fields(self, request, obj=None):
        """What went out with it must be found again when it is taken back."""
        is_stamped = obj is not None and obj.published_at is not None
        return [*self.readonly_fields, "meetup", "book"] if is_stamped else self.readonly_fields

    @admin.display(description="evening", ordering="meetup__date")
    def evening(self, writeup):
        return writeup.meetup and writeup.meetup.date

    @admin.action(description="Publish …", permissions=["change"])
    def publish(self, request, queryset):
        form = MomentForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self.confirm(request, queryset, "publish", form)
        for writeup in queryset:
            writeup.publish(form.cleaned_data["at"])
            self.tell(request, writeup)
        return self.back_to(queryset)

    @admin.action(description="Take back …", permissions=["change"])
    def take_back(self, request, queryset):
        if "confirmed" not in request.POST:
            return self.confirm(request, queryset, "take_back")
        for writeup in queryset:
            writeup.take_back()
            self.tell(request, writeup)
        return self.back_to(queryset)

    def confirm(self, request, queryset, action, form=None):
        """The page that says what is about to become public, or to vanish, before it does."""
        context = self.admin_site.each_context(request) | {
            "title": "Publish" if action == "publish" else "Take back",
            "opts": self.opts,
            "media": self.media + (form.media if form else forms.Media()),
            "action": action,
            "form": form,
            "summaries": [summary(writeup, request) for writeup in queryset.select_related("meetup__book", "book")],
        }
        return TemplateResponse(request, "admin/meetups/writeup/confirm.html", context)

    def tell(self, request, writeup):
        self.log_change(request, writeup, state_in_words(writeup))
        self.message_user(request, f"“{writeup}”: {state_in_words(writeup)}.")

    def back_to(self, queryset):
        """To the write-up, where it was one; None stays on the list."""
        pks = list(queryset.values_list("pk", flat=True)[:2])
        return redirect("admin:meetups_writeup_change", pks[0]) if len(pks) == 1 else None


def summary(writeup, request):
    """What shares the write-up's moment, or like it has none yet, and who is named in it."""
    names = [note for note in writeup.session_notes.all() if note.name]
    return {
        "writeup": writeup,
        "state": state_in_words(writeup),
        "along": [
            (each._meta.verbose_name, each)
            for each in (writeup.meetup, writeup.book)
            if each and each.published_at == writeup.published_at
        ],
        "items": [(number, model._meta) for model in ITEMS if (number := outgoing(writeup, model))],
        "public_names": [name for note in names if (name := note.name_for(AnonymousUser(), request.club))],
        "member_names": [name for note in names if (name := note.name_for(request.user, request.club))],
    }


def outgoing(writeup, model):
    if writeup.book_id is None:
        return 0
    return model.objects.filter(book=writeup.book_id, published_at=writeup.published_at).count()
