from django import forms
from django.http import QueryDict

from bookclub.admin_base.datetime_fields import ClubDateTimeField
from bookclub.core.slugs import unique_slug


class UnsavedData(QueryDict):
    """Form data that is shown again, for `reason`, and must not be saved even if it is valid."""

    reason = ""

    @classmethod
    def from_data(cls, data, reason):
        unsaved = cls(mutable=True)
        for name, values in data.lists():
            unsaved.setlist(name, values)
        unsaved.reason = reason
        return unsaved


class ClubModelForm(forms.ModelForm):
    """Fills in an empty slug from the title, and an empty position with the next number."""

    slug_from = "title"
    ordered_in = "book"

    def __init__(self, *args, initial=None, **kwargs):
        super().__init__(*args, initial=initial, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, ClubDateTimeField):
                field.stored = self.get_initial_for_field(field, name)
        for name in {"slug", "position"} & self.fields.keys():
            self.fields[name].required = False
        if "position" in self.fields and self.instance.pk is None:
            self.initial["position"] = (initial or {}).get("position")
            self.fields["position"].help_text = "Small numbers come first. Empty: after the others."

    def full_clean(self):
        super().full_clean()
        is_inline = self.prefix is not None
        if isinstance(self.data, UnsavedData) and not is_inline:
            self.add_error(None, self.data.reason)

    def clean_published_at(self):
        """Keep the stored microseconds, which the widget doesn't show: unpublishing finds rows by equal times."""
        if "published_at" in self.changed_data:
            return self.cleaned_data["published_at"]
        return self.instance.published_at

    def clean(self):
        data = super().clean()
        if data.get("slug") == "" and data.get(self.slug_from):
            data["slug"] = self._free_slug(data[self.slug_from])
        if data.get("position", ...) is None:
            data["position"] = self._next_position(data.get(self.ordered_in))
        return data

    def _free_slug(self, text):
        others = self._meta.model.objects.exclude(pk=self.instance.pk)
        return unique_slug(others, text, fallback=self._meta.model._meta.model_name)

    def _next_position(self, owner):
        if owner is None or owner.pk is None:
            return 1
        last = self._meta.model.objects.filter(**{self.ordered_in: owner}).order_by("position").last()
        return last.position + 1 if last else 1
