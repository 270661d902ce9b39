from django.contrib import admin
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.field_display import format_value
from bookclub.admin_base.form_buttons import FIELD, FormButton
from bookclub.core.email_addresses import normalize_search_words
from newsletter.admin import csv_import, subscriptions
from newsletter.models import Subscriber
from newsletter.models.subscriber import BY_IMPORT


class SubscriptionFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    STATES = ["subscribed", "pending", "left", "suppressed"]  # querysets of Subscriber

    def lookups(self, request, model_admin):
        return [(state, state.capitalize()) for state in self.STATES]

    def queryset(self, request, queryset):
        return getattr(queryset, self.value())() if self.value() in self.STATES else queryset


@admin.register(Subscriber)
class SubscriberAdmin(ClubModelAdmin):
    """Subscribers can't be added by hand: they subscribe themselves, or are imported with a proof of consent."""

    list_display = ["state", "email", "wants_letter", "wants_dates", "asked_or_imported"]
    list_display_links = ["email"]
    list_filter = [SubscriptionFilter, "wants_letter", "wants_dates"]
    search_fields = ["email", "name"]
    empty_list_text = "Nobody yet. Readers sign up on the site; a list that you have can be brought in."
    actions = [subscriptions.unsubscribe_selected, subscriptions.clear_suppression_of_selected]
    fieldsets = [
        (None, {"fields": ["email", "name", "state", ("wants_letter", "wants_dates")]}),
        ("Proof", {"fields": ["asked_at", "asked_on_page", "consent_text", "confirmed_at", "confirmed_by"]}),
        ("Off the list", {"fields": ["left_at", "left_by"]}),
        ("Mail that came back", {"fields": ["suppressed_at", "suppression_reason", "bounce_count", "diagnostic"]}),
    ]
    readonly_fields = [
        "email", "name", "state", "asked_at", "asked_on_page", "consent_text", "confirmed_at", "confirmed_by", "left_at",
        "left_by", "suppressed_at", "suppression_reason", "bounce_count", "diagnostic", "brought_in",
        "where_they_agreed",
    ]  # fmt: skip

    def get_urls(self):
        return [*csv_import.get_urls(self), *subscriptions.get_urls(self), *super().get_urls()]

    def get_search_results(self, request, queryset, search_term):
        """Find an address in any spelling of its domain."""
        return super().get_search_results(request, queryset, normalize_search_words(search_term))

    def get_actions(self, request):
        """Remove bulk deletion: addresses are erased one by one, on a page that explains it."""
        return {name: each for name, each in super().get_actions(request).items() if name != "delete_selected"}

    def delete_model(self, request, obj):
        """Erase the address as on request: only its keyed hash is kept."""
        subscriptions.erase_with_log(obj.email)

    def response_delete(self, request, obj_display, obj_id):
        self.message_user(request, subscriptions.ERASED)
        return redirect("admin:newsletter_subscriber_changelist")

    def log_change(self, request, obj, message):
        """Log without the address: the log may be kept longer than the subscriber."""
        return super().log_change(request, subscriptions.anonymize_subscriber(obj), message)

    def render_change_form(self, request, context, obj=None, **options):
        context |= subscriptions.get_deliveries_context(request, obj)
        return super().render_change_form(request, context, obj=obj, **options)

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        if row is not None and self.has_change_permission(request, row):
            buttons += [
                FormButton(page, "", self.reverse(page, row.pk), FIELD, is_post=True)
                for page in ("clear_suppression", "unsubscribe", "resubscribe")
            ]
        return buttons

    def get_fieldsets(self, request, obj=None):
        """Show where imported subscribers agreed, instead of a request and a confirmation, which they don't have."""
        whole = super().get_fieldsets(request, obj)
        proof = ("Proof", {"fields": ["brought_in", "where_they_agreed"]})
        return [proof if name == "Proof" and obj.is_imported else (name, options) for name, options in whole]

    @admin.display(description="state")
    def state(self, subscriber):
        return subscriber.state

    @admin.display(description="asked", ordering="asked_at")
    def asked_or_imported(self, subscriber):
        """Return the date of the request, or of the import."""
        day = date_format(timezone.localtime(subscriber.asked_at), "j M Y")
        return f"Brought in {day}" if subscriber.is_imported else day

    @admin.display(description="brought in")
    def brought_in(self, subscriber):
        return format_value(subscriber.confirmed_at)

    @admin.display(description="where they agreed")
    def where_they_agreed(self, subscriber):
        return subscriber.confirmed_by.removeprefix(BY_IMPORT).strip()

    def has_add_permission(self, request):
        return False
