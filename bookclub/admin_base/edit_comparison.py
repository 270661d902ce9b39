"""Compare a posted form with the changes saved by others since it was opened (three-way merge, field by field).

The page of a form contains a digest of every stored value that it shows. The digests tell who has changed a field: the
user, others, or both.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from django import forms
from django.forms.models import InlineForeignKeyField

from bookclub.admin_base.field_display import FieldText
from bookclub.admin_base.text_diff import diff_html
from bookclub.core.optimistic_lock import UNVERSIONED_FIELDS


@dataclass
class FormRow:
    """One row of an admin form page: the main row, or a row of an inline."""

    noun: str
    form: forms.ModelForm

    @property
    def field_names(self):
        opts = self.form.instance._meta
        own = {field.name for field in (*opts.fields, *opts.many_to_many) if not field.primary_key}
        keys = {name for name, field in self.form.fields.items() if isinstance(field, InlineForeignKeyField)}
        return [name for name in self.form.fields if name in own - keys]

    def stored_digest(self, name):
        return digest_value(self.form.initial.get(name))

    def typed_digest(self, name):
        """Return the digest of the typed value, or None if it is invalid."""
        return None if name in self.form.errors else digest_value(self.form.cleaned_data.get(name))

    def text(self, name):
        """Return the value as text for people: the stored one of an unbound form, the typed one of a bound form."""
        field = self.form.instance._meta.get_field(name)
        if self.form.is_bound and name in self.form.errors:
            return str(self.form[name].value() or "")
        if field.many_to_many:
            rows = self.form.cleaned_data[name] if self.form.is_bound else self.form.initial.get(name, [])
            chosen = self.form.fields[name].queryset.filter(pk__in=[row.pk for row in rows])
            return ", ".join(map(str, chosen))
        return FieldText([self.form.instance], [field], self.get_choices).of(self.form.instance, field)

    def get_choices(self, field):
        return self.form.fields[field.name].queryset

    @property
    def summary(self):
        return " ".join(filter(None, (self.text(name) for name in self.field_names if name not in UNVERSIONED_FIELDS)))


@dataclass
class FieldConflict:
    """A field that others have changed since the form was opened."""

    label: str
    stored: str
    typed: str
    is_both: bool  # whether the user changed it too
    field_id: str

    @property
    def difference(self):
        return diff_html(self.stored, self.typed)


class EditComparison:
    """`stored` and `posted` are {key: FormRow}; `opened` is {"key:name": digest} of the values in the opened form."""

    def __init__(self, opened, stored, posted):
        self.opened, self.stored, self.posted = opened, stored, posted
        self.conflicts, self.unchanged = [], []
        for key, row in posted.items():
            if key in stored:
                self._compare(key, row, stored[key])
        known = {name.partition(":")[0] for name in opened}
        self.added = [row for key, row in stored.items() if key not in posted and key not in known]
        self.deleted = {key: self._is_changed(key, row) for key, row in posted.items() if key not in stored}

    def __bool__(self):
        return bool(self.conflicts or self.added or self.deleted)

    @property
    def deleted_but_changed(self):
        """Rows that others deleted and the user changed: they stay in the form, as new rows."""
        return [self.posted[key] for key, is_changed in self.deleted.items() if is_changed]

    @property
    def dropped_count(self):
        """The number of rows that others deleted and the user had not changed."""
        return len(self.deleted) - len(self.deleted_but_changed)

    def _compare(self, key, posted, stored):
        for name in posted.field_names:
            opened = self.opened.get(f"{key}:{name}")
            if stored.stored_digest(name) == opened:
                continue
            is_both = posted.typed_digest(name) != opened
            if not is_both:
                self.unchanged.append((key, name))
            if name not in UNVERSIONED_FIELDS and posted.typed_digest(name) != stored.stored_digest(name):
                self.conflicts.append(make_conflict(name, stored, posted, is_both=is_both))

    def _is_changed(self, key, row):
        return any(row.typed_digest(name) != self.opened.get(f"{key}:{name}") for name in row.field_names)

    def merge_into(self, data):
        """Copy the values saved by others into the QueryDict `data`, for fields that the user did not change."""
        for key, name in self.unchanged:
            encoded = encode_field(self.stored[key].form[name], self.posted[key].form.add_prefix(name))
            for each, values in encoded.items():
                data.setlist(each, values)


def make_conflict(name, stored, posted, *, is_both):
    bound = posted.form[name]
    label = f"{posted.noun}: {bound.label}" if posted.noun else str(bound.label)
    return FieldConflict(label, stored.text(name), posted.text(name), is_both, bound.id_for_label or bound.auto_id)


def get_form_rows(form, formsets):
    rows = {"": FormRow("", form)}
    for formset in formsets:
        rows |= get_formset_rows(formset)
    return rows


def get_formset_rows(formset):
    noun = str(formset.model._meta.verbose_name).capitalize()
    return {f"{formset.prefix}-{get_row_key(formset, each)}": FormRow(noun, each) for each in formset.initial_forms}


def get_row_key(formset, form):
    """Return the row's primary key as it was posted, since the row may be deleted."""
    name = formset.model._meta.pk.name
    return form.data.get(form.add_prefix(name)) if form.is_bound else form.instance.pk


