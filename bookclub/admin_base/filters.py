from django import forms
from django.contrib import admin
from django.utils import timezone

from bookclub.admin_base.object_permissions import can_view, filter_named
from bookclub.admin_base.search_boxes import SearchBox


class PublicationFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("draft", "Draft"), ("scheduled", "Scheduled"), ("published", "Published")]

    def queryset(self, request, queryset):
        if self.value() == "draft":
            return queryset.filter(published_at=None)
        if self.value() == "scheduled":
            return queryset.filter(published_at__gt=timezone.now())
        return queryset.published() if self.value() == "published" else queryset


class AutocompleteFilter(admin.RelatedFieldListFilter):
    """List filter by a related row, with an autocomplete. Loads only the chosen row."""

    template = "admin/autocomplete_filter.html"

    def __init__(self, field, request, params, model, model_admin, field_path):
        self.admin_site = model_admin.admin_site
        self.user = request.user
        super().__init__(field, request, params, model, model_admin, field_path)

    def field_choices(self, field, request, model_admin):
        return []

    def has_output(self):
        return True

    def choices(self, changelist):
        """Yield one dictionary: the context of the template."""
        others = {name: value for name, value in changelist.params.items() if name not in (self.lookup_kwarg, "p")}
        yield {
            "search_box": self._render_search_box(),
            "other_params": [
                (name, each)
                for name, value in others.items()
                for each in (value if isinstance(value, list) else [value])
            ],
            "is_chosen": bool(self.lookup_val),
            "query_string": changelist.get_query_string(remove=[self.lookup_kwarg]),
        }

    def _render_search_box(self):
        widget = SearchBox(self.field, self.admin_site, attrs={"aria-label": self.title.capitalize()})
        rows = filter_named(self.field, self.field.remote_field.model.objects.all(), self.user)
        field = forms.ModelChoiceField(rows, widget=widget, required=False)
        return field.widget.render(self.lookup_kwarg, self.lookup_val, {"id": f"filter-{self.field.name}"})


def can_use_filter(model, list_filter, user):
    """Return whether `user` may read the names that an item of `list_filter` offers: some models have no gate."""
    if isinstance(list_filter, (str, type)) or not issubclass(list_filter[1], AutocompleteFilter):
        return True
    related = model._meta.get_field(list_filter[0]).related_model
    return hasattr(related.objects, "visible_to") or can_view(related, user)
