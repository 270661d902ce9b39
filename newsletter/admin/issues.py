from django.contrib import admin

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.form_buttons import FormButton
from bookclub.admin_base.forms import ClubModelForm
from newsletter.admin import deliverability, issue_review, send
from newsletter.models import Issue


class IssueForm(ClubModelForm):
    slug_from = None


@admin.register(Issue)
class IssueAdmin(ClubModelAdmin):
    form = IssueForm
    list_display = ["state", "subject", "number", "topic"]
    list_display_links = ["subject"]
    empty_list_text = "No letters yet. A published write-up has a button that drafts one."
    list_filter = ["topic", "audience"]
    search_fields = ["subject", "introduction", "closing"]
    autocomplete_fields = ["writeup", "quote", "questions", "meetup"]
    fieldsets = [
        ("Letter", {"fields": ["subject", "topic", "introduction"]}),
        ("From the club", {"fields": ["writeup", "quote", "questions", "meetup"]}),
        ("The end", {"fields": ["closing"]}),
        ("Past letters", {"fields": ["audience"], "description": "Who may read it on the site, once it is sent."}),
    ]

    def get_urls(self):
        return [
            *issue_review.get_urls(self),
            *send.get_urls(self),
            *deliverability.get_urls(self),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_is_open()

    def view_on_site(self, issue):
        """Link to the page of a sent issue; a draft has none."""
        return issue.get_absolute_url() if issue.number else None

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        if row is not None and request.user.has_perm("newsletter.send_issue"):
            label = "What became of it" if row.frozen_at else "Look and send"
            buttons.append(FormButton("review", label, self.reverse("review", row.pk)))
        return buttons

    @admin.display(description="state")
    def state(self, issue):
        return issue_review.describe_state(issue)

    def has_change_permission(self, request, obj=None):
        """Make every field of a sent issue read-only."""
        return super().has_change_permission(request, obj) and (obj is None or obj.frozen_at is None)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.frozen_at is None)

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset.filter(frozen_at=None))
