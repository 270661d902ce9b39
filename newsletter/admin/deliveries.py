from django.contrib import admin
from django.utils.text import Truncator, capfirst

from bookclub.admin_base.base import ClubModelAdmin, ReadOnlyAdminMixin
from bookclub.admin_base.filters import AutocompleteFilter
from bookclub.mail.admin import REPLY_LENGTH, StateFilter
from newsletter.models import Delivery


class IssueFilter(AutocompleteFilter):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.title = "letter"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdminMixin, ClubModelAdmin):
    """All deliveries, read-only: the actions for them are on the issue's page."""

    list_display = ["state_and_reason", "reader", "issue_title", "sent_at"]
    list_display_links = ["reader"]
    empty_list_text = "Nothing has been sent yet. Each copy of a letter stands here once the letter goes out."
    list_filter = [StateFilter, ("issue", IssueFilter)]
    search_fields = ["subscriber__email"]
    search_help_text = "Address"
    ordering = ["-pk"]
    sortable_by = []
    show_full_result_count = False
    fields = ["reader", "issue_title", "state_in_words", "attempts", "sent_at", "bounced_at", "error", "message_id"]
    readonly_fields = fields

    def get_queryset(self, request):
        """Load only the shown columns, not the texts of the issues."""
        columns = ["state", "attempts", "sent_at", "bounced_at", "error", "subscriber__email"]
        columns += ["issue__number", "issue__subject", "issue__frozen_subject"]
        return super().get_queryset(request).select_related("issue", "subscriber").only(*columns)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Deliveries of the letters"} | (extra_context or {}))

    def get_page_title(self, obj):
        return f"A copy of {obj.issue}"

    @admin.display(description="reader", empty_value="Somebody who has left")
    def reader(self, delivery):
        return delivery.subscriber

    @admin.display(description="letter")
    def issue_title(self, delivery):
        return f"{delivery.issue.number}: {Truncator(delivery.issue.frozen_subject).chars(REPLY_LENGTH)}"

    @admin.display(description="state")
    def state_in_words(self, delivery):
        return capfirst(delivery.get_state_display()) + (", came back" if delivery.bounced_at else "")

    @admin.display(description="state")
    def state_and_reason(self, delivery):
        words = self.state_in_words(delivery)
        return f"{words}: {Truncator(delivery.error).chars(REPLY_LENGTH)}" if delivery.error else words
