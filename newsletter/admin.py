from django.contrib import admin
from django.db.models import Q

from bookclub.desk.base import DeskAdmin
from bookclub.desk.forms import DeskForm
from newsletter.desk.letters import LetterPages, state_of
from newsletter.desk.subscribers import ListPages
from newsletter.erasing import erase
from newsletter.models import Issue, Subscriber


class IssueForm(DeskForm):
    slug_from = None


@admin.register(Issue)
class IssueAdmin(LetterPages, DeskAdmin):
    form = IssueForm
    list_display = ["subject", "number", "topic", "state"]
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

    list_display = ["email", "state", "wants_letter", "wants_dates", "asked_at"]
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
        "suppressed_at", "suppressed_because", "bounce_count", "diagnostic",
    ]  # fmt: skip

    @admin.display(description="state")
    def state(self, subscriber):
        return subscriber.state

    def has_add_permission(self, request):
        return False

    def delete_model(self, request, obj):
        """As it is with a person who asks: nothing stays but what keeps the address off the list."""
        erase(obj.email)

    def delete_queryset(self, request, queryset):
        for subscriber in queryset:
            erase(subscriber.email)
