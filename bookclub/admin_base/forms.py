from functools import partial

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import slugify

from bookclub.admin_base.datetime_fields import ClubDateTimeField
from bookclub.core.slugs import RESERVED, is_slug_of, unique_slug
from bookclub.core.visibility import PublishableModel


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
    """Fills in an empty slug from the title, and an empty position with the next number.

    Such a slug follows the title until the row is first published.
    """

    slug_from = "title"
    ordered_in = "book"
    make_free_slug = None  # set by `clean` if the slug was made from the title: returns one that no row has

    def __init__(self, *args, initial=None, **kwargs):
        super().__init__(*args, initial=initial, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, ClubDateTimeField):
                field.stored = self.get_initial_for_field(field, name)
        for name in {"slug", "position"} & self.fields.keys():
            self.fields[name].required = False
        if "slug" in self.fields:
            self.fields["slug"].label = "Address"
            self.fields["slug"].help_text = self._slug_help()
        if "position" in self.fields and self.instance.pk is None:
            self.initial["position"] = (initial or {}).get("position")
            self.fields["position"].help_text = "Small numbers come first. Empty: after the others."

    def full_clean(self):
        super().full_clean()
        is_inline = self.prefix is not None
        if isinstance(self.data, UnsavedData) and not is_inline:
            self.add_error(None, self.data.reason)

    def clean(self):
        data = super().clean()
        if "slug" in data and self.slug_from in data:
            text = self.slug_text(data)
            if text and (data["slug"] == "" or self._slug_follows(text)):
                self.make_free_slug = partial(self._free_slug, text)
                data["slug"] = self.make_free_slug()
        if data.get("slug") in RESERVED:
            self.add_error("slug", f"The address “{data['slug']}” is taken by the site itself. Choose another.")
        if data.get("position", ...) is None:
            data["position"] = self._next_position(data.get(self.ordered_in))
        return data

    def validate_unique(self):
        """Leave out a slug that was made here: if a concurrent save takes it first, saving makes another one."""
        exclude = self._get_validation_exclusions() | ({"slug"} if self.make_free_slug else set())
        try:
            self.instance.validate_unique(exclude=exclude)
        except ValidationError as error:
            self._update_errors(error)

    def slug_text(self, values):
        """Return what the slug is made from; `values` are cleaned or initial ones."""
        return values.get(self.slug_from) or ""

    def _slug_follows(self, text):
        """Return whether the slug was made from a text other than `text`, and no reader has seen it yet."""
        before = self.slug_text(self.initial)
        return (
            self.instance.pk is not None
            and "slug" not in self.changed_data
            and before != text
            and is_slug_of(self.initial["slug"], before, fallback=self._slug_fallback)
            and not was_ever_published(self.instance)
        )

    def _slug_help(self):
        source = self.fields[self.slug_from].label.lower() if self.slug_from in self.fields else self.slug_from
        follows = " It follows a change of it until the page is first published."
        is_publishable = issubclass(self._meta.model, PublishableModel)
        return f"The last part of the page’s address. Empty: from the {source}.{follows if is_publishable else ''}"

    @property
    def _slug_fallback(self):
        return slugify(self._meta.model._meta.verbose_name)

    def _free_slug(self, text):
        others = self._meta.model.objects.exclude(pk=self.instance.pk)
        return unique_slug(others, text, fallback=self._slug_fallback)

    def _next_position(self, owner):
        if owner is None or owner.pk is None:
            return 1
        last = self._meta.model.objects.filter(**{self.ordered_in: owner}).order_by("position").last()
        return last.position + 1 if last else 1


def was_ever_published(row) -> bool:
    """Return whether readers can see the row or could once: its history has a published revision. One query."""
    if not isinstance(row, PublishableModel) or row.is_published:
        return True
    history = getattr(type(row), "history", None)
    return bool(history and history.filter(id=row.pk, published_at__lte=timezone.now()).exists())
