"""What others wrote while a form was open: field by field, against what the person typed and what they had before them.

A form's page carries a digest of every stored value that it shows. So it can be told apart who changed a field: the
person, others, or both.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from django import forms
from django.forms.models import InlineForeignKeyField

from bookclub.desk.differences import difference
from bookclub.desk.words import Words
from bookclub.versions import UNCOUNTED


@dataclass
class Row:
    """One row of a page: the form's own, or one of an inline."""

    noun: str
    form: forms.ModelForm

    @property
    def names(self):
        opts = self.form.instance._meta
        own = {field.name for field in (*opts.fields, *opts.many_to_many) if not field.primary_key}
        is_key = {name for name, field in self.form.fields.items() if isinstance(field, InlineForeignKeyField)}
        return [name for name in self.form.fields if name in own - is_key]

    def stored(self, name):
        return digest(self.form.initial.get(name))

    def typed(self, name):
        return None if name in self.form.errors else digest(self.form.cleaned_data.get(name))

    def words(self, name):
        """What the form holds: stored where nothing was sent, typed where something was."""
        field = self.form.instance._meta.get_field(name)
        if self.form.is_bound and name in self.form.errors:
            return str(self.form[name].value() or "")
        if field.many_to_many:
            things = self.form.cleaned_data[name] if self.form.is_bound else self.form.initial.get(name, [])
            return ", ".join(map(str, things))
        return Words([self.form.instance], [field]).of(self.form.instance, field)

    @property
    def summary(self):
        return " ".join(filter(None, (self.words(name) for name in self.names if name not in UNCOUNTED)))


@dataclass
class Clash:
    """A field that others changed."""

    label: str
    stored: str
    typed: str
    is_both: bool  # whether the person changed it too
    field_id: str

    @property
    def difference(self):
        return difference(self.stored, self.typed)


class Meanwhile:
    """`now` and `mine` are dictionaries of Rows by key; `opened` of digests by key and name."""

    def __init__(self, opened, now, mine):
        self.opened, self.now, self.mine = opened, now, mine
        self.clashes, self.untouched = [], []
        for key, row in mine.items():
            if key in now:
                self._compare(key, row, now[key])
        known = {name.partition(":")[0] for name in opened}
        self.added = [row for key, row in now.items() if key not in mine and key not in known]
        self.gone = {key: self._is_touched(key, row) for key, row in mine.items() if key not in now}

    def __bool__(self):
        return bool(self.clashes or self.added or self.gone)

    @property
    def taken_out(self):
        """What others deleted and the person had changed: it stays in the form, as new."""
        return [self.mine[key] for key, is_touched in self.gone.items() if is_touched]

    @property
    def gone_quietly(self):
        """How many rows others deleted that the person had not changed."""
        return len(self.gone) - len(self.taken_out)

    def _compare(self, key, mine, now):
        for name in mine.names:
            opened = self.opened.get(f"{key}:{name}")
            if now.stored(name) == opened:
                continue
            is_both = mine.typed(name) != opened
            if not is_both:
                self.untouched.append((key, name))
            if name not in UNCOUNTED and mine.typed(name) != now.stored(name):
                self.clashes.append(clash(name, now, mine, is_both=is_both))

    def _is_touched(self, key, row):
        return any(row.typed(name) != self.opened.get(f"{key}:{name}") for name in row.names)

    def take_over(self, data):
        """Writes into the QueryDict `data` what others wrote where the person changed nothing."""
        for key, name in self.untouched:
            sent = as_sent(self.now[key].form[name], self.mine[key].form.add_prefix(name))
            for each, values in sent.items():
                data.setlist(each, values)


def clash(name, now, mine, *, is_both):
    bound = mine.form[name]
    label = f"{mine.noun}: {bound.label}" if mine.noun else str(bound.label)
    return Clash(label, now.words(name), mine.words(name), is_both, bound.id_for_label or bound.auto_id)


def rows_of(form, formsets):
    rows = {"": Row("", form)}
    for formset in formsets:
        noun = str(formset.model._meta.verbose_name).capitalize()
        for each in formset.initial_forms:
            rows[f"{formset.prefix}-{key_in(formset, each)}"] = Row(noun, each)
    return rows


def key_in(formset, form):
    """The row's key; as it was sent, where the row is gone."""
    name = formset.model._meta.pk.name
    return form.data.get(form.add_prefix(name)) if form.is_bound else form.instance.pk


def digests(form, formsets):
    rows = rows_of(form, formsets)
    return json.dumps({f"{key}:{name}": row.stored(name) for key, row in rows.items() for name in row.names})


def read_digests(text):
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def digest(value):
    return hashlib.sha256(repr(plain(value)).encode("utf-8", "replace")).hexdigest()[:8]


def plain(value):
    """The same for a stored value and for what a form makes of it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(microsecond=0)
    if hasattr(value, "pk"):
        return str(value.pk)
    if hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "name"):
        return sorted(getattr(each, "pk", each) for each in value)
    return "" if value is None else str(value)


def as_sent(bound, name):
    """What a browser sends for the unbound field `bound` under `name`: lists by name. Nothing for files."""
    widget = getattr(bound.field.widget, "widget", bound.field.widget)
    value = bound.value()
    if isinstance(widget, forms.FileInput):
        return {}
    if isinstance(widget, forms.CheckboxInput):
        return {name: ["on"] if value else []}
    if isinstance(widget, forms.MultiWidget):
        parts = zip(widget.widgets, widget.widgets_names, widget.decompress(value), strict=True)
        return {f"{name}{suffix}": [part.format_value(each) or ""] for part, suffix, each in parts}
    sent = widget.format_value(value)
    return {name: list(sent) if isinstance(sent, list | tuple) else [sent or ""]}


def without_gone(data, formset, gone):
    """Takes rows that others deleted out of `data`; those in `gone` with True come in again as new ones."""
    prefix, pk = formset.prefix, formset.model._meta.pk.name
    count = formset.initial_form_count()
    sent = [taken(data, f"{prefix}-{number}-") for number in range(formset.total_form_count())]
    fates = [gone.get(f"{prefix}-{row.get(pk, [''])[0]}") if number < count else ... for number, row in enumerate(sent)]
    stay = [row for row, fate in zip(sent, fates, strict=True) if fate is None]
    again = [row | {pk: [""]} for row, fate in zip(sent, fates, strict=True) if fate is True and "DELETE" not in row]
    new = [row for row, fate in zip(sent, fates, strict=True) if fate is ...]
    for number, row in enumerate([*stay, *again, *new]):
        for name, values in row.items():
            data.setlist(f"{prefix}-{number}-{name}", values)
    data[f"{prefix}-INITIAL_FORMS"] = str(len(stay))
    data[f"{prefix}-TOTAL_FORMS"] = str(len(stay) + len(again) + len(new))


def taken(data, prefix):
    names = [name for name in data if name.startswith(prefix)]
    return {name.removeprefix(prefix): data.pop(name) for name in names}