def dump_digests(form, formsets):
    return json.dumps(digest_rows(get_form_rows(form, formsets)))


def digest_rows(rows):
    return {f"{key}:{name}": row.stored_digest(name) for key, row in rows.items() for name in row.field_names}


def load_digests(text):
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def digest_value(value):
    return hashlib.sha256(repr(normalize_value(value)).encode("utf-8", "replace")).hexdigest()[:8]


def normalize_value(value):
    """Return an equal result for a stored value and for the value that a form makes of it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(microsecond=0)
    if hasattr(value, "pk"):
        return str(value.pk)
    if hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "name"):
        return sorted(getattr(each, "pk", each) for each in value)
    return "" if value is None else str(value)


def encode_field(bound, name):
    """Return what a browser posts for the unbound field `bound` under `name`: {name: list}. Empty for files."""
    widget = getattr(bound.field.widget, "widget", bound.field.widget)
    value = bound.value()
    if isinstance(widget, forms.FileInput):
        return {}
    if isinstance(widget, forms.CheckboxInput):
        return {name: ["on"] if value else []}
    if isinstance(widget, forms.MultiWidget):
        parts = zip(widget.widgets, widget.widgets_names, widget.decompress(value), strict=True)
        return {f"{name}{suffix}": [part.format_value(each) or ""] for part, suffix, each in parts}
    encoded = widget.format_value(value)
    return {name: list(encoded) if isinstance(encoded, list | tuple) else [encoded or ""]}


def remove_deleted_rows(data, formset, deleted):
    """Remove rows deleted by others from the QueryDict `data`; add those marked True in `deleted` as new rows."""
    prefix, pk = formset.prefix, formset.model._meta.pk.name
    initial_count = formset.initial_form_count()
    posted = [pop_prefixed(data, f"{prefix}-{number}-") for number in range(formset.total_form_count())]
    known, new = posted[:initial_count], posted[initial_count:]
    staying, again = [], []
    for row in known:
        is_changed = deleted.get(f"{prefix}-{row.get(pk, [''])[0]}")
        if is_changed is None:
            staying.append(row)
        elif is_changed and "DELETE" not in row:
            again.append(row | {pk: [""]})
    for number, row in enumerate([*staying, *again, *new]):
        for name, values in row.items():
            data.setlist(f"{prefix}-{number}-{name}", values)
    data[f"{prefix}-INITIAL_FORMS"] = str(len(staying))
    data[f"{prefix}-TOTAL_FORMS"] = str(len(staying) + len(again) + len(new))


def pop_prefixed(data, prefix):
    names = [name for name in data if name.startswith(prefix)]
    return {name.removeprefix(prefix): data.pop(name) for name in names}
