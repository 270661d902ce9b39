from django.contrib import admin
from django.contrib.admin.utils import model_ngettext
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst

from bookclub.desk.fields import OneParagraph, PictureWidget, TypedText, TypedTextarea
from bookclub.desk.filters import StateFilter
from bookclub.desk.forms import DeskForm
from bookclub.desk.history import HistoryPages
from bookclub.desk.moments import Moment, check_year, state_in_words
from bookclub.desk.preview import rendering_of
from bookclub.desk.reach import Reach, ReachFields
from bookclub.desk.resume import Resuming
from bookclub.desk.versions import OneAtATime
from bookclub.fields import TypedField
from bookclub.pictures import PictureField

LONG = 300  # characters, which no one-line field shows
WHO_MAY_SEE_IT = ("Who may see it", {"fields": ["published_at", "audience"]})


class DeskFields(ReachFields):
    """How the fields of a form are drawn, in pages and inlines alike."""

    form = DeskForm
    formfield_overrides = {
        TypedField: {"form_class": TypedText, "widget": TypedTextarea},
        PictureField: {"widget": PictureWidget},
        models.URLField: {"assume_scheme": "https"},
        models.DateTimeField: {"form_class": Moment},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.CharField) and (db_field.max_length or 0) >= LONG:
            kwargs["form_class"] = OneParagraph
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.validators += bounds_of(db_field)
        if field and field.label:
            field.widget.attrs.setdefault("aria-label", capfirst(field.label))  # lists and tables draw no label
        if field and isinstance(field.widget, TypedTextarea):
            field.widget.rendering = rendering_of(db_field)
        if field and isinstance(db_field, models.DateTimeField):
            field.help_text = f"{field.help_text} Times are those of {timezone.get_current_timezone_name()}.".strip()
        return field


def bounds_of(db_field):
    """What PostgreSQL could not keep, or no clock can be set to in another zone, is refused on SQLite too."""
    if isinstance(db_field, models.DateField):
        return [check_year]
    if db_field.choices:
        return []
    small = isinstance(db_field, (models.SmallIntegerField, models.PositiveSmallIntegerField))
    if small or isinstance(db_field, models.IntegerField):
        return [MaxValueValidator(32_767 if small else 2_147_483_647), MinValueValidator(-32_768 if small else 0)]
    return []


class LookedAt:
    """For rows that are only looked at: nobody adds, changes or deletes one by its form."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class DeskAdmin(Resuming, OneAtATime, HistoryPages, Reach, DeskFields, admin.ModelAdmin):
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    @property
    def media(self):
        """With what a searched filter needs on a list."""
        return super().media + AutocompleteSelect(None, self.admin_site).media

    def get_changeform_initial_data(self, request):
        """The address may name related rows, as in `?book=3`; what is no key of a row is left out."""
        initial = super().get_changeform_initial_data(request)
        related = {field.name for field in self.opts.get_fields() if field.is_relation}
        return {name: value for name, value in initial.items() if name not in related or are_keys(value)}


class PublishableAdmin(DeskAdmin):
    actions = ["publish_now", "take_back"]
    list_filter = [StateFilter, "audience"]

    @admin.display(description="state", ordering="published_at")
    def state_in_words(self, thing):
        return state_in_words(thing)

    @admin.action(description="Publish now", permissions=["publish"])
    def publish_now(self, request, queryset):
        drafts = queryset.exclude(published_at__lte=timezone.now())
        self.say(request, drafts.update(published_at=timezone.now()), "published")

    @admin.action(description="Take back: make drafts again", permissions=["publish"])
    def take_back(self, request, queryset):
        self.say(request, queryset.exclude(published_at=None).update(published_at=None), "taken back")

    def say(self, request, number, done):
        self.message_user(request, f"{number} {model_ngettext(self.opts, number)} {done}.")


def are_keys(value):
    values = value if isinstance(value, list) else [value]
    return all(each.isdecimal() and len(each) < 18 for each in values)
