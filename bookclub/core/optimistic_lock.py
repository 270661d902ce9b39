"""A version number for each row: a form can detect that the row was changed after the form was opened."""

from django.db import models
from django.db.models import F

# Reordering a list changes no text, so it must not make open forms stale.
UNVERSIONED_FIELDS = {"position", "version"}


class VersionField(models.PositiveIntegerField):
    """Incremented by every save, in the database, so that concurrent saves are counted separately."""

    def __init__(self, **options):
        super().__init__(**{"default": 0, "editable": False} | options)

    def pre_save(self, model_instance, add):
        return super().pre_save(model_instance, add) if add else F(self.attname) + 1


class VersionedQuerySet(models.QuerySet):
    def update(self, **values):
        if not values.keys() <= UNVERSIONED_FIELDS:
            values["version"] = F("version") + 1
        return super().update(**values)

    def claim_version(self, pk, version):
        """Increment the row's version if it is still `version`; return whether it was. Only one of two callers wins.

        Call it in the transaction that writes: it locks the row until the end.
        """
        return self.filter(pk=pk, version=version).update(version=F("version") + 1) == 1


class VersionedModel(models.Model):
    version = VersionField()

    objects = VersionedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **options):
        names = options.get("update_fields")
        if names is not None and not set(names) <= UNVERSIONED_FIELDS:
            options["update_fields"] = {*names, "version"}
        super().save(*args, **options)
