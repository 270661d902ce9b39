from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst

from bookclub.desk.base import DeskAdmin, LookedAt
from bookclub.desk.filters import SearchedFilter
from bookclub.desk.forms import DeskForm
from bookclub.desk.outgoing import SAID, StateFilter
from bookclub.desk.words import in_words
from newsletter.desk.letters import LetterPages, state_of
from newsletter.desk.subscribers import ListPages
from newsletter.importing import BY_IMPORT, is_brought_in
from newsletter.models import Delivery, Issue, Subscriber


class IssueForm(DeskForm):
    slug_from = None


@admin.register(Issue)
class IssueAdmin(LetterPages, DeskAdmin):
    form = IssueForm
    list_display = ["subject", "state", "number", "topic"]
    list_filter = ["topic", "audience"]
    search_fields = ["subject", "introduction", "closing"]
    autocomplete_fields = ["writeup", "quote", "questions", "meetup"]
    fieldsets = [
        ("Letter", {"fields": ["subject", "topic", "introduction"]}),
        ("From the club", {"fields": ["writeup", "quote", "questions", "meetup"]}),
        ("The end", {"fields": ["closing"]}),
        ("Past letters", {"fields": ["audience"], "description": "Who may read it on the site, once it is sent."}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).saying_how_they_stand()

    @admin.display(description="state")
    def state(self, issue):
        return state_of(issue)

    def has_change_permission(self, request, obj=None):
        """What was sent stays as it was sent."""
        return super().has_change_permission(request, obj) and (obj is None or obj.frozen_at is None)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.frozen_at is None)

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset.filter(frozen_at=None))


class SubscriptionFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    STATES = {
        "subscribed": Q(confirmed_at__isnull=False, left_at=None, suppressed_at=None),
        "pending": Q(confirmed_at=None),
        "left": Q(confirmed_at__isnull=False, left_at__isnull=False),
        "suppressed": Q(confirmed_at__isnull=False, left_at=None, suppressed_at__isnull=False),
    }

    def lookups(self, request, model_admin):
        return [(state, state.capitalize()) for state in self.STATES]

    def queryset(self, request, queryset):
        return queryset.filter(self.STATES[self.value()]) if self.value() in self.STATES else queryset


@admin.register(Subscriber)
class SubscriberAdmin(ListPages, DeskAdmin):
    """Nobody is typed in: who wants the letter asks for it, or stands on a list with the place where they agreed."""

    list_display = ["state", "email", "wants_letter", "wants_dates", "came"]
    list_display_links = ["email"]  # the state is short: a telephone has room for both
    list_filter = [SubscriptionFilter, "wants_letter", "wants_dates"]
    search_fields = ["email"]
    actions = ["take_off", "clear"]
    fieldsets = [
        (None, {"fields": ["email", "state", ("wants_letter", "wants_dates")]}),
        ("Proof", {"fields": ["asked_at", "asked_on", "wording", "confirmed_at", "confirmed_by"]}),
        ("Off the list", {"fields": ["left_at", "left_by"]}),
        ("Mail that came back", {"fields": ["suppressed_at", "suppressed_because", "bounce_count", "diagnostic"]}),
    ]
    readonly_fields = [
        "email", "state", "asked_at", "asked_on", "wording", "confirmed_at", "confirmed_by", "left_at", "left_by",
        "suppressed_at", "suppressed_because", "bounce_count", "diagnostic", "brought_in", "where_they_agreed",
    ]  # fmt: skip

    def get_fieldsets(self, request, obj=None):
        """Who was brought in has asked for nothing, and pressed no button."""
        whole = super().get_fieldsets(request, obj)
        proof = ("Proof", {"fields": ["brought_in", "where_they_agreed"]})
        return [proof if name == "Proof" and is_brought_in(obj) else (name, options) for name, options in whole]

    @admin.display(description="state")
    def state(self, subscriber):
        return subscriber.state

    @admin.display(description="asked", ordering="asked_at")
    def came(self, subscriber):
        """For those who never asked it says so."""
        day = date_format(timezone.localtime(subscriber.asked_at), "j M Y")
        return f"Brought in {day}" if is_brought_in(subscriber) else day

    @admin.display(description="brought in")
    def brought_in(self, subscriber):
        return in_words(subscriber.confirmed_at)

    @admin.display(description="where they agreed")
    def where_they_agreed(self, subscriber):
        return subscriber.confirmed_by.removeprefix(BY_IMPORT).strip()

    def has_add_permission(self, request):
        return False


class LetterFilter(SearchedFilter):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.title = "letter"


@admin.register(Delivery)
class CopyAdmin(LookedAt, DeskAdmin):
    """Every copy that went out, or did not. To look at: what can be done about one stands on the letter's own page."""

    list_display = ["reader", "state_and_reason", "letter", "sent_at"]
    list_filter = [StateFilter, ("issue", LetterFilter)]
    search_fields = ["subscriber__email"]
    search_help_text = "By address."
    ordering = ["-pk"]
    sortable_by = []
    show_full_result_count = False
    fields = ["reader", "letter", "state_in_words", "attempts", "sent_at", "came_back_at", "error", "message_id"]
    readonly_fields = fields

    def get_queryset(self, request):
        """Without the texts of the letters."""
        told = ["state", "attempts", "sent_at", "came_back_at", "error", "subscriber__email"]
        told += ["issue__number", "issue__subject", "issue__frozen_subject"]
        return super().get_queryset(request).select_related("issue", "subscriber").only(*told)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Copies of the letters"} | (extra_context or {}))

    def render_change_form(self, request, context, obj=None, **options):
        context |= {"title": f"A copy of {obj.issue}", "subtitle": None}
        return super().render_change_form(request, context, obj=obj, **options)

    @admin.display(description="reader", empty_value="Somebody who has left")
    def reader(self, copy):
        return copy.subscriber

    @admin.display(description="letter")
    def letter(self, copy):
        return f"{copy.issue.number}: {Truncator(copy.issue.frozen_subject).chars(SAID)}"

    @admin.display(description="state")
    def state_in_words(self, copy):
        return capfirst(copy.get_state_display()) + (", came back" if copy.came_back_at else "")

    @admin.display(description="state")
    def state_and_reason(self, copy):
        words = self.state_in_words(copy)
        return f"{words}: {Truncator(copy.error).chars(SAID)}" if copy.error else words
