from django import forms
from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.fields import ADDRESS_FIELDSET
from bookclub.admin_base.filters import AutocompleteFilter, PublicationFilter
from bookclub.admin_base.form_buttons import FIELD, FormButton, draw_button
from bookclub.admin_base.forms import ClubModelForm
from bookclub.admin_base.lists import show_stamp
from bookclub.admin_base.object_permissions import has_full_access
from bookclub.admin_base.publishing import VISIBILITY_FIELDSET, PublishableAdmin
from bookclub.core.formatting import count_noun, join_names
from bookclub.core.models import Club
from meetups.admin import attendance, cancellation, guest_list, guest_messages
from meetups.admin.date_search import find_date_conditions
from meetups.admin.publishing import MeetupSummary
from meetups.change_notices import needs_notice, record_change
from meetups.models import Meetup, Venue
from meetups.models.meetup import slug_text_of
from meetups.rsvps import locked_meetup_change

NOTICE_HELP = (
    "{} or waiting: if you change the date, the times, the zone, the venue or the room, each gets a mail with the old "
    "and the new. It leaves five minutes after your last correction. Other changes send no mail."
)


@admin.register(Venue)
class VenueAdmin(ClubModelAdmin):
    list_display = ["name", "area", "is_private"]
    empty_list_text = "No venues yet. Add the place where you meet; the address of a private one stays hidden."
    search_fields = ["name", "area"]
    fieldsets = [
        ("Where", {"fields": ["name", "area", "address", "is_private", "website"]}),
        ("How to get in", {"fields": ["getting_in"]}),
        ("Time", {"fields": ["time_zone"]}),
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Let an address have several lines: a field of one line would join those that are pasted, without a space."""
        if db_field.name == "address":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class MeetupForm(ClubModelForm):
    slug_from = "date"
    tells = forms.BooleanField(label="Tell those who are coming", required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None or not needs_notice(self.instance):
            del self.fields["tells"]
            return
        people = self.instance.rsvps.to_notify().count()
        self.fields["tells"].help_text = NOTICE_HELP.format(count_noun(people, "person is", "people are") + " coming")

    def slug_text(self, values):
        return slug_text_of(values.get("date"))

    def clean(self):
        """Set the time zone before model validation: it decides which local times exist."""
        data = super().clean()
        if data.get("time_zone") == "":
            venue = data.get("venue")
            data["time_zone"] = (venue and venue.time_zone) or Club.objects.current().time_zone
        return data


# What authors see of a meetup instead of these fields: the book by the gate, the address of a private venue if they go.
SHOWN_TO_AUTHORS = {"book": "shown_book", "venue": "shown_place", "room": None, "taken": None, "who_comes": None}


def hide_from_authors(request, names):
    """Return `names` of fields or columns, for authors with those of SHOWN_TO_AUTHORS replaced or left out."""
    if has_full_access(request.user):
        return names
    shown = [SHOWN_TO_AUTHORS.get(name, name) if isinstance(name, str) else name for name in names]
    return [name for name in shown if name]


@admin.register(Meetup)
class MeetupAdmin(PublishableAdmin):
    form = MeetupForm
    list_display = ["state", "__str__", "venue", "taken", "headcount", "writeup_link"]
    list_display_links = ["__str__"]
    empty_list_text = "No meetups yet. Add the next one: with its date people can save a seat."
    list_filter = [PublicationFilter, "audience", ("book", AutocompleteFilter), ("venue", AutocompleteFilter)]
    search_fields = ["book__title", "venue__name", "standfirst"]
    autocomplete_fields = ["book", "venue"]
    summary_class = MeetupSummary
    readonly_fields = ["who_comes", "its_writeup", "shown_book", "shown_place"]
    fieldsets = [
        ("Date and book", {"fields": ["date", ("start_time", "end_time"), "time_zone", "standfirst", "book"]}),
        ("Where", {"fields": ["venue", "room"]}),
        ("Seats", {"fields": ["who_comes", "capacity", "rsvps_open_at", "rsvps_close_at"]}),
        ("What to expect", {"fields": ["about", "cost"]}),
        ("Afterwards", {"fields": ["headcount", "its_writeup"]}),
        VISIBILITY_FIELDSET,
        ADDRESS_FIELDSET,
    ]

    def get_urls(self):
        urls = [*guest_list.get_urls(self), *cancellation.get_urls(self), *attendance.get_urls(self)]
        return [*urls, *guest_messages.get_urls(self), *super().get_urls()]

    def get_unrestricted_queryset(self, request):
        """Join what lists show, with what the user may see of book and place."""
        rows = super().get_unrestricted_queryset(request).with_place_for(request.user)
        return rows.select_visible(request.user, "book").select_related("writeup", "seat_counter")

    def get_search_results(self, request, queryset, search_term):
        """Find meetups by their date, too."""
        rows, has_duplicates = super().get_search_results(request, queryset, search_term)
        if conditions := find_date_conditions(search_term):
            return queryset.filter(Q(pk__in=rows.order_by().values("pk")) | Q(**conditions)), False
        return rows, has_duplicates

    def get_list_display(self, request):
        return hide_from_authors(request, super().get_list_display(request))

    def get_fieldsets(self, request, obj=None):
        """Below “Where”, ask users who may change the meetup whether to notify guests."""
        fieldsets = [
            (title, options | {"fields": hide_from_authors(request, options["fields"])})
            for title, options in super().get_fieldsets(request, obj)
        ]
        if obj is not None and needs_notice(obj) and self.has_change_permission(request, obj):
            below = [name for name, _ in fieldsets].index("Where") + 1
            fieldsets.insert(below, ("Who is told", {"fields": ["tells"]}))
        return fieldsets

    def get_changeform_initial_data(self, request):
        return attendance.copy_meetup(self, request, super().get_changeform_initial_data(request))

    def get_deleted_objects(self, objs, request):
        """Protect meetups with guests: a deletion would not notify them."""
        found, counts, missing, protected = super().get_deleted_objects(objs, request)
        return found, counts, missing, [*protected, *guest_list.refuse_deletion(objs)]

    def delete_queryset(self, request, queryset):
        """Delete one by one, each with its seat counter locked."""
        for meetup in queryset:
            meetup.delete()

    def save_model(self, request, obj, form, change):
        """Promote from the queue and record the change notice in the same transaction as the save."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        with locked_meetup_change(obj) as counter:
            super().save_model(request, obj, form, change)
            people = record_change(counter.meetup, obj) if form.cleaned_data.get("tells") else 0
        if seated := counter.newly_seated:
            has = "has" if len(seated) == 1 else "have"
            names = join_names(rsvp.member for rsvp in seated)
            self.message_user(request, f"{names} waited, and {has} a seat now.")
        if people:
            words = f"{count_noun(people, 'person', 'people')} will be told of it by mail in five minutes"
            self.message_user(request, f"{words}, unless you change it back.")

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        return buttons if row is None else [*buttons, *self._get_meetup_buttons(request, row)]

    def _get_meetup_buttons(self, request, meetup):
        may_change = self.has_change_permission(request, meetup)
        if request.user.has_perm("meetups.view_rsvp"):
            yield FormButton("guest_list", "Guest list", self.reverse("guest_list", meetup.pk))
            if attendance.is_on(meetup):
                yield FormButton("who_came", "Who came", self.reverse("attendance", meetup.pk))
        if guest_messages.may_write(self, request, meetup):
            yield FormButton("write", "Write to the guests …", self.reverse("write_to_guests", meetup.pk))
        if may_change and self.has_add_permission(request):
            yield FormButton("same_again", "The same again next month", f"{self.reverse('add')}?same_as={meetup.pk}")
        if may_change and not meetup.is_past:
            page, label = ("reinstate", "Take the cancelling back …") if meetup.cancelled_at else ("cancel", "Cancel …")
            yield FormButton(page, label, self.reverse(page, meetup.pk))
        if meetup.is_published and meetup.has_date_ahead and request.user.has_perm("newsletter.add_issue"):
            url = reverse("admin:newsletter_issue_draft_from_meetup", args=[meetup.pk])
            yield FormButton("draft_note", "Draft a note", url, is_post=True)
        yield FormButton("write_up", "Write it up", get_new_writeup_url(meetup), FIELD)

    @admin.display(description="book")
    def shown_book(self, meetup):
        return meetup.shown_book

    @admin.display(description="venue")
    def shown_place(self, meetup):
        return meetup.place and ", ".join(filter(None, [str(meetup.place), meetup.place.room]))

    @admin.display(description="state", ordering="published_at")
    def state(self, meetup):
        return show_stamp("Cancelled", "warning") if meetup.cancelled_at else super().state(meetup)

    @admin.display(description="seats")
    def taken(self, meetup):
        address = reverse("admin:meetups_meetup_guest_list", args=[meetup.pk])
        return format_html('<a href="{}">{}</a>', address, guest_list.seats_in_words(meetup))

    @admin.display(description="who comes")
    def who_comes(self, meetup):
        if meetup.pk is None:
            return "Once the meetup is saved."
        return format_html("{}. {}", guest_list.seats_in_words(meetup), draw_button("guest_list", "Guest list"))

    @admin.display(description="write-up")
    def writeup_link(self, meetup):
        if hasattr(meetup, "writeup"):
            address = reverse("admin:meetups_writeup_change", args=[meetup.writeup.pk])
            return format_html('<a href="{}">{}</a>', address, meetup.writeup)
        if meetup.pk is None:
            return "Once the meetup is saved."
        return format_html('<a class="addlink" href="{}">Write it up</a>', get_new_writeup_url(meetup))

    @admin.display(description="write-up")
    def its_writeup(self, meetup):
        """The same for the form, which is saved first."""
        if meetup.pk is None or hasattr(meetup, "writeup"):
            return self.writeup_link(meetup)
        return draw_button("write_up", "Write it up")


def get_new_writeup_url(meetup):
    return f"{reverse('admin:meetups_writeup_add')}?meetup={meetup.pk}&book={meetup.book_id or ''}"
