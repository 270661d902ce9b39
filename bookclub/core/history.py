"""The history of rows: revisions with user and time, and restoring.

Built on django-simple-history. Only fields that people fill in are tracked, not rendered HTML, image files and sizes,
or row versions.
"""

import functools

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery
from simple_history.manager import HistoricalQuerySet, HistoryManager
from simple_history.models import HistoricalRecords

from bookclub.core.markdown_fields import RenderedHTMLField
from bookclub.core.optimistic_lock import VersionField

HISTORY_ATTRIBUTES = {"_history_user", "_history_date", "_change_reason"}


class RevisionQuerySet(HistoricalQuerySet):
    """Revisions of rows. Their ids order those of one row, as each is written under the row's lock."""

    def with_previous(self):
        """Annotate `previous_id`: the pk of the row's previous revision, or None."""
        earlier = self._same_row().filter(history_id__lt=OuterRef("history_id")).order_by("-history_id")
        return self.annotate(previous_id=Subquery(earlier.values("history_id")[:1]))

    def latest(self):
        """Return the last revision of each row."""
        return self.filter(~Exists(self._same_row().filter(history_id__gt=OuterRef("history_id"))))

    def deleted(self):
        """Return the last revision of each deleted row."""
        alive = self.model.instance_type.objects.filter(pk=OuterRef(self._pk_attr))
        return self.latest().filter(~Exists(alive), history_type="-")

    def _same_row(self):
        return self.model.objects.order_by().filter(**{self._pk_attr: OuterRef(self._pk_attr)})


class RevisionManager(HistoryManager):
    @classmethod
    @functools.cache
    def from_queryset(cls, queryset_class):
        """Cache the class: simple-history would create a new one at every access of `history`."""
        return super().from_queryset(queryset_class)


class History(HistoricalRecords):
    """Use as `history = History()` in a model. A save that changes nothing adds no revision."""

    def __init__(self):
        super().__init__(history_manager=RevisionManager, historical_queryset=RevisionQuerySet)

    def create_history_model(self, model, inherited):
        self.excluded_fields = [field.name for field in model._meta.fields if is_derived(field)]
        return super().create_history_model(model, inherited)

    def get_meta_options(self, model):
        """Create no permissions: those of the row also apply to its history."""
        return super().get_meta_options(model) | {"default_permissions": ()}

    def post_save(self, instance, created, using=None, **kwargs):
        """Record the stored row: unsaved fields of `instance` may be stale, and saved ones may be expressions."""
        if created:
            super().post_save(instance, created, using=using, **kwargs)
            return
        row = type(instance).objects.get(pk=instance.pk)
        vars(row).update({name: value for name, value in vars(instance).items() if name in HISTORY_ATTRIBUTES})
        revisions = type(row).history.filter(**{row._meta.pk.attname: row.pk})
        if tracked_values(row) != revisions.values_list(*tracked_names(row)).first():
            super().post_save(row, created, using=using, **kwargs)

    def post_delete(self, instance, using=None, origin=None, **kwargs):
        instance._change_reason = cascade_origin(instance, origin)
        super().post_delete(instance, using=using, **kwargs)


class RecordedQuerySet(models.QuerySet):
    """Records bulk changes (publishing, reordering) in the history of each changed row."""

    def update(self, **values):
        recorded = {field.name for field in self._history.model.tracked_fields} if self._history else set()
        if not recorded & values.keys():
            return super().update(**values)
        with transaction.atomic(using=self.db):
            before = {row.pk: tracked_values(row) for row in self._rows(self.order_by().values("pk"))}
            count = super().update(**values)
            changed = [row for row in self._rows(list(before)) if tracked_values(row) != before[row.pk]]
            self._history.bulk_history_create(changed, update=True)
        return count

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

    def _rows(self, keys):
        return self.model.objects.using(self.db).filter(pk__in=keys)


def is_derived(field):
    is_computed = isinstance(field, (RenderedHTMLField, VersionField, models.ImageField))
    return is_computed or not (field.editable or field.primary_key)


def tracked_names(row):
    return [field.attname for field in type(row).history.model.tracked_fields]


def tracked_values(row):
    return tuple(getattr(row, name) for name in tracked_names(row))


def cascade_origin(row, origin):
    """Return “with books.book 12” for a row deleted by a cascade from that book, else None.

    The revision stores it as its change reason, so that these rows are restored with the book.
    """
    model = getattr(origin, "model", type(origin))
    for field in row._meta.fields:
        if field.related_model is model and field.remote_field.on_delete is models.CASCADE:
            return cascade_reason(model, getattr(row, field.attname))
    return None


def cascade_reason(model, key):
    return f"with {model._meta.label_lower} {key}"


def restore_fields(revision, names, reason):
    """Restore the fields `names` of the revision's row; return the row. One transaction.

    Raises ValidationError if the old values are not valid today.
    """
    with transaction.atomic():
        row = revision.instance_type.objects.select_for_update().get(pk=original_key(revision))
        for name in names:
            attname = row._meta.get_field(name).attname
            setattr(row, attname, getattr(revision, attname))
        row._change_reason = reason
        row.full_clean()
        row.save()
    return row


def restore_deleted(revision, reason):
    """Insert a deleted row again, with its old key, and the rows deleted with it; return it. One transaction.

    Raises ValidationError if it is not valid today: its book is deleted, or its slug is taken.
    """
    with transaction.atomic():
        row = revision.instance
        row._change_reason = reason
        row.full_clean()
        row.save(force_insert=True)
        for relation in row._meta.related_objects:
            restore_related(row, relation, reason)
    return row


def restore_related(row, relation, reason):
    """Restore the rows that were deleted with `row`, and foreign keys that were set to NULL."""
    model, name = relation.related_model, relation.field.name
    if not hasattr(model, "history"):
        return
    if relation.on_delete is models.CASCADE:
        for revision in model.history.deleted().filter(history_change_reason=cascade_reason(type(row), row.pk)):
            restore_deleted(revision, reason)
    elif relation.on_delete is models.SET_NULL:
        linked = model.history.latest().filter(**{name: row.pk}).values(model._meta.pk.attname)
        model.objects.filter(pk__in=linked, **{name: None}).update(**{name: row})


def original_key(revision):
    return getattr(revision, revision.instance_type._meta.pk.attname)
