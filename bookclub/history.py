"""What rows said before: who changed them, when, and every version to read and to bring back.

Built on django-simple-history. Kept is what a person typed or chose; what the site makes of it (HTML, widths, counts
of writes) is made again, and pictures are files with a life of their own.
"""

import functools

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery
from simple_history.manager import HistoricalQuerySet, HistoryManager
from simple_history.models import HistoricalRecords

from bookclub.fields import RenderedField
from bookclub.versions import VersionField

CARRIED = {"_history_user", "_history_date", "_change_reason"}


class VersionsQuerySet(HistoricalQuerySet):
    """Versions of rows. Of one row they are in the order of their ids, as each is written under the row's lock."""

    def with_previous(self):
        """Adds `previous_id`: the version of the same row before this one, or None."""
        earlier = self._same_row().filter(history_id__lt=OuterRef("history_id")).order_by("-history_id")
        return self.annotate(previous_id=Subquery(earlier.values("history_id")[:1]))

    def latest(self):
        """The last version of each row."""
        return self.filter(~Exists(self._same_row().filter(history_id__gt=OuterRef("history_id"))))

    def deleted(self):
        """The last version of each row that is gone."""
        alive = self.model.instance_type.objects.filter(pk=OuterRef(self._pk_attr))
        return self.latest().filter(~Exists(alive), history_type="-")

    def _same_row(self):
        return self.model.objects.order_by().filter(**{self._pk_attr: OuterRef(self._pk_attr)})


class VersionsManager(HistoryManager):
    @classmethod
    @functools.cache
    def from_queryset(cls, queryset_class):
        """One class for all: `history` is asked for this each time that it is read, which is often."""
        return super().from_queryset(queryset_class)


class History(HistoricalRecords):
    """`history = History()` in a model. A save that changes nothing makes no version."""

    def __init__(self):
        super().__init__(history_manager=VersionsManager, historical_queryset=VersionsQuerySet)

    def create_history_model(self, model, inherited):
        self.excluded_fields = [each.name for each in model._meta.fields if is_derived(each)]
        return super().create_history_model(model, inherited)

    def get_meta_options(self, model):
        """Whoever may see a row may see what it said before; there is nothing more to permit."""
        return super().get_meta_options(model) | {"default_permissions": ()}

    def post_save(self, instance, created, using=None, **kwargs):
        """The row is read again: fields that were not saved may have changed since, or be expressions."""
        if created:
            super().post_save(instance, created, using=using, **kwargs)
            return
        row = type(instance).objects.get(pk=instance.pk)
        vars(row).update({name: value for name, value in vars(instance).items() if name in CARRIED})
        if values_of(row) != type(row).history.filter(**key_of(row)).values_list(*names_of(row)).first():
            super().post_save(row, created, using=using, **kwargs)

    def post_delete(self, instance, using=None, origin=None, **kwargs):
        """What goes because something else goes says so, in order to come back with it."""
        instance._change_reason = deleted_with(instance, origin)
        super().post_delete(instance, using=using, **kwargs)


class RecordedQuerySet(models.QuerySet):
    """What is done to many rows at once is in the history of each: publishing, taking back, numbering anew."""

    def update(self, **values):
        recorded = {field.name for field in self._history.model.tracked_fields} if self._history else set()
        if not recorded & values.keys():
            return super().update(**values)
        with transaction.atomic(using=self.db):
            before = {row.pk: values_of(row) for row in self._plain(self.order_by().values("pk"))}
            number = super().update(**values)
            after = self._plain(list(before))
            self._history.bulk_history_create([row for row in after if values_of(row) != before[row.pk]], update=True)
        return number

    update.alters_data = True

    def bulk_create(self, objs, *args, **options):
        with transaction.atomic(using=self.db):
            rows = super().bulk_create(objs, *args, **options)
            if self._history:
                self._history.bulk_history_create([row for row in rows if row.pk])
        return rows

    @property
    def _history(self):
        return getattr(self.model, "history", None)

    def _plain(self, keys):
        return self.model.objects.using(self.db).filter(pk__in=keys)


def is_derived(field):
    return isinstance(field, (RenderedField, VersionField, models.ImageField)) or not (
        field.editable or field.primary_key
    )


def names_of(row):
    return [field.attname for field in type(row).history.model.tracked_fields]


def values_of(row):
    return tuple(getattr(row, name) for name in names_of(row))


def key_of(row):
    return {row._meta.pk.attname: row.pk}


def deleted_with(row, origin):
    """“with books.book 12” for a quote that went with its book; nothing for what was deleted itself."""
    model = getattr(origin, "model", type(origin))
    for field in row._meta.fields:
        if field.related_model is model and field.remote_field.on_delete is models.CASCADE:
            return with_key(model, getattr(row, field.attname))
    return None


def with_key(model, key):
    return f"with {model._meta.label_lower} {key}"


def write_again(version, names, reason):
    """Give the row of `version` the version's words in the fields `names`, and return it. One transaction.

    Raises ValidationError where the row can't stand so today.
    """
    with transaction.atomic():
        row = version.instance_type.objects.select_for_update().get(pk=key_in(version))
        for name in names:
            attname = row._meta.get_field(name).attname
            setattr(row, attname, getattr(version, attname))
        row._change_reason = reason
        row.full_clean()
        row.save()
    return row


def bring_back(version, reason):
    """Make the deleted row of `version` again under its old key, and what went with it; return it. One transaction.

    Raises ValidationError where it can't stand today: its book is gone, its address is taken.
    """
    with transaction.atomic():
        row = version.instance
        row._change_reason = reason
        row.full_clean()
        row.save(force_insert=True)
        for relation in row._meta.related_objects:
            bring_back_related(row, relation, reason)
    return row


def bring_back_related(row, relation, reason):
    """What went with the row; what hung on it and stayed hangs on it again."""
    model, name = relation.related_model, relation.field.name
    if not hasattr(model, "history"):
        return
    if relation.on_delete is models.CASCADE:
        for version in model.history.deleted().filter(history_change_reason=with_key(type(row), row.pk)):
            bring_back(version, reason)
    elif relation.on_delete is models.SET_NULL:
        hung = model.history.latest().filter(**{name: row.pk}).values(model._meta.pk.attname)
        model.objects.filter(pk__in=hung, **{name: None}).update(**{name: row})


def key_in(version):
    return getattr(version, version.instance_type._meta.pk.attname)
