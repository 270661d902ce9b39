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
    """Every copy that went out, or did not. To look at: what can be done about one stands on the letter's own page."""

    list_display = ["reader", "state_and_reason", "letter", "sent_at"]
    list_filter = [StateFilter, ("issue", IssueFilter)]
    search_fields = ["subscriber__email"]
    search_help_text = "By address."
    ordering = ["-pk"]
    sortable_by = []
    show_full_result_count = False
    fields = ["reader", "letter", "state_in_words", "attempts", "sent_at", "bounced_at", "error", "message_id"]
    readonly_fields = fields

    def get_queryset(self, request):
        """Without the texts of the letters."""
        told = ["state", "attempts", "sent_at", "bounced_at", "error", "subscriber__email"]
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
        return f"{copy.issue.number}: {Truncator(copy.issue.frozen_subject).chars(REPLY_LENGTH)}"

    @admin.display(description="state")
    def state_in_words(self, copy):
        return capfirst(copy.get_state_display()) + (", came back" if copy.bounced_at else "")

    @admin.display(description="state")
    def state_and_reason(self, copy):
        words = self.state_in_words(copy)
        return f"{words}: {Truncator(copy.error).chars(REPLY_LENGTH)}" if copy.error else words
