from django.contrib import admin

from bookclub.desk.base import DeskAdmin
from bookclub.desk.forms import DeskForm
from newsletter.desk.letters import LetterPages, state_of
from newsletter.models import Issue


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
