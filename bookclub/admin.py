from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.fields import ClubFieldsMixin
from bookclub.admin_base.forms import ClubModelForm
from bookclub.core.models import Club, CommunityLink
from bookclub.mail.admin import OutgoingMailAdmin
from bookclub.mail.models import OutgoingMail

admin.site.register(OutgoingMail, OutgoingMailAdmin)


class CommunityLinkForm(ClubModelForm):
    ordered_in = "club"

    def validate_constraints(self):
        """Skip the constraint on recommended links: CommunityLinkFormSet checks it over all rows."""


class CommunityLinkFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        if len(self.recommended) > 1:
            raise ValidationError("Recommend one of the links, not several.", code="several_recommended")

    @property
    def recommended(self):
        """The forms that are recommended and not deleted."""
        forms = [form for form in self.forms if not self._should_delete_form(form)]
        return [form for form in forms if getattr(form, "cleaned_data", {}).get("is_recommended")]

    def save(self, commit=True):
        """Clear the earlier recommendation first: the unique constraint is checked at every statement."""
        keep = [form.instance.pk for form in self.recommended]
        self.instance.links.exclude(pk__in=keep).update(is_recommended=False)
        return super().save(commit)


class CommunityLinkInline(ClubFieldsMixin, admin.StackedInline):
    model = CommunityLink
    form = CommunityLinkForm
    formset = CommunityLinkFormSet
    fields = [("position", "is_recommended"), "label", "url", "about"]
    extra = 0
    verbose_name_plural = "Getting involved"


@admin.register(Club)
class ClubAdmin(ClubModelAdmin):
    """Admin of the single Club row, without a list page."""

    inlines = [CommunityLinkInline]
    fieldsets = [
        ("Every page", {"fields": ["name", "contact_email"]}),
        ("How it looks", {"fields": ["accent", "typeface"]}),
        ("Home page", {"fields": ["usually_meets", "tagline", "about"]}),
        ("Write-up", {"fields": ["motto"]}),
        ("Newsletter", {"fields": ["newsletter_promise", "newsletter_asks_name"]}),
        ("Times and names", {"fields": ["time_zone", "names_visible_to"]}),
        ("Meetups", {"fields": ["joining", "guest_list_visible_to", "guests_allowed"]}),
        ("Reminders", {"fields": ["reminds_a_week_before", "reminds_a_day_before"]}),
    ]

    def changelist_view(self, request, extra_context=None):
        club = Club.objects.first()
        name = "admin:bookclub_club_change" if club else "admin:bookclub_club_add"
        return redirect(reverse(name, args=[club.pk] if club else None))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and request.club._state.adding  # noqa: SLF001 - no query for the menu

    def has_delete_permission(self, request, obj=None):
        return False
