from django import forms

from bookclub.desk.moments import Moment
from bookclub.slugs import free_slug


class DeskForm(forms.ModelForm):
    """What an organiser leaves empty is filled in: an address from the title, a position after the others."""

    slug_from = "title"
    ordered_in = "book"

    def __init__(self, *args, initial=None, **kwargs):
        super().__init__(*args, initial=initial, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, Moment):
                field.kept = self.get_initial_for_field(field, name)
        for name in {"slug", "position"} & self.fields.keys():
            self.fields[name].required = False
        if "position" in self.fields and self.instance.pk is None:
            self.initial["position"] = (initial or {}).get("position")
            self.fields["position"].help_text = "Small numbers come first. Empty: after the others."

    def clean_published_at(self):
        """The widget shows no fractions of a second, and a write-up takes back what bears its very moment."""
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
        return free_slug(others, text, fallback=self._meta.model._meta.model_name)

    def _next_position(self, owner):
        if owner is None or owner.pk is None:
            return 1
        last = self._meta.model.objects.filter(**{self.ordered_in: owner}).order_by("position").last()
        return last.position + 1 if last else 1
