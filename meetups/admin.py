from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from bookclub.desk.base import WHO_MAY_SEE_IT, DeskAdmin, DeskFields, PublishableAdmin
from bookclub.desk.filters import SearchedFilter, StateFilter
from bookclub.desk.forms import DeskForm
from bookclub.desk.reach import reaches_all
from bookclub.models import Club
from meetups.desk.cancelling import Cancelling
from meetups.desk.changes import TellingForm, TellingOfChanges
from meetups.desk.evening import Evening
from meetups.desk.guests import GuestList
from meetups.desk.photos import PhotoInline
from meetups.desk.proof import ProofPages
from meetups.models import Meetup, SessionNote, Venue, WriteUp
from meetups.pasting.pages import PastingPages
from meetups.previews import Looking
from meetups.publishing import PublishingActions
from members.models import Author


@admin.register(Venue)
class VenueAdmin(DeskAdmin):
    list_display = ["name", "area", "is_private"]
    search_fields = ["name", "area"]
    fieldsets = [
        ("Where", {"fields": ["name", "area", "address", "is_private", "website"]}),
        ("How to get in", {"fields": ["getting_in"]}),
        ("Time", {"fields": ["time_zone"]}),
    ]


class MeetupForm(TellingForm):
    slug_from = None

    def clean(self):
        """The zone is settled before the model looks at the clock: whether an hour exists depends on it."""
        data = super().clean()
        if data.get("time_zone") == "":
            venue = data.get("venue")
            data["time_zone"] = (venue and venue.time_zone) or Club.objects.current().time_zone
        return data


@admin.register(Meetup)
class MeetupAdmin(GuestList, Cancelling, Evening, TellingOfChanges, PublishableAdmin):
    form = MeetupForm
    list_display = ["__str__", "venue", "taken", "headcount", "writeup_link", "state_in_words"]
    list_filter = [StateFilter, "audience", ("book", SearchedFilter), ("venue", SearchedFilter)]
    search_fields = ["book__title", "venue__name", "standfirst"]
    autocomplete_fields = ["book", "venue"]
    readonly_fields = ["who_comes", "writeup_link"]
    fieldsets = [
        ("Evening", {"fields": ["date", ("start_time", "end_time"), "time_zone", "standfirst", "book"]}),
        ("Where", {"fields": ["venue", "room"]}),
        ("Seats", {"fields": ["who_comes", "capacity", "rsvps_open_at", "rsvps_close_at"]}),
        ("What to expect", {"fields": ["about", "cost"]}),
        ("Afterwards", {"fields": ["headcount", "writeup_link"]}),
        ("Page", {"fields": ["slug"]}),
        WHO_MAY_SEE_IT,
    ]

    def get_queryset(self, request):
        """Its name contains the book's, in every list and search box."""
        return super().get_queryset(request).select_related("book", "venue", "writeup", "seats")

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
    fields = ["position", "text", ("name", "name_is_public"), "member"]
    autocomplete_fields = ["member"]
    extra = 0
    verbose_name_plural = "Notes"

    def get_fields(self, request, obj=None):
        """Whose words they are is chosen by those who may see who is a member."""
        fields = super().get_fields(request, obj)
        return fields if request.user.has_perm("members.view_member") else fields[:-1]


@admin.register(WriteUp)
class WriteUpAdmin(ProofPages, PastingPages, PublishingActions, Looking, PublishableAdmin):
    list_display = ["title", "author", "book", "evening", "state_in_words"]
    list_select_related = ["author", "book", "meetup"]
    list_filter = [StateFilter, "audience", ("book", SearchedFilter), ("author", SearchedFilter)]
    search_fields = ["title", "standfirst", "body", "book__title", "author__name"]
    ordering = ["-pk"]
    autocomplete_fields = ["author", "meetup", "book", "related"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["state_in_words"]
    inlines = [PhotoInline, SessionNoteInline]
    actions = ["publish", "schedule", "take_back"]
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
        return [*super().get_readonly_fields(request, obj), *(["meetup", "book"] if is_stamped else [])]

    def get_autocomplete_fields(self, request):
        """Authors are offered nobody but themselves."""
        return self.autocomplete_fields if reaches_all(request.user) else ["meetup", "book", "related"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "author" and not reaches_all(request.user):
            own = Author.objects.filter(member=request.user)
            kwargs |= {"queryset": own, "initial": own.first(), "empty_label": None}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="evening", ordering="meetup__date")
    def evening(self, writeup):
        return writeup.meetup and writeup.meetup.date
