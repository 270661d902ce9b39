from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.fields import ClubFieldsMixin, ImageWidget
from bookclub.admin_base.forms import ClubModelForm
from bookclub.core.models import Club, CommunityLink
from bookclub.images import ImageUploadField, NormalizedImage
from bookclub.images.logo import ClubLogo, check_logo_size
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


class ClubForm(ClubModelForm):
    logo_file = ImageUploadField(
        label="Logo",
        required=False,
        max_width=ClubLogo.image.field.widths[-1],
        widget=ImageWidget,
        help_text="At the top of every page. JPEG, PNG or WebP, at least 96 pixels high; a PNG with a transparent "
        "ground looks best. On dark screens it stands on a light plate.",
    )
    is_beside_name = forms.BooleanField(
        label="The name stands beside it",
        required=False,
        initial=True,
        help_text="Untick it if the name is in the logo. Screen readers then read the name instead.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.logo = ClubLogo.objects.filter(club=self.instance.pk).first()
        if self.logo:
            self.initial |= {"logo_file": self.logo.image, "is_beside_name": self.logo.is_beside_name}

    def clean_logo_file(self):
        file = self.cleaned_data["logo_file"]
        if isinstance(file, NormalizedImage):
            check_logo_size(*file.pixels.size)
        return file

    def save_logo(self):
        """Store, replace or delete the logo of the saved club."""
        file, is_beside_name = self.cleaned_data["logo_file"], self.cleaned_data["is_beside_name"]
        if file:
            ClubLogo.objects.update_or_create(
                club=self.instance, defaults={"image": file, "is_beside_name": is_beside_name}
            )
        elif self.logo:
            self.logo.delete()


@admin.register(Club)
class ClubAdmin(ClubModelAdmin):
    """Admin of the single Club row, without a list page."""

    form = ClubForm
    inlines = [CommunityLinkInline]
    fieldsets = [
        ("Every page", {"fields": ["name", "contact_email"]}),
        ("How it looks", {"fields": ["logo_file", "is_beside_name", "accent", "typeface"]}),
        ("Home page", {"fields": ["usually_meets", "tagline", "about"]}),
        ("Write-up", {"fields": ["motto"]}),
        ("Newsletter", {"fields": ["newsletter_promise", "newsletter_asks_name"]}),
        ("Times and names", {"fields": ["time_zone", "names_visible_to"]}),
        ("Meetups", {"fields": ["joining", "guest_list_visible_to", "guests_allowed"]}),
        ("Reminders", {"fields": ["reminds_a_week_before", "reminds_a_day_before"]}),
    ]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        form.save_logo()

    def changelist_view(self, request, extra_context=None):
        club = Club.objects.first()
        name = "admin:bookclub_club_change" if club else "admin:bookclub_club_add"
        return redirect(reverse(name, args=[club.pk] if club else None))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and request.club._state.adding  # noqa: SLF001 - no query for the menu

    def has_delete_permission(self, request, obj=None):
        return False
